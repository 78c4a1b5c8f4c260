package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/replay"
	"github.com/gatepost/gatepost/verifier"
)

// sendgridPair is SendGrid as it signs, and the key with which a source verifies it.
func sendgridPair(t *testing.T) (*source, string) {
	t.Helper()
	p, _ := verifier.Lookup("sendgrid")
	private, public, err := p.NewSecret()
	if err != nil {
		t.Fatal(err)
	}
	return newSource("/sendgrid", "sendgrid", verifier.Settings{Secrets: []string{private}}), public
}

// A signed batch becomes events of its own: delivered each with its own bytes, recognised each for
// itself when the batch comes again or is grouped anew.
func TestSplit(t *testing.T) {
	t.Parallel()
	const (
		opened  = `{"email":"ada@example.com", "timestamp":1795257309,"event":"open","sg_event_id":"a","useragent":"M\u00fcller"}`
		clicked = `{"event":"click","sg_event_id":"b", "url":"https:\/\/example.com\/?n=12345678901234567890","n":12345678901234567890,"f":1.0}`
		bounced = `{"event":"bounce","sg_event_id":"c"}`
		later   = `{"event":"open","sg_event_id":"d"}`
	)
	sendgrid, key := sendgridPair(t)
	a, opens := newApp(t, nil), newApp(t, nil)
	g := start(t, config{site: fmt.Sprintf(`webhooks /sendgrid sendgrid {
		secret %s
		split
		route app %s/hooks
		route opens {
			on open
			when body.email != nil
			to %s
		}
	}`, key, a.URL, opens.URL)})
	batch := func(events ...string) answer {
		header := http.Header{"Content-Type": {"application/json; charset=utf-8"}, "Content-Digest": {"sha-256=:x:"}}
		return g.send(sendgrid.sign(request{Header: header, Body: []byte("[" + strings.Join(events, " , ") + "]\r\n")}, "", time.Now()))
	}

	first := batch(opened, clicked, bounced)
	if first.Status != http.StatusOK || first.duplicate() || first.Header.Get("Gatepost-Event-Count") != "3" {
		t.Fatalf("the batch: %v", first)
	}
	got := map[string]received{}
	for _, r := range a.await(3) {
		got[string(r.Body)] = r
		if ct := r.Header.Get("Content-Type"); ct != "application/json" || r.Header.Get("Content-Digest") != "" || r.Header.Get("X-Twilio-Email-Event-Webhook-Signature") == "" || r.URI != "/hooks" {
			t.Errorf("delivered to %s with %v", r.URI, r.Header)
		}
	}
	for _, want := range []string{opened, clicked, bounced} {
		if _, ok := got[want]; !ok {
			t.Errorf("not delivered: %s", want)
		}
	}
	if first.id() != got[opened].id() {
		t.Errorf("the answer names %s, the first event is %s", first.id(), got[opened].id())
	}
	if r := opens.await(1)[0]; string(r.Body) != opened {
		t.Errorf("the route for opens got %s", r.Body)
	}

	again := batch(opened, clicked, bounced)
	if again.Status != http.StatusOK || !again.duplicate() || again.id() != first.id() || again.Header.Get("Gatepost-Event-Count") != "3" {
		t.Errorf("the same again: %v", again)
	}
	regrouped := batch(clicked, later, opened)
	if regrouped.duplicate() || regrouped.id() != got[clicked].id() || regrouped.Header.Get("Gatepost-Event-Count") != "3" {
		t.Errorf("grouped anew: %v", regrouped)
	}
	if r := a.await(4)[3]; string(r.Body) != later {
		t.Errorf("delivered %s, want the new one", r.Body)
	}

	e := g.event(parseID(t, got[clicked].id()))
	if e.EventID != "b" || e.Type != "click" || e.DedupeKey != "b" || e.Part != 2 || e.Parts != 3 || e.SplitError != "" || e.Size != len(clicked) {
		t.Errorf("the event %+v", e)
	}
	if output, status := g.run("webhooks", "show", e.ID.String(), "--address", g.admin); status != 0 || !strings.Contains(output, "2 of 3 of its request") {
		t.Errorf("show: %d\n%s", status, output)
	}
	g.restart()
	if _, err := g.api.Replay(t.Context(), e.ID, "app"); err != nil {
		t.Fatal(err)
	}
	if r := a.await(5)[4]; string(r.Body) != clicked || r.id() != e.ID.String() {
		t.Errorf("replayed %s as %s", r.Body, r.id())
	}
	found := 0
	for _, err := range g.api.Events(t.Context(), replay.EventFilter{Where: `body.event in ["open", "bounce"]`}) {
		if err != nil {
			t.Fatal(err)
		}
		found++
	}
	if found != 3 {
		t.Errorf("%d events are found by what is in them, want 3", found)
	}
	if n := len(a.all()); n != 5 {
		t.Errorf("%d deliveries, want 5", n)
	}
}

