package e2e

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/replay"
)

// quickly is a delivery policy under which a test need not wait.
const quickly = `
	timeout 2s
	retry {
		initial 20ms
		max 100ms
		attempts 50
	}
`

// toApp is a route to an application with a delivery policy.
func toApp(a *app, policy string) string {
	return "route app {\n to " + a.URL + "\n" + policy + "\n}\n"
}

// awaitState waits until the event's only delivery is in this state, and returns it.
func (g *gatepost) awaitState(id event.ID, state string) replay.Delivery {
	g.t.Helper()
	var d replay.Delivery
	eventually(g.t, "the delivery is "+state, func() error {
		e := g.event(id)
		if len(e.Deliveries) != 1 {
			g.t.Fatalf("there are %d deliveries", len(e.Deliveries))
		}
		if d = e.Deliveries[0]; d.State != state {
			return fmt.Errorf("it is %+v", d)
		}
		return nil
	})
	return d
}

// The application gets the request as it arrived, plus what it needs to know of the delivery.
func TestDeliveryHeaders(t *testing.T) {
	t.Parallel()
	a := newApp(t, answers(500, 200))
	g := start(t, githubSite("route app {\n to "+a.URL+"/hooks?key=1\n"+quickly+"\n}"))
	r := push("one", []byte(`{"n":1}`))
	for name, value := range map[string]string{
		"Gatepost-Event-Id": "evt_forged", "Gatepost-Attempt": "99", "Gatepost-Replay": "true", "Gatepost-Anything": "forged",
		"Idempotency-Key": "forged", "X-Custom": "kept", "User-Agent": "GitHub-Hookshot/1", "Te": "trailers", "Keep-Alive": "timeout=5",
		"Proxy-Authorization": "Basic eA==",
	} {
		r.Header.Set(name, value)
	}
	// A sender may declare a header as concerning the connection only; it is verified all the same.
	r.Header.Set("X-Hop", "gone")
	r.Header.Set("Connection", "close, X-Hop")
	r.Header["X-Twice"] = []string{"a", "b"}
	r.Path += "?from=sender"
	before := time.Now().Add(-time.Second)
	id := g.accept(r)
	d := g.awaitState(id, "delivered")
	got := a.await(2)

	for i, d2 := range got {
		want := map[string]string{
			"Gatepost-Event-Id": id.String(), "Gatepost-Delivery-Id": d.ID.String(), "Gatepost-Source": "github",
			"Gatepost-Event-Type": "push", "Gatepost-Attempt": fmt.Sprint(i + 1), "Gatepost-Replay": "", "Gatepost-Anything": "",
			"Idempotency-Key": id.String() + ":app", "X-Custom": "kept", "User-Agent": "GitHub-Hookshot/1",
			"X-Github-Delivery": "one", "X-Hub-Signature-256": r.Header.Get("X-Hub-Signature-256"), "Content-Type": "application/json",
			"X-Hop": "", "Te": "", "Keep-Alive": "", "Proxy-Authorization": "",
			"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": g.site, "X-Forwarded-Proto": "http",
		}
		for name, value := range want {
			if d2.Header.Get(name) != value {
				t.Errorf("attempt %d: %s is %q, want %q", i+1, name, d2.Header.Get(name), value)
			}
		}
		if !slices.Equal(d2.Header["X-Twice"], []string{"a", "b"}) {
			t.Errorf("X-Twice is %v", d2.Header["X-Twice"])
		}
		if at, err := time.Parse(time.RFC3339, d2.Header.Get("Gatepost-Received-At")); err != nil || at.Before(before) || at.After(time.Now()) {
			t.Errorf("Gatepost-Received-At is %q", d2.Header.Get("Gatepost-Received-At"))
		}
		if d2.Method != http.MethodPost || d2.URI != "/hooks?key=1" || "http://"+d2.Host != a.URL {
			t.Errorf("attempt %d: %s %s at %s", i+1, d2.Method, d2.URI, d2.Host)
		}
	}
	if d.AttemptCount != 2 || len(d.Attempts) != 2 || d.Attempts[0].Status != 500 || d.Attempts[1].Status != 200 {
		t.Errorf("recorded: %+v", d)
	}
	if got := g.event(id).Request.Headers["Gatepost-Event-Id"]; !slices.Equal(got, []string{"evt_forged"}) {
		t.Errorf("what the sender sent under a name of ours is not kept: %v", got)
	}
}

