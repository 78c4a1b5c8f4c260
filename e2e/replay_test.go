package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/replay"
)

// A replay is the same event once more, marked, for the routes that match now or those that are
// named.
func TestReplay(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	g := start(t, githubSite("route one "+a.URL+"/one"))
	id := g.accept(push("1", []byte(`{"n":1}`)))
	first := a.await(1)[0]

	g.reload(githubSite("route one " + a.URL + "/one\n route two " + a.URL + "/two\n route never {\n when false\n to " + a.URL + "/never\n}"))
	made, err := g.api.Replay(t.Context(), id)
	if err != nil || len(made) != 2 {
		t.Fatalf("replayed: %v %v", made, err)
	}
	for _, r := range a.await(3)[1:] {
		route := r.URI[1:]
		want := map[string]string{
			"Gatepost-Replay": "true", "Gatepost-Event-Id": id.String(), "Gatepost-Attempt": "1",
			"Idempotency-Key": id.String() + ":" + route, "X-Hub-Signature-256": first.Header.Get("X-Hub-Signature-256"),
		}
		for name, value := range want {
			if got := r.Header.Get(name); got != value {
				t.Errorf("%s: %s is %q, want %q", route, name, got, value)
			}
		}
		if string(r.Body) != `{"n":1}` {
			t.Errorf("%s: body %q", route, r.Body)
		}
		if r.Header.Get("Gatepost-Delivery-Id") == first.Header.Get("Gatepost-Delivery-Id") {
			t.Errorf("%s: the delivery ID is the first one's", route)
		}
	}

	if _, err := g.api.Replay(t.Context(), id, "never"); err != nil {
		t.Errorf("on a route that does not match: %v", err)
	}
	if got := a.await(4)[3]; got.URI != "/never" {
		t.Errorf("went to %s", got.URI)
	}
	if _, err := g.api.Replay(t.Context(), id, "unknown"); statusOf(err) != http.StatusBadRequest {
		t.Errorf("on an unknown route: %v", err)
	}
	eventually(t, "all four are delivered", func() error {
		if n := len(g.deliveries(replay.DeliveryFilter{State: "delivered"})); n != 4 {
			return fmt.Errorf("%d are", n)
		}
		return nil
	})
}

// statusOf is the status of a refused call to the admin API.
func statusOf(err error) int {
	e := new(replay.Error)
	if !errors.As(err, &e) {
		return 0
	}
	return e.Status
}

// A held route spends nothing, across a restart and a reload; other routes go on.
func TestHoldAndResume(t *testing.T) {
	t.Parallel()
	held, other := newApp(t, nil), newApp(t, nil)
	c := githubSite("route held " + held.URL + "\n route other " + other.URL)
	g := start(t, c)
	if r := g.hold("github", "held"); !r.Held || !r.Configured {
		t.Errorf("after hold: %+v", r)
	}
	id := g.accept(push("1", nil))
	other.await(1)
	state := func() string { return g.event(id).Deliveries[0].State }
	if s := state(); s != "held" {
		t.Errorf("the delivery is %s", s)
	}
	if got := g.deliveries(replay.DeliveryFilter{State: "held", Route: "held"}); len(got) != 1 {
		t.Errorf("%d are listed as held", len(got))
	}
	if got := g.deliveries(replay.DeliveryFilter{State: "pending", Route: "held"}); len(got) != 0 {
		t.Errorf("%d are listed as pending", len(got))
	}

	g.restart()
	g.reload(c)
	g.accept(push("2", nil))
	other.await(2)
	if s := state(); s != "held" || len(held.all()) > 0 {
		t.Errorf("after a restart and a reload the delivery is %s, %d arrived", s, len(held.all()))
	}
	if r := g.hold("github", "held"); !r.Held {
		t.Errorf("after another hold: %+v", r)
	}
	if r := g.resume("github", "held"); r.Held {
		t.Errorf("after resume: %+v", r)
	}
	for _, r := range held.await(2) {
		if r.Header.Get("Gatepost-Attempt") != "1" {
			t.Errorf("attempt %s", r.Header.Get("Gatepost-Attempt"))
		}
	}
	if _, err := g.api.Hold(t.Context(), "github", "unknown"); statusOf(err) != http.StatusNotFound {
		t.Errorf("hold of an unknown route: %v", err)
	}
}

// What waits for a route that is gone from the configuration, with its source or without, waits on,
// says why, and goes on when the route comes back.
func TestRouteVanishesAndComesBack(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	configured := githubSite("route app " + a.URL)
	g := start(t, configured)
	g.hold("github", "app")
	id := g.accept(push("1", nil))
	check := func(when string) {
		t.Helper()
		if d := g.event(id).Deliveries[0]; d.State != "held" || d.Reason != "route not configured" {
			t.Errorf("%s the delivery is %+v", when, d)
		}
		for _, r := range g.routes() {
			if r.Name == "app" && (r.Configured || r.Pending != 1) {
				t.Errorf("%s the route is %+v", when, r)
			}
		}
	}
	g.reload(githubSite(""))
	g.resume("github", "app") // that it is not configured holds it all the same
	check("without the route")
	none := config{site: "respond 404"}
	g.reload(none)
	check("without the source")
	g.configure(none)
	g.restart()
	check("after a restart")
	g.reload(configured)
	if got := a.await(1)[0]; got.id() != id.String() || got.Header.Get("Gatepost-Attempt") != "1" {
		t.Errorf("got %s, attempt %s", got.id(), got.Header.Get("Gatepost-Attempt"))
	}
	g.awaitState(id, "delivered")
}

