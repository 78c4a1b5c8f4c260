package e2e

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/replay"
)

// wire is a connection to the site on which a test says every byte itself.
type wire struct {
	*net.TCPConn
	t    *testing.T
	r    *bufio.Reader
	host string
}

func (g *gatepost) dial(t *testing.T) *wire {
	t.Helper()
	c, err := net.DialTimeout("tcp", g.site, patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	return &wire{c.(*net.TCPConn), t, bufio.NewReader(c), g.site}
}

// say writes text, which the other side may no longer want.
func (w *wire) say(text string) error {
	_, err := w.Write([]byte(text))
	return err
}

// head is the beginning of a request up to its body.
func (w *wire) head(r request, lines ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: %s\r\n", r.Path, w.host)
	for name, values := range r.Header {
		for _, value := range values {
			fmt.Fprintf(&b, "%s: %s\r\n", name, value)
		}
	}
	for _, line := range lines {
		b.WriteString(line + "\r\n")
	}
	return b.String() + "\r\n"
}

func (w *wire) answer() answer {
	w.t.Helper()
	resp, err := http.ReadResponse(w.r, nil)
	if err != nil {
		w.t.Fatalf("no answer: %v", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatalf("half an answer: %v", err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

func (w *wire) refused(status int, code string) {
	w.t.Helper()
	if a := w.answer(); a.Status != status || a.code() != code {
		w.t.Errorf("answered %v, want %d %s", a, status, code)
	}
}

const maxBody = 64 << 10

// Bodies are bounded while they are read, whatever they declare, and nothing of them is stored.
func TestBodyLimits(t *testing.T) {
	t.Parallel()
	g := start(t, githubSite("max_body 64KiB"))
	signed := func(size int) request {
		return push(fmt.Sprint("size ", size), []byte(strings.Repeat("x", size)))
	}

	t.Run("at the limit", func(t *testing.T) { g.in(t).accept(signed(maxBody)) })
	t.Run("empty", func(t *testing.T) { g.in(t).accept(signed(0)) })
	t.Run("one byte too many", func(t *testing.T) {
		g.in(t).refuse(signed(maxBody+1), http.StatusRequestEntityTooLarge, "body_too_large")
	})
	t.Run("declared too large", func(t *testing.T) { // answered before any of it was sent
		w := g.dial(t)
		_ = w.say(w.head(signed(0), "Content-Length: 1073741824"))
		w.refused(http.StatusRequestEntityTooLarge, "body_too_large")
	})
	t.Run("declared too large, asking first", func(t *testing.T) { // not told to go on
		w := g.dial(t)
		_ = w.say(w.head(signed(0), "Content-Length: 1073741824", "Expect: 100-continue"))
		w.refused(http.StatusRequestEntityTooLarge, "body_too_large")
	})
	t.Run("asking first", func(t *testing.T) {
		w, r := g.dial(t), push("asks first", []byte("body"))
		_ = w.say(w.head(r, "Content-Length: 4", "Expect: 100-continue"))
		if line, err := w.r.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 100") {
			t.Fatalf("answered %q %v", line, err)
		}
		_, _ = w.r.ReadString('\n')
		_ = w.say("body")
		if a := w.answer(); a.Status != http.StatusOK {
			t.Errorf("answered %v", a)
		}
	})
	t.Run("chunks within the limit", func(t *testing.T) {
		w, r := g.dial(t), push("chunks", []byte("body"))
		_ = w.say(w.head(r, "Transfer-Encoding: chunked") + "2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n")
		if a := w.answer(); a.Status != http.StatusOK {
			t.Errorf("answered %v", a)
		}
	})
	t.Run("chunks without end", func(t *testing.T) {
		w := g.dial(t)
		err := w.say(w.head(signed(0), "Transfer-Encoding: chunked"))
		written := 0
		for chunk := "1000\r\n" + strings.Repeat("x", 0x1000) + "\r\n"; err == nil && written < 64<<20; written += len(chunk) {
			err = w.say(chunk)
		}
		if err == nil {
			t.Errorf("%d bytes were taken", written)
		}
	})
	t.Run("chunks past the limit", func(t *testing.T) {
		w := g.dial(t)
		_ = w.say(w.head(signed(0), "Transfer-Encoding: chunked") + fmt.Sprintf("%x\r\n%s\r\n", maxBody+1, strings.Repeat("x", maxBody+1)))
		w.refused(http.StatusRequestEntityTooLarge, "body_too_large")
	})
	t.Run("chunks that are none", func(t *testing.T) {
		w := g.dial(t)
		_ = w.say(w.head(signed(0), "Transfer-Encoding: chunked") + "zz\r\n")
		w.refused(http.StatusBadRequest, "body_unreadable")
	})
	t.Run("shorter than declared", func(t *testing.T) {
		w, r := g.dial(t), push("short", []byte("body"))
		_ = w.say(w.head(r, "Content-Length: 100") + "body")
		_ = w.CloseWrite()
		w.refused(http.StatusBadRequest, "body_unreadable")
	})
	t.Run("longer than declared", func(t *testing.T) { // the rest is no part of the request
		w, r := g.dial(t), push("long", []byte("body"))
		_ = w.say(w.head(r, "Content-Length: 4") + "body and more\r\n\r\n")
		if a := w.answer(); a.Status != http.StatusOK {
			t.Errorf("answered %v", a)
		}
		if a := w.answer(); a.Status != http.StatusBadRequest {
			t.Errorf("the rest was answered %v", a)
		}
	})
	t.Run("two lengths", func(t *testing.T) {
		w, r := g.dial(t), push("two lengths", []byte("body"))
		_ = w.say(w.head(r, "Content-Length: 4", "Content-Length: 5") + "body")
		if a := w.answer(); a.Status != http.StatusBadRequest {
			t.Errorf("answered %v", a)
		}
	})
	t.Run("a length and chunks", func(t *testing.T) { // the chunks count, as the protocol has it
		w, r := g.dial(t), push("length and chunks", []byte("body"))
		_ = w.say(w.head(r, "Content-Length: 10", "Transfer-Encoding: chunked") + "4\r\nbody\r\n0\r\n\r\nPOST /github HTTP/1.1\r\n\r\n")
		if a := w.answer(); a.Status != http.StatusOK {
			t.Errorf("answered %v", a)
		}
		if a := w.answer(); a.Status != http.StatusBadRequest {
			t.Errorf("what follows was answered %v", a)
		}
	})

	stored := map[string]bool{}
	for _, e := range g.events(replay.EventFilter{}) {
		stored[e.EventID] = true
	}
	want := map[string]bool{"asks first": true, "chunks": true, "long": true, "length and chunks": true, "size 0": true, fmt.Sprint("size ", maxBody): true}
	if !maps.Equal(stored, want) {
		t.Errorf("stored: %v, want %v", stored, want)
	}
}

// A sender that is too slow does not hold a connection for ever, nor does it hinder others.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	g := start(t, githubSite("max_body 1MiB"))
	w := g.dial(t)
	r := push("slow", []byte("body"))
	began := time.Now()
	if err := w.say(w.head(r, "Content-Length: 4") + "bod"); err != nil {
		t.Fatal(err)
	}
	g.accept(push("quick", nil))
	w.refused(http.StatusBadRequest, "body_unreadable")
	if took := time.Since(began); took < 5*time.Second {
		t.Errorf("refused after %s already", took)
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	g := start(t, githubSite(""))
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete, http.MethodOptions, "BREW"} {
		r := push("1", nil)
		r.Method = method
		a := g.refuse(r, http.StatusMethodNotAllowed, "method_not_allowed")
		if a.Header.Get("Allow") != "POST" {
			t.Errorf("%s: Allow is %q", method, a.Header.Get("Allow"))
		}
	}
}

// Headers that make little sense are refused or harmless.
func TestHostileHeaders(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	g := start(t, githubSite("route app "+a.URL))
	answer := func(t *testing.T, r request, lines ...string) answer {
		t.Helper()
		w := g.dial(t)
		_ = w.say(w.head(r, append(lines, "Content-Length: 4")...) + "body")
		return w.answer()
	}
	t.Run("the signature is declared as of the connection only", func(t *testing.T) {
		r := push("hop", []byte("body"))
		if got := answer(t, r, "Connection: X-Hub-Signature-256"); got.Status != http.StatusOK {
			t.Errorf("answered %v", got)
		}
	})
	t.Run("a good signature after a bad one", func(t *testing.T) {
		r := push("second", []byte("body"))
		r.Header["X-Hub-Signature-256"] = []string{"sha256=" + strings.Repeat("0", 64), r.Header.Get("X-Hub-Signature-256")}
		if got := answer(t, r); got.Status/100 == 5 {
			t.Errorf("answered %v", got)
		}
	})
	t.Run("a thousand signatures", func(t *testing.T) {
		r := push("thousand", []byte("body"))
		for range 100 {
			r.Header.Add("X-Hub-Signature-256", "sha256="+strings.Repeat("0", 64))
		}
		if got := answer(t, r); got.Status/100 != 4 && got.Status != http.StatusOK {
			t.Errorf("answered %v", got)
		}
	})
	t.Run("too many headers", func(t *testing.T) {
		r := push("many", []byte("body"))
		for i := range 500 {
			r.Header.Set(fmt.Sprint("X-Header-", i), strings.Repeat("x", 100))
		}
		if got := answer(t, r); got.Status != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("answered %v", got)
		}
	})
	t.Run("a line break in a value", func(t *testing.T) {
		r := push("break", []byte("body"))
		if got := answer(t, r, "X-Bad: a\rb"); got.Status != http.StatusBadRequest {
			t.Errorf("answered %v", got)
		}
	})
	t.Run("an ID of many bytes", func(t *testing.T) {
		r := push(strings.Repeat("long ", 2000), []byte("body"))
		if got := answer(t, r); got.Status != http.StatusOK {
			t.Errorf("answered %v", got)
		}
	})
	for _, e := range g.events(replay.EventFilter{}) {
		g.awaitState(e.ID, "delivered")
	}
	for _, r := range a.all() {
		if r.Header.Get("X-Github-Delivery") == "hop" && r.Header.Get("X-Hub-Signature-256") != "" {
			t.Error("a header of the connection was passed on")
		}
	}
}
