package caddymodule

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/gatepost/gatepost/delivery"
	"github.com/gatepost/gatepost/event"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// load makes the destination of a route as a config would.
func load(t *testing.T, r *Route) (*destination, error) {
	t.Helper()
	ctx, err := caddy.ProvisionContext(&caddy.Config{Admin: &caddy.AdminConfig{Disabled: true}})
	if err != nil {
		t.Fatal(err)
	}
	return loadDestination(ctx, r)
}

func mustLoad(t *testing.T, r *Route) *destination {
	t.Helper()
	d, err := load(t, r)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func storedEvent(body string) *event.Event {
	var ids event.IDs
	return &event.Event{
		ID: ids.Event(noon), Source: "stripe", Type: "invoice.paid", ReceivedAt: noon, Body: []byte(body),
		Request: event.Request{
			Method: "POST", Scheme: "https", Host: "hooks.example.com", URI: "/in/stripe?x=1%20", PeerAddr: "192.0.2.7:4711",
			Header: http.Header{
				"Content-Type": {"application/json"}, "Stripe-Signature": {"t=1,v1=ab"}, "X-Twice": {"a", "b"},
				"Connection": {"close, X-Hop"}, "X-Hop": {"1"}, "Te": {"trailers"}, "Content-Length": {"99"},
				"Gatepost-Event-Id": {"evt_forged"}, "Gatepost-Replay": {"true"}, "Gatepost-Anything": {"1"}, "Idempotency-Key": {"theirs"},
			},
		},
	}
}

func deliver(t *testing.T, d *destination, e *event.Event) delivery.Outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return d.Deliver(ctx, e, &event.Delivery{ID: e.ID.Delivery(0), Route: event.Route{Source: "stripe", Name: "billing"}}, 3)
}

// got is what the application received.
type got struct {
	*http.Request
	body []byte
}

func application(t *testing.T, answer http.HandlerFunc) (url string, requests chan got) {
	t.Helper()
	requests = make(chan got, 10)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		requests <- got{r, body}
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, requests
}

func ok(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

func TestDeliveryCarriesWhatArrivedAndItsOwnHeaders(t *testing.T) {
	url, requests := application(t, ok)
	d := mustLoad(t, &Route{Name: "billing", To: []string{url + "/hooks?key=1"}})
	e := storedEvent("\x1f\x8b\x00 binary \r\n")
	if out := deliver(t, d, e); out.Status != http.StatusNoContent || out.Error != "" {
		t.Fatalf("outcome %+v", out)
	}
	r := <-requests
	if !bytes.Equal(r.body, e.Body) {
		t.Errorf("body %q, want %q", r.body, e.Body)
	}
	if r.RequestURI != "/hooks?key=1" || r.Method != "POST" || r.Host != strings.TrimPrefix(url, "http://") {
		t.Errorf("%s %s to %s", r.Method, r.RequestURI, r.Host)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "Stripe-Signature": "t=1,v1=ab", "X-Twice": "a",
		"X-Hop": "", "Te": "", "Gatepost-Anything": "", "Gatepost-Replay": "",
		"Gatepost-Event-Id": e.ID.String(), "Gatepost-Delivery-Id": e.ID.Delivery(0).String(), "Gatepost-Source": "stripe",
		"Gatepost-Event-Type": "invoice.paid", "Gatepost-Attempt": "3", "Gatepost-Received-At": "2026-11-21T12:00:00.000Z",
		"Idempotency-Key": e.ID.String() + ":billing",
		"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Host": "hooks.example.com", "X-Forwarded-Proto": "https",
	} {
		if v := r.Header.Get(name); v != want {
			t.Errorf("%s: %q, want %q", name, v, want)
		}
	}
	if n := len(r.Header["X-Twice"]); n != 2 {
		t.Errorf("X-Twice arrived %d times", n)
	}
	if e.Request.Header.Get("Gatepost-Event-Id") != "evt_forged" {
		t.Error("the stored event was changed")
	}
}

func TestURLsOfTo(t *testing.T) {
	url, requests := application(t, ok)
	host := strings.TrimPrefix(url, "http://")
	for to, want := range map[string]string{
		url:               "/in/stripe?x=1%20",
		url + "/":         "/",
		url + "/a%2Fb":    "/a%2Fb",
		url + "?only=1":   "/in/stripe?only=1",
		url + "/a?b=c&d=": "/a?b=c&d=",
	} {
		if out := deliver(t, mustLoad(t, &Route{To: []string{to}}), storedEvent("")); out.Status != 204 {
			t.Fatalf("%s: %+v", to, out)
		}
		if r := <-requests; r.RequestURI != want || len(r.body) != 0 || r.ContentLength != 0 {
			t.Errorf("%s: arrived at %s with %d bytes, want %s", to, r.RequestURI, r.ContentLength, want)
		}
	}
	t.Setenv("GATEPOST_TEST_APP", host)
	if out := deliver(t, mustLoad(t, &Route{To: []string{"http://{env.GATEPOST_TEST_APP}/x"}}), storedEvent("")); out.Status != 204 {
		t.Errorf("placeholder: %+v", out)
	}
	for _, bad := range []string{"http://{env.GATEPOST_TEST_UNSET}/x", "ftp://app/"} {
		if _, err := load(t, &Route{To: []string{bad}}); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

// Only a status that a handler wrote counts.
func TestOutcomes(t *testing.T) {
	answered := func(status int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, strings.Repeat("r", 2*event.MaxResponseKept))
		}
	}
	cases := map[string]struct {
		answer     http.HandlerFunc
		status     int
		failed     bool
		response   int
		retryAfter time.Duration
	}{
		"taken":      {answered(200), 200, false, 0, 0},
		"created":    {answered(201), 201, false, 0, 0},
		"refused":    {answered(422), 422, false, event.MaxResponseKept, 0},
		"redirected": {answered(302, "Location", "/elsewhere"), 302, false, event.MaxResponseKept, 0},
		"busy":       {answered(503, "Retry-After", "120"), 503, false, event.MaxResponseKept, 2 * time.Minute},
		"endless": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		}, 200, false, 0, 0},
		"reset": {func(w http.ResponseWriter, _ *http.Request) {
			conn, _, _ := http.NewResponseController(w).Hijack()
			_ = conn.(*net.TCPConn).SetLinger(0)
			_ = conn.Close()
		}, 0, true, 0, 0},
		"cut after the status": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, "short")
			panic(http.ErrAbortHandler)
		}, 0, true, 0, 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			url, requests := application(t, c.answer)
			out := deliver(t, mustLoad(t, &Route{To: []string{url}}), storedEvent("x"))
			if out.Status != c.status || (out.Error != "") != c.failed || len(out.Response) != c.response || out.RetryAfter != c.retryAfter {
				out.Response = nil
				t.Errorf("outcome %+v, want %+v", out, c)
			}
			if len(requests) != 1 {
				t.Errorf("%d requests arrived", len(requests))
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		_ = l.Close()
		if out := deliver(t, mustLoad(t, &Route{To: []string{"http://" + l.Addr().String()}}), storedEvent("x")); out.Status != 0 || out.Error == "" {
			t.Errorf("outcome %+v, want a connection error", out)
		}
	})
}