// Without a path in its URL the request keeps its own; a type that is no header value is left out.
func TestDeliveryURI(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	g := start(t, config{site: "webhooks /in/* none in {\n insecure\n event_type body.type\n route app " + a.URL + "\n}\n"})
	g.accept(request{Path: "/in/a%20b/%C3%A9?x=1&y=%2F", Body: []byte(`{"type":"line\nbreak"}`)})
	got := a.await(1)[0]
	if got.URI != "/in/a%20b/%C3%A9?x=1&y=%2F" {
		t.Errorf("URI %s", got.URI)
	}
	if _, present := got.Header["Gatepost-Event-Type"]; present {
		t.Errorf("type %q", got.Header["Gatepost-Event-Type"])
	}
}

// The bytes that arrived are the bytes that leave.
func TestBodyBytes(t *testing.T) {
	t.Parallel()
	var compressed bytes.Buffer
	zip := gzip.NewWriter(&compressed)
	_, _ = zip.Write([]byte(strings.Repeat(`{"n":1}`, 1000)))
	_ = zip.Close()
	large := make([]byte, 3<<20)
	_, _ = rand.Read(large)
	bodies := map[string][]byte{
		"json with odd spaces": []byte("{ \"b\" : 1.0,\r\n\"a\":\"\\u00e9\"  }\n"),
		"compressed":           compressed.Bytes(),
		"binary":               {0, 1, 2, 0xff, 0xfe, '\r', '\n', 0},
		"empty":                {},
		"3 MiB":                large,
		"not UTF-8":            []byte("\xff\xfe{}"),
	}
	a := newApp(t, nil)
	g := start(t, githubSite("route app "+a.URL))
	ids := map[string]string{}
	for name, body := range bodies {
		r := push(name, body)
		if name == "compressed" {
			r.Header.Set("Content-Encoding", "gzip")
		}
		id := g.accept(r)
		ids[id.String()] = name
		if stored, err := g.api.Body(t.Context(), id); err != nil || !bytes.Equal(stored, body) {
			t.Errorf("%s: %d bytes are stored of %d: %v", name, len(stored), len(body), err)
		}
	}
	for _, r := range a.await(len(bodies)) {
		name := ids[r.id()]
		if !bytes.Equal(r.Body, bodies[name]) {
			t.Errorf("%s: %d bytes arrived of %d", name, len(r.Body), len(bodies[name]))
		}
		encoding := ""
		if name == "compressed" {
			encoding = "gzip"
		}
		if got := r.Header.Get("Content-Encoding"); got != encoding {
			t.Errorf("%s: Content-Encoding %q", name, got)
		}
	}
}

// A failing application is asked again until it recovers.
func TestRetryUntilRecovery(t *testing.T) {
	t.Parallel()
	statuses := []int{500, 503, 404, 302, 429, 200}
	a := newApp(t, answers(statuses...))
	g := start(t, githubSite(toApp(a, quickly)))
	d := g.awaitState(g.accept(push("1", nil)), "delivered")
	if d.AttemptCount != len(statuses) {
		t.Errorf("%d attempts", d.AttemptCount)
	}
	for i, tried := range d.Attempts {
		if tried.Number != i+1 || tried.Status != statuses[i] {
			t.Errorf("attempt %d: %+v, want %d", i+1, tried, statuses[i])
		}
	}
}

// An application that is not there is a failed attempt like others.
func TestRetryUntilReachable(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	g := start(t, githubSite("route app {\n to http://"+address+"\n"+quickly+"\n}"))
	id := g.accept(push("1", nil))
	eventually(t, "an attempt failed", func() error {
		if n := g.event(id).Deliveries[0].AttemptCount; n < 2 {
			return fmt.Errorf("%d attempts", n)
		}
		return nil
	})
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }), ReadHeaderTimeout: patience}
	go func() { _ = server.Serve(l) }()
	defer server.Close()
	d := g.awaitState(id, "delivered")
	if first := d.Attempts[0]; first.Status != 0 || !strings.Contains(first.Error, "refused") {
		t.Errorf("the first attempt: %+v", first)
	}
}