// What cannot be split is one event, with the reason where an operator looks. So is a request without
// parts, and nothing is wrong with that.
func TestSplitErrors(t *testing.T) {
	t.Parallel()
	sendgrid, key := sendgridPair(t)
	a := newApp(t, nil)
	g := start(t, config{site: fmt.Sprintf("webhooks /sendgrid sendgrid {\n\tsecret %s\n\tsplit\n\troute app %s\n}", key, a.URL)})
	send := func(body string) answer {
		return g.send(sendgrid.sign(request{Header: http.Header{"Content-Type": {"text/plain"}}, Body: []byte(body)}, "", time.Now()))
	}
	many := "[" + strings.Repeat(`{"event":"x"},`, 1000) + `{"event":"x"}]`
	var bodies []string
	for body, want := range map[string]string{
		`{"event":"open"}`: "it yields an object, not a list",
		`[]`:               "",
		`hello`:            "there is no body to look at: neither JSON nor a form: unexpected character at byte 0",
		many:               "it yields 1001 elements; at most 1000 are made events of",
	} {
		bodies = append(bodies, body)
		for _, duplicate := range []bool{false, true} {
			got := send(body)
			if got.Status != http.StatusOK || got.duplicate() != duplicate || got.Header.Get("Gatepost-Event-Count") != "" {
				t.Errorf("%.20s: %v", body, got)
			}
			if e := g.event(parseID(t, got.id())); e.SplitError != want || e.Part != 0 || e.Parts != 0 || e.Size != len(body) {
				t.Errorf("%.20s: the event has part %d of %d and %q; want %q", body, e.Part, e.Parts, e.SplitError, want)
			}
		}
	}
	for _, r := range a.await(len(bodies)) {
		if !slices.Contains(bodies, string(r.Body)) || r.Header.Get("Content-Type") != "text/plain" {
			t.Errorf("delivered %.40s with %v", r.Body, r.Header)
		}
	}
	if got, _ := metric(g.get("/metrics").Body, `caddy_webhooks_split_errors_total{source="sendgrid"}`); got != "3" {
		t.Errorf("%s split errors are counted, want 3", got)
	}
	if lines := g.logged("a request could not be split, so it was stored as one event"); len(lines) == 0 {
		t.Error("nothing in the log")
	}
}

// The request counts once, each new event by its own type.
func TestSplitMetrics(t *testing.T) {
	t.Parallel()
	sendgrid, key := sendgridPair(t)
	g := start(t, config{site: fmt.Sprintf("webhooks /sendgrid sendgrid {\n\tsecret %s\n\tsplit\n}", key)})
	for _, body := range []string{`[{"event":"open","sg_event_id":"a"},{"event":"open","sg_event_id":"b"},{"event":"click","sg_event_id":"c"}]`, `[{"event":"open","sg_event_id":"a"}]`, `[{"event":"open","sg_event_id":"a"},{"event":"click","sg_event_id":"d"}]`} {
		g.send(sendgrid.sign(request{Body: []byte(body)}, "", time.Now()))
	}
	metrics := g.get("/metrics").Body
	for name, want := range map[string]string{
		`caddy_webhooks_requests_total{reason="",result="accepted",source="sendgrid"}`:  "2",
		`caddy_webhooks_requests_total{reason="",result="duplicate",source="sendgrid"}`: "1",
		`caddy_webhooks_events_total{source="sendgrid",type="open"}`:                    "2",
		`caddy_webhooks_events_total{source="sendgrid",type="click"}`:                   "2",
	} {
		if got, _ := metric(metrics, name); got != want {
			t.Errorf("%s is %q, want %s", name, got, want)
		}
	}
}

func parseID(t *testing.T, text string) event.ID {
	t.Helper()
	id, err := event.ParseID(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
