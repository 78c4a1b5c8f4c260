package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/event"
)

// Any chain of Caddy handlers is a destination; only a status that a handler wrote counts.
func TestHandle(t *testing.T) {
	t.Parallel()
	target := newApp(t, nil)
	redirecting := newApp(t, func(_ *app, w http.ResponseWriter, _ received) {
		w.Header().Set("Location", target.URL+"/redirected")
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	tests := []struct {
		name, handlers string
		state          string
		status         int
		text           string // part of the recorded error
	}{
		{"chain", "rewrite /chained\n request_header X-Added yes\n reverse_proxy " + target.URL, "delivered", 204, ""},
		{"respond", "respond 202", "delivered", 202, ""},
		{"refuse", `respond "no" 403`, "dead", 403, ""},
		{"silence", "vars x y", "dead", 0, "no handler answered"},
		{"abort", "abort", "dead", 0, "abort"},
		{"error", "error 503", "dead", 0, ""},
		{"error-2xx", "error 200", "dead", 0, ""},
		{"redirect", "reverse_proxy " + redirecting.URL, "dead", 307, ""},
		{"matcher", "@push header X-GitHub-Event push\n respond @push 204\n respond 500", "delivered", 204, ""},
		{"unreachable", "reverse_proxy 127.0.0.1:1", "dead", 0, "refused"},
	}
	var site strings.Builder
	for _, tt := range tests {
		fmt.Fprintf(&site, "route %s {\n handle {\n%s\n}\n retry {\n attempts 1\n}\n}\n", tt.name, tt.handlers)
	}
	g := start(t, githubSite(site.String()))
	id := g.accept(push("1", []byte("body")))
	eventually(t, "all deliveries are over", func() error {
		if s := g.event(id).Status; s == event.StatusPending {
			return fmt.Errorf("the event is %s", s)
		}
		return nil
	})
	deliveries := g.event(id).Deliveries
	if len(deliveries) != len(tests) {
		t.Fatalf("there are %d deliveries", len(deliveries))
	}
	for i, tt := range tests {
		d := deliveries[i]
		if d.Route != tt.name || d.State != tt.state || len(d.Attempts) != 1 {
			t.Errorf("%s: %+v, want %s", tt.name, d, tt.state)
			continue
		}
		if tried := d.Attempts[0]; tried.Status != tt.status || !strings.Contains(tried.Error, tt.text) || tt.status == 0 && tried.Error == "" {
			t.Errorf("%s: %+v, want %d %s", tt.name, tried, tt.status, tt.text)
		}
	}
	got := target.all()
	if len(got) != 1 || got[0].URI != "/chained" || got[0].Header.Get("X-Added") != "yes" || string(got[0].Body) != "body" {
		t.Errorf("the target got %+v", got)
	}
}

// Several URLs share the load.
func TestLoadBalancing(t *testing.T) {
	t.Parallel()
	first, second := newApp(t, nil), newApp(t, nil)
	g := start(t, githubSite(fmt.Sprintf("route app %s/hooks %s/hooks", first.URL, second.URL)))
	eventually(t, "both got something", func() error {
		g.accept(push(fmt.Sprint(len(first.all()), "-", len(second.all()), time.Now().UnixNano()), nil))
		if len(first.all()) == 0 || len(second.all()) == 0 {
			return fmt.Errorf("%d and %d", len(first.all()), len(second.all()))
		}
		return nil
	})
	for _, a := range []*app{first, second} {
		if r := a.all()[0]; r.URI != "/hooks" || "http://"+r.Host != a.URL {
			t.Errorf("%s got %s at %s", a.URL, r.URI, r.Host)
		}
	}
}

// Where events go is for the configuration to say, not for the environment.
func TestProxyOfTheEnvironmentIsIgnored(t *testing.T) {
	t.Parallel()
	a, trap := newApp(t, nil), newApp(t, nil)
	g := install(t, githubSite("route app {\n to http://app.invalid/\n retry {\n attempts 1\n}\n}\n route good "+a.URL))
	g.env = append(g.env, "HTTP_PROXY="+trap.URL, "http_proxy="+trap.URL, "ALL_PROXY="+trap.URL)
	g.start()
	id := g.accept(push("1", nil))
	a.await(1)
	eventually(t, "the other is dead", func() error {
		if s := g.event(id).Status; s != event.StatusDead {
			return fmt.Errorf("the event is %s", s)
		}
		return nil
	})
	if got := trap.all(); len(got) != 0 {
		t.Errorf("the proxy got %+v", got)
	}
}
