package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// Reloads under load fail no request, deliver nothing twice and everything once, and what comes
// after a reload goes where it says. Configurations that cannot be used change nothing.
func TestReloadUnderLoad(t *testing.T) {
	t.Parallel()
	const reloads, clients = 10, 16
	a := newApp(t, nil)
	version := func(n int) config {
		return githubSite(fmt.Sprintf("route app {\n to %s/v%d\n concurrency %d\n}", a.URL, n, 16+n))
	}
	invalid := []struct {
		c    config
		want string // in the refusal
	}{
		{githubSite("route app {\n when body.(\n to " + a.URL + "\n}"), "when"},
		{githubSite("route app {\n to not-a-url\n}"), "not-a-url"},
		{config{site: "webhooks /github githup {\n secret x\n}"}, "github"},
		{config{site: "webhooks /github github {\n secret {env.NOT_SET_ANYWHERE}\n}"}, "secret"},
		{config{site: "webhooks /github github {\n}"}, "secret"},
	}
	g := start(t, version(0))
	l := &load{g: g, sizes: []int{100, 1 << 10, 20 << 10}}
	var dropped atomic.Int64

	stop, sending := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(sending)
		l.run(clients, stop, func(a answer, err error) bool {
			// A server that hands its place to the next one closes connections whose request it has
			// not read yet. No handler ever saw those, and a sender sends again.
			if err == nil {
				t.Errorf("a request failed: %v", a)
				return false
			}
			dropped.Add(1)
			return true
		})
	}()
	for n := 1; n <= reloads; n++ {
		if n%2 == 0 {
			bad := invalid[(n/2-1)%len(invalid)]
			if refusal := g.load(bad.c); !strings.Contains(refusal, bad.want) {
				t.Errorf("an invalid configuration is answered %q, want a mention of %q", refusal, bad.want)
			}
		}
		g.reload(version(n))
		eventually(t, "deliveries go the new way", func() error {
			arrived := 0
			for _, r := range a.all() {
				if r.URI == fmt.Sprintf("/v%d", n) {
					arrived++
				}
			}
			if arrived < 50 {
				return fmt.Errorf("%d of %d", arrived, l.sent.Load())
			}
			return nil
		})
	}
	close(stop)
	<-sending
	t.Logf("%d events, %d unread requests dropped by closing servers", len(l.acked), dropped.Load())
	l.checkStored()
	for id, times := range l.checkDelivered(a) {
		if times != 1 {
			t.Errorf("%s was delivered %d times", id, times)
		}
	}
	last := g.accept(push("the last", nil))
	eventually(t, "the last goes the last way", func() error {
		for _, r := range a.all() {
			if r.id() == last.String() {
				if r.URI != fmt.Sprintf("/v%d", reloads) {
					t.Fatalf("it went to %s", r.URI)
				}
				return nil
			}
		}
		return fmt.Errorf("it did not arrive")
	})
}

// An attempt that runs while the configuration changes ends under the one it began with, once.
func TestReloadLeavesAttemptsAlone(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	a := newApp(t, func(a *app, _ http.ResponseWriter, _ received) { a.waitFor(release) })
	other := newApp(t, nil)
	g := start(t, githubSite("route app "+a.URL))
	id := g.accept(push("1", nil))
	a.await(1)
	for range 3 {
		g.reload(githubSite("ack 202\n route app " + other.URL))
		g.reload(githubSite("route app " + other.URL))
	}
	close(release)
	if d := g.awaitState(id, "delivered"); d.AttemptCount != 1 {
		t.Errorf("%+v", d)
	}
	if n := len(other.all()); n != 0 {
		t.Errorf("the other application got %d", n)
	}
}

// A reload that changes where events are stored says what waits in the old place; it is there when
// the place is configured again.
func TestReloadChangesTheStore(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	c := githubSite("route app " + a.URL)
	g := start(t, c)
	first := g.data
	g.hold("github", "app")
	old := g.accept(push("1", nil))

	g.data = first + "-2"
	g.reload(c)
	g.accept(push("2", nil))
	if got := a.await(1)[0]; got.Header.Get("X-Github-Delivery") != "2" {
		t.Errorf("got %s", got.Header.Get("X-Github-Delivery"))
	}
	if !strings.Contains(g.logText(), `"waiting":1`) {
		t.Error("the log does not say what waits in the old store")
	}
	g.data = first
	g.reload(c)
	g.resume("github", "app")
	if got := a.await(2)[1]; got.id() != old.String() {
		t.Errorf("got %s, want %s", got.id(), old)
	}
}

// A reload back to a store that still waits for its last attempts takes it as it is, and leaves them
// alone.
func TestReloadBackToTheStore(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	a := newApp(t, func(a *app, _ http.ResponseWriter, r received) {
		if r.N == 1 {
			a.waitFor(release)
		}
	})
	c := config{webhooks: "shutdown_timeout 1m", site: githubDirective("route app " + a.URL)}
	g := start(t, c)
	first := g.data
	slow := g.accept(push("1", nil))
	a.await(1)
	for n := range 3 {
		g.data = first + "-2"
		g.reload(c)
		g.data = first
		g.reload(c)
		g.accept(push(fmt.Sprint("more ", n), nil))
		a.await(2 + n)
	}
	close(release)
	if d := g.awaitState(slow, "delivered"); d.AttemptCount != 1 {
		t.Errorf("%+v", d)
	}
	if n := len(a.all()); n != 4 {
		t.Errorf("the application got %d deliveries, want 4", n)
	}
}
