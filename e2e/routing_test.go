package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/replay"
)

// routesOf is the names of the routes that took an event.
func (g *gatepost) routesOf(id event.ID) []string {
	g.t.Helper()
	var names []string
	for _, d := range g.event(id).Deliveries {
		names = append(names, d.Route)
	}
	slices.Sort(names)
	return names
}

func TestRouting(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	to := func(path string) string { return "to " + a.URL + path }
	g := start(t, githubSite(`
		route everything `+a.URL+`/everything
		route code {
			on push pull_*
			`+to("/code")+`
		}
		route big {
			on push
			when body.commits > 10
			`+to("/big")+`
		}
		route broken {
			when int(body.word) > 0
			`+to("/broken")+`
		}
	`))
	tests := []struct {
		eventType, body string
		want            []string
		failed          bool // the rule of the route broken
	}{
		{"push", `{"commits":11,"word":"1"}`, []string{"big", "broken", "code", "everything"}, false},
		{"push", `{"commits":10,"word":"0"}`, []string{"code", "everything"}, false},
		{"push", `{"word":"not a number"}`, []string{"code", "everything"}, true},
		{"pull_request", `{"commits":99,"word":"0"}`, []string{"code", "everything"}, false},
		{"issues", `{"commits":99,"word":"0"}`, []string{"everything"}, false},
		{"issues", `not json`, []string{"everything"}, true},
	}
	for i, tt := range tests {
		id := g.accept(githubEvent(tt.eventType, fmt.Sprint(i), []byte(tt.body)))
		if got := g.routesOf(id); !slices.Equal(got, tt.want) {
			t.Errorf("%s %s went to %v, want %v", tt.eventType, tt.body, got, tt.want)
		}
		e := g.event(id)
		if failed := len(e.RouteErrors) == 1 && e.RouteErrors[0].Route == "broken" && e.RouteErrors[0].Error != ""; failed != tt.failed || !failed && len(e.RouteErrors) > 0 {
			t.Errorf("%s %s: errors %v, want one: %v", tt.eventType, tt.body, e.RouteErrors, tt.failed)
		}
	}
	a.await(4 + 2 + 2 + 2 + 1 + 1)
}

// What no rule takes goes to otherwise; without that it is kept, unrouted, and can be replayed.
func TestOtherwiseAndUnrouted(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	g := start(t, config{site: `
		webhooks /github github {
			secret ` + "`" + secret + "`" + `
			route code {
				on push
				to ` + a.URL + `/code
			}
			route broken {
				when int(body.word) > 0
				to ` + a.URL + `/broken
			}
			route rest {
				otherwise
				to ` + a.URL + `/rest
			}
		}
		webhooks /strict github strict {
			secret ` + "`" + secret + "`" + `
			route code {
				on push
				to ` + a.URL + `/strict
			}
		}
		webhooks /nobody github nobody {
			secret ` + "`" + secret + "`" + `
		}
	`})
	if got := g.routesOf(g.accept(push("1", []byte(`{"word":"0"}`)))); !slices.Equal(got, []string{"code"}) {
		t.Errorf("taken by a rule: %v", got)
	}
	if got := g.routesOf(g.accept(githubEvent("ping", "2", []byte(`{"word":"0"}`)))); !slices.Equal(got, []string{"rest"}) {
		t.Errorf("taken by no rule: %v", got)
	}
	if got := g.routesOf(g.accept(githubEvent("ping", "3", []byte(`{"word":"x"}`)))); !slices.Equal(got, []string{"rest"}) {
		t.Errorf("taken by no rule, one failed: %v", got)
	}

	const nowhere = "this source has no route: its events are kept, and delivered to nobody"
	if lines := g.logged(nowhere); len(lines) != 1 || lines[0]["source"] != "nobody" {
		t.Errorf("of sources without routes the log says: %v", lines)
	}

	unrouted := githubEvent("ping", "4", []byte(`{}`))
	unrouted.Path = "/strict"
	id := g.accept(unrouted)
	if e := g.event(id); e.Status != event.StatusUnrouted {
		t.Errorf("status %s", e.Status)
	}
	if got := g.events(replay.EventFilter{Status: "unrouted"}); len(got) != 1 || got[0].ID != id {
		t.Errorf("listed as unrouted: %v", got)
	}
	if _, err := g.api.Replay(t.Context(), id, "code"); err != nil {
		t.Errorf("replay on a named route: %v", err)
	}
	eventually(t, "it is delivered", func() error {
		for _, r := range a.all() {
			if r.URI == "/strict" && r.id() == id.String() {
				return nil
			}
		}
		return fmt.Errorf("not among %d", len(a.all()))
	})
}