// What the application asks for is respected, up to the longest delay of the policy.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, value     string
		max             string
		atLeast, atMost time.Duration
	}{
		{"seconds", "1", "1h", time.Second, 10 * time.Second},
		{"date", time.Now().Add(10 * 365 * 24 * time.Hour).UTC().Format(http.TimeFormat), "1s", time.Second, 10 * time.Second},
		{"absurd", "315360000", "1s", time.Second, 10 * time.Second},
		{"unreadable", "soon", "1s", 0, 10 * time.Second},
	}
	var site strings.Builder
	apps := map[string]*app{}
	for _, tt := range tests {
		a := newApp(t, func(_ *app, w http.ResponseWriter, r received) {
			if r.N == 1 {
				w.Header().Set("Retry-After", tt.value)
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		})
		apps[tt.name] = a
		fmt.Fprintf(&site, "route %s {\n to %s\n retry {\n initial 1ms\n max %s\n}\n}\n", tt.name, a.URL, tt.max)
	}
	g := start(t, githubSite(site.String()))
	g.accept(push("1", nil))
	for _, tt := range tests {
		got := apps[tt.name].await(2)
		if after := got[1].At.Sub(got[0].At); after < tt.atLeast-50*time.Millisecond || after > tt.atMost {
			t.Errorf("%s: asked again after %s, want %s to %s", tt.name, after, tt.atLeast, tt.atMost)
		}
	}
}

// A delivery that cannot be made is kept with its reason, holds up nothing, and can be tried again.
func TestDeadLetter(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(_ *app, w http.ResponseWriter, r received) {
		switch r.Header.Get("X-Github-Delivery") {
		case "poison":
			if r.Header.Get("Gatepost-Attempt") < "4" {
				http.Error(w, "this one I cannot take", http.StatusInternalServerError)
			}
		case "refused":
			w.WriteHeader(http.StatusUnprocessableEntity)
		}
	})
	g := start(t, githubSite(toApp(a, "concurrency 1\n retry {\n initial 1ms\n max 5ms\n attempts 3\n}\n")))
	poison, refused, good := g.accept(push("poison", nil)), g.accept(push("refused", nil)), g.accept(push("good", nil))

	g.awaitState(good, "delivered")
	dead := g.awaitState(poison, "dead")
	if dead.AttemptCount != 3 || dead.Reason == "" || !strings.Contains(dead.Attempts[2].Response, "this one I cannot take") {
		t.Errorf("the dead letter: %+v", dead)
	}
	if d := g.awaitState(refused, "dead"); d.AttemptCount != 1 || d.Reason == "" {
		t.Errorf("an answer that forbids retries: %+v", d)
	}
	if got := g.deliveries(replay.DeliveryFilter{State: "dead"}); len(got) != 2 {
		t.Errorf("%d dead letters are listed", len(got))
	}

	g.restart() // dead letters stay
	if _, err := g.api.Retry(t.Context(), dead.ID); err != nil {
		t.Fatalf("retry: %v", err)
	}
	if d := g.awaitState(poison, "delivered"); d.AttemptCount != 4 || d.ID != dead.ID {
		t.Errorf("after the retry: %+v", d)
	}
}

// Nothing waits for another route, nor for more than the route's own limit.
func TestConcurrencyLimit(t *testing.T) {
	t.Parallel()
	slow, other := newApp(t, silent), newApp(t, nil)
	g := start(t, githubSite("route slow {\n to "+slow.URL+"\n concurrency 2\n}\n route other "+other.URL))
	for i := range 10 {
		g.accept(push(fmt.Sprint(i), nil))
	}
	other.await(10)
	slow.await(2)
	if n := len(slow.all()); n != 2 {
		t.Errorf("%d attempts at a time", n)
	}
	for _, r := range g.routes() {
		if r.Name == "slow" && (r.Delivering != 2 || r.Pending+r.Delivering < 10) {
			t.Errorf("the slow route: %+v", r)
		}
	}
}

func (g *gatepost) routes() []replay.Route {
	g.t.Helper()
	routes, err := g.api.Routes(g.t.Context())
	if err != nil {
		g.t.Fatalf("routes: %v", err)
	}
	return routes
}