func TestCancelAndRemove(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	g := start(t, githubSite("route app "+a.URL))
	g.hold("github", "app")
	r := push("1", []byte("body"))
	id := g.accept(r)
	d := g.event(id).Deliveries[0]
	if got, err := g.api.Cancel(t.Context(), d.ID); err != nil || got.State != "cancelled" {
		t.Fatalf("cancel: %+v %v", got, err)
	}
	if s := g.event(id).Status; s != event.StatusCancelled {
		t.Errorf("the event is %s", s)
	}
	if err := g.api.Delete(t.Context(), id); err != nil {
		t.Fatalf("delete: %v", err)
	}
	if _, err := g.api.Event(t.Context(), id); statusOf(err) != http.StatusNotFound {
		t.Errorf("the removed event: %v", err)
	}
	if again := g.send(r); !again.duplicate() || again.id() != id.String() {
		t.Errorf("the removed event once more: %v", again)
	}

	// One that is under way, or done, cannot be cancelled or tried again.
	g.resume("github", "app")
	id = g.accept(push("2", nil))
	d = g.awaitState(id, "delivered")
	if _, err := g.api.Cancel(t.Context(), d.ID); statusOf(err) != http.StatusConflict {
		t.Errorf("cancel of a delivered one: %v", err)
	}
	if _, err := g.api.Retry(t.Context(), d.ID); statusOf(err) != http.StatusConflict {
		t.Errorf("retry of a delivered one: %v", err)
	}
	if got := a.all(); len(got) != 1 {
		t.Errorf("%d arrived", len(got))
	}
}

// A delivery that waits for its next attempt can be brought forward.
func TestRetryNow(t *testing.T) {
	t.Parallel()
	a := newApp(t, answers(500, 200))
	g := start(t, githubSite(toApp(a, "retry {\n initial 1h\n max 10h\n}")))
	id := g.accept(push("1", nil))
	var d replay.Delivery
	eventually(t, "the first attempt failed", func() error {
		if d = g.event(id).Deliveries[0]; d.AttemptCount != 1 || d.State != "pending" {
			return fmt.Errorf("it is %+v", d)
		}
		return nil
	})
	if d.NextAttemptAt.Before(time.Now()) {
		t.Errorf("the next attempt is at %s", d.NextAttemptAt)
	}
	if _, err := g.api.Retry(t.Context(), d.ID); err != nil {
		t.Fatal(err)
	}
	if d := g.awaitState(id, "delivered"); d.AttemptCount != 2 {
		t.Errorf("%+v", d)
	}
}

func later(than time.Time) error {
	if now := time.Now(); !now.Truncate(time.Millisecond).After(than) {
		return fmt.Errorf("it is %s", now)
	}
	return nil
}

// Lists can be filtered by everything the API offers.
func TestEventFilters(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	g := start(t, githubSite("route app {\n on push\n to "+a.URL+"\n}"))
	one := g.accept(push("1", []byte(`{"n":1}`)))
	g.awaitState(one, "delivered")
	eventually(t, "the clock shows another millisecond", func() error { return later(g.event(one).ReceivedAt.Time) })
	two := g.accept(githubEvent("pull_request", "2", []byte(`{"n":2}`)))
	three := g.accept(push("3", []byte(`{"n":3}`)))
	g.awaitState(three, "delivered")
	at := g.event(two).ReceivedAt.UTC().Format(time.RFC3339Nano)
	tests := []struct {
		name   string
		filter replay.EventFilter
		want   []event.ID
	}{
		{"all, newest first", replay.EventFilter{}, []event.ID{three, two, one}},
		{"page by page", replay.EventFilter{Limit: 1}, []event.ID{three, two, one}},
		{"source", replay.EventFilter{Source: "other"}, nil},
		{"type", replay.EventFilter{Type: "pull_*"}, []event.ID{two}},
		{"status", replay.EventFilter{Status: "delivered"}, []event.ID{three, one}},
		{"since a while", replay.EventFilter{Since: "1h"}, []event.ID{three, two, one}},
		{"until a while ago", replay.EventFilter{Until: "1h"}, nil},
		{"since a time", replay.EventFilter{Since: at}, []event.ID{three, two}},
		{"until a time", replay.EventFilter{Until: at}, []event.ID{one}},
		{"where", replay.EventFilter{Where: "body.n >= 2 && type == 'push'"}, []event.ID{three}},
	}
	for _, tt := range tests {
		got := g.events(tt.filter)
		same := len(got) == len(tt.want)
		for i := range min(len(got), len(tt.want)) {
			same = same && got[i].ID == tt.want[i]
		}
		if !same {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}