func TestHandlersAsDestination(t *testing.T) {
	cases := map[string]struct {
		handle string
		status int
		failed string
	}{
		"routes":           {`[{"handle":[{"handler":"static_response","status_code":202}]}]`, 202, ""},
		"one handler":      {`{"handler":"static_response","status_code":418}`, 418, ""},
		"nobody answers":   {`[{"handle":[{"handler":"headers"}]}]`, 0, "no handler answered"},
		"no route matches": {`[{"match":[{"path":["/other"]}],"handle":[{"handler":"static_response"}]}]`, 0, "no handler answered"},
		"aborted":          {`[{"handle":[{"handler":"static_response","abort":true}]}]`, 0, "aborted"},
		"error":            {`[{"handle":[{"handler":"error","error":"broken","status_code":503}]}]`, 0, "broken"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			out := deliver(t, mustLoad(t, &Route{Handle: json.RawMessage(c.handle)}), storedEvent("x"))
			if out.Status != c.status || !strings.Contains(out.Error, c.failed) || (c.failed == "") != (out.Error == "") {
				t.Errorf("outcome %+v, want %+v", out, c)
			}
		})
	}
	for _, bad := range []string{`"text"`, `{}`, `[{"handle":[{"handler":"no_such"}]}]`} {
		if _, err := load(t, &Route{Handle: json.RawMessage(bad)}); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

func TestAttemptEndsWithItsContext(t *testing.T) {
	entered := make(chan struct{})
	url, _ := application(t, func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	})
	d := mustLoad(t, &Route{To: []string{url}})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-entered; cancel() }()
	e := storedEvent("x")
	if out := d.Deliver(ctx, e, &event.Delivery{ID: e.ID.Delivery(0)}, 1); out.Status != 0 || out.Error == "" {
		t.Errorf("outcome %+v, want an error", out)
	}
}

func TestRetryAfter(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"":                              0,
		"0":                             0,
		"30":                            30 * time.Second,
		"-1":                            0,
		"soon":                          0,
		"1e9":                           0,
		"99999999999999999999":          0,
		"Sat, 21 Nov 2026 12:01:00 GMT": time.Minute,
		"Sat, 21 Nov 2026 11:00:00 GMT": 0,
	} {
		if got := retryAfter(value, noon); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}

func TestEventTypesThatFitNoHeaderAreLeftOut(t *testing.T) {
	for value, want := range map[string]bool{"a": true, "Push Hook": true, "": false, "ä": false, "a\nb": false, strings.Repeat("x", 256): true, strings.Repeat("x", 257): false} {
		e := storedEvent("")
		e.Type = value
		_, has := deliveryHeader(e, &event.Delivery{}, 1)["Gatepost-Event-Type"]
		if has != want {
			t.Errorf("%q: present %v, want %v", value, has, want)
		}
	}
}