// Bodies past what expressions read are stored and routed by the rules that do not need them.
func TestBodiesThatRulesCannotRead(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	g := start(t, githubSite(`
		route by-body {
			when body.n == 1
			to `+a.URL+`/by-body
		}
		route by-size {
			when size > 0
			to `+a.URL+`/by-size
		}
	`))
	tests := map[string]string{
		"deep":           `{"n":1,"x":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`,
		"wide":           `{"n":1` + strings.Repeat(`,"x":1`, 100_000) + `}`,
		"cut":            `{"n":1`,
		"not a number":   `{"n":NaN}`,
		"two values":     `{"n":1}{"n":1}`,
		"lone surrogate": `{"n":2,"x":"\ud800"}`,
		"NUL":            "\x00",
	}
	for name, body := range tests {
		id := g.accept(push(name, []byte(body)))
		if got := g.routesOf(id); !slices.Equal(got, []string{"by-size"}) {
			t.Errorf("%s: went to %v", name, got)
		}
		stored, err := g.api.Body(t.Context(), id)
		if err != nil || string(stored) != body {
			t.Errorf("%s: %d bytes are stored of %d: %v", name, len(stored), len(body), err)
		}
	}
	deep := g.events(replay.EventFilter{Where: `header("X-GitHub-Delivery") == "deep"`})
	if len(deep) != 1 || deep[0].BodyError == "" {
		t.Errorf("the deep one does not say why rules saw no body: %+v", deep)
	}
	a.await(len(tests))
}

// An event keeps the routes that it was accepted for, whatever the rules say later.
func TestReloadedRulesLeaveTheQueueAlone(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	site := func(when string) config {
		return githubSite("route app {\n when " + when + "\n to " + a.URL + "\n}")
	}
	g := start(t, site("body.n == 1"))
	g.hold("github", "app")
	id := g.accept(push("1", []byte(`{"n":1}`)))
	g.reload(site("int(body.n.x) > 5"))
	g.resume("github", "app")
	if got := a.await(1); got[0].id() != id.String() {
		t.Errorf("got %s, want %s", got[0].id(), id)
	}
}

func (g *gatepost) hold(source, route string) *replay.Route {
	g.t.Helper()
	r, err := g.api.Hold(g.t.Context(), source, route)
	if err != nil {
		g.t.Fatalf("hold: %v", err)
	}
	return r
}

func (g *gatepost) resume(source, route string) *replay.Route {
	g.t.Helper()
	r, err := g.api.Resume(g.t.Context(), source, route)
	if err != nil {
		g.t.Fatalf("resume: %v", err)
	}
	return r
}

// Too many waiting deliveries of a route are refused, with when to come again.
func TestBacklogFull(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	g := start(t, config{webhooks: "max_pending 3", site: githubDirective("route app " + a.URL)})
	g.hold("github", "app")
	for i := range 3 {
		g.accept(push(fmt.Sprint(i), nil))
	}
	refused := g.refuse(push("more", nil), http.StatusServiceUnavailable, "backlog_full")
	if refused.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	g.resume("github", "app")
	a.await(3)
	eventually(t, "there is room again", func() error {
		if got := g.send(push("more", nil)); got.Status != http.StatusOK {
			return fmt.Errorf("answered %v", got)
		}
		return nil
	})
}
