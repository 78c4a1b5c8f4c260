package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/replay"
)

// No page of another site can make a browser do anything, and looking changes nothing.
func TestAdminAPIRefusesForeignPages(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	g := start(t, githubSite("route app "+a.URL))
	g.hold("github", "app")
	id := g.accept(push("1", nil))
	hold := "/webhooks/routes/github/app/hold"
	resume := "/webhooks/routes/github/app/resume"
	json := http.Header{"Content-Type": {"application/json"}}
	with := func(h http.Header, name, value string) http.Header {
		return request{Header: h}.with(name, value).Header
	}
	tests := []struct {
		name   string
		r      request
		status int
	}{
		{"foreign origin", request{Path: resume, Header: with(json, "Origin", "http://evil.example")}, http.StatusForbidden},
		{"rebound name", request{Path: resume, Header: with(json, "Host", "evil.example")}, http.StatusForbidden},
		{"a form's content type", request{Path: resume, Header: http.Header{"Content-Type": {"text/plain"}}}, http.StatusUnsupportedMediaType},
		{"a form", request{Path: resume, Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, Body: []byte("a=b")}, http.StatusUnsupportedMediaType},
		{"no content type", request{Path: resume}, http.StatusUnsupportedMediaType},
		{"a look at what changes", request{Method: http.MethodGet, Path: resume}, http.StatusMethodNotAllowed},
		{"a look at a replay", request{Method: http.MethodGet, Path: "/webhooks/events/" + id.String() + "/replay"}, http.StatusMethodNotAllowed},
		{"an unknown field", request{Path: "/webhooks/events/" + id.String() + "/replay", Header: json, Body: []byte(`{"rate":1}`)}, http.StatusBadRequest},
		{"a huge body", request{Path: "/webhooks/events/" + id.String() + "/replay", Header: json, Body: []byte(`{"routes":["` + strings.Repeat("x", 1<<20) + `"]}`)}, http.StatusRequestEntityTooLarge},
		{"another path", request{Method: http.MethodGet, Path: "/webhooks/events/..%2f..%2fconfig"}, http.StatusNotFound},
		{"an unknown event", request{Method: http.MethodGet, Path: "/webhooks/events/evt_01ARZ3NDEKTSV4RRFFQ69G5FAV"}, http.StatusNotFound},
		{"too large a page", request{Method: http.MethodGet, Path: "/webhooks/events?limit=1001"}, http.StatusBadRequest},
		{"an unknown parameter", request{Method: http.MethodGet, Path: "/webhooks/events?wher=true"}, http.StatusBadRequest},
		{"a rule that does not compile", request{Method: http.MethodGet, Path: "/webhooks/events?where=" + url.QueryEscape("body.(")}, http.StatusBadRequest},
		{"a huge rule", request{Method: http.MethodGet, Path: "/webhooks/events?where=" + strings.Repeat("1%2B", 5000) + "1"}, http.StatusBadRequest},
		{"a cursor of nowhere", request{Method: http.MethodGet, Path: "/webhooks/events?cursor=abc"}, http.StatusBadRequest},
		{"a state that is none", request{Method: http.MethodGet, Path: "/webhooks/deliveries?state=lost"}, http.StatusBadRequest},
		{"a later issue's path", request{Method: http.MethodGet, Path: "/webhooks/replays"}, http.StatusNotFound},
		{"hold, as a program does", request{Path: hold, Header: json}, http.StatusOK},
	}
	for _, tt := range tests {
		tt.r.at = g.admin
		if got := g.send(tt.r); got.Status != tt.status {
			t.Errorf("%s: %v, want %d", tt.name, got, tt.status)
		} else if got.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: foreign pages may read this", tt.name)
		}
	}
	if d := g.event(id).Deliveries; len(d) != 1 || d[0].State != "held" {
		t.Errorf("something changed: %+v", d)
	}
	if len(a.all()) != 0 {
		t.Error("something was delivered")
	}
}

// The hash of "open sesame" at the lowest cost: what it protects lives for seconds.
const passwordHash = "$2a$04$vN.S1l6dP4gFHfd1p5GUpOSwsmEcQeDd7G2HcDv9LAC4sYS42n5oy"

// In a site, behind any authentication of Caddy's, the paths are the same.
func TestAdminInASite(t *testing.T) {
	t.Parallel()
	g := start(t, config{site: githubDirective("") + `
		basic_auth /webhooks/* {
			ada ` + passwordHash + `
		}
		webhooks_admin
		respond "not ours" 418`})
	id := g.accept(push("1", []byte("the body")))
	path := "/webhooks/events/" + id.String() + "/body"
	look := request{Method: http.MethodGet, Path: path}
	if got := g.send(look); got.Status != http.StatusUnauthorized {
		t.Errorf("without a password: %v", got)
	}
	look.Header = http.Header{}
	r, err := http.NewRequest(http.MethodGet, "http://x", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("ada", "open sesame")
	look.Header = r.Header
	if got := g.send(look); got.Status != http.StatusOK || got.Body != "the body" {
		t.Errorf("with it: %v", got)
	}
	for _, path := range []string{"/", "/webhooks", "/webhooks/unknown"} {
		if got := g.send(request{Method: http.MethodGet, Path: path, Header: look.Header}); got.Status != http.StatusTeapot {
			t.Errorf("%s is not passed on: %v", path, got)
		}
	}
	replayed := g.send(request{
		Path: "/webhooks/events/" + id.String() + "/replay", Header: request{Header: look.Header}.with("Content-Type", "text/plain").Header,
	})
	if replayed.Status != http.StatusUnsupportedMediaType {
		t.Errorf("a form's content type: %v", replayed)
	}
}

// What is asked of the API is answered as documented.
func TestAdminAPIAnswers(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	g := start(t, githubSite("dedupe_window 24h\n route app {\n to "+a.URL+"\n timeout 7s\n}"))
	id := g.accept(push("1", []byte("body")))
	g.send(push("1", []byte("body")))
	forged := push("2", nil)
	forged.Body = []byte("altered")
	g.send(forged)
	g.awaitState(id, "delivered")

	sources, err := g.api.Sources(t.Context())
	if err != nil || len(sources) != 1 {
		t.Fatalf("sources: %+v %v", sources, err)
	}
	if s := sources[0]; s.Name != "github" || s.Provider != "github" || fmt.Sprint(s.Routes) != "[app]" {
		t.Errorf("source: %+v", s)
	}
	stats, err := g.api.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if stats.Requests != (replay.RequestCounts{Accepted: 1, Duplicate: 1, Rejected: 1}) || stats.Deliveries != (replay.DeliveryCounts{Delivered: 1}) || stats.StoreBytes <= 0 {
		t.Errorf("stats: %+v", stats)
	}
	e := g.event(id)
	if e.Size != 4 || e.EventID != "1" || e.Request.Method != http.MethodPost || e.Request.Path != "/github" || e.Request.RemoteIP != "127.0.0.1" {
		t.Errorf("event: %+v %+v", e, e.Request)
	}
	if got := g.get("/webhooks/events/" + id.String() + "/body"); got.Body != "body" {
		t.Errorf("body: %v", got)
	}
	if got := g.get("/webhooks/unknown"); got.Status != http.StatusNotFound {
		t.Errorf("unknown path: %v", got)
	}
}
