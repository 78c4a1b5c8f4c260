package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"syscall"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/replay"
	"github.com/gatepost/gatepost/verifier"
	_ "github.com/gatepost/gatepost/verifier/providers" // the catalogue
)

// request is what a provider sends.
type request struct {
	Method string // default POST
	Path   string // and query
	Header http.Header
	Body   []byte

	at string // the address, if it is not the site's
}

// with returns the request with another header value.
func (r request) with(name, value string) request {
	r.Header = r.Header.Clone()
	r.Header.Set(name, value)
	return r
}

// answer is what the sender sees.
type answer struct {
	Status int
	Header http.Header
	Body   string
}

// code is the reason of a refusal.
func (a answer) code() string {
	var refusal struct {
		Error struct{ Code, Message string }
	}
	if json.Unmarshal([]byte(a.Body), &refusal) != nil {
		return ""
	}
	return refusal.Error.Code
}

// id is the ID under which the event is stored.
func (a answer) id() string { return a.Header.Get("Gatepost-Event-Id") }

func (a answer) duplicate() bool { return a.Header.Get("Gatepost-Duplicate") == "true" }

func (a answer) String() string { return fmt.Sprintf("%d %v %s", a.Status, a.Header, a.Body) }

// send sends a request, which must be answered. A server that was replaced by a reload closes
// connections whose request it has not read yet; as a sender does, this sends again then.
func (g *gatepost) send(r request) answer {
	g.t.Helper()
	for again := 3; ; again-- {
		a, err := g.trySend(r)
		switch {
		case err == nil:
			return a
		case again > 0 && (errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)):
		default:
			g.t.Fatalf("%s %s: %v", r.Method, r.Path, err)
		}
	}
}

func (g *gatepost) trySend(r request) (answer, error) {
	if r.Method == "" {
		r.Method = http.MethodPost
	}
	client := g.http
	switch r.at {
	case "":
		r.at = g.site
	case g.admin:
		client = g.once
	}
	out, err := http.NewRequest(r.Method, "http://"+r.at+r.Path, bytes.NewReader(r.Body))
	if err != nil {
		return answer{}, err
	}
	maps.Copy(out.Header, r.Header)
	if host := r.Header.Get("Host"); host != "" {
		out.Host = host
	}
	resp, err := client.Do(out)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(body)}, err
}

// accept sends an event that must be accepted as new and returns its ID.
func (g *gatepost) accept(r request) event.ID {
	g.t.Helper()
	a := g.send(r)
	if a.Status/100 != 2 || a.duplicate() {
		g.t.Fatalf("not accepted: %v", a)
	}
	id, err := event.ParseID(a.id())
	if err != nil {
		g.t.Fatalf("not accepted: %v: %v", a, err)
	}
	return id
}

// refuse sends a request that must be refused with this status and code.
func (g *gatepost) refuse(r request, status int, code string) answer {
	g.t.Helper()
	a := g.send(r)
	if a.Status != status || a.code() != code {
		g.t.Errorf("got %v, want %d %s", a, status, code)
	}
	return a
}

// secret is the one that most sources of the tests are configured with.
const secret = "a secret of the end-to-end tests"

// source signs requests as a provider does.
type source struct {
	path     string
	provider *verifier.Provider
	verifier verifier.Verifier
}

// newSource is the other side of a configured source.
func newSource(path, provider string, s verifier.Settings) *source {
	p, ok := verifier.Lookup(provider)
	if !ok {
		panic("no provider " + provider)
	}
	if s.Secrets == nil && !s.Insecure {
		s.Secrets = []string{secret}
	}
	v, err := p.New(s)
	if err != nil {
		panic(err)
	}
	return &source{path, p, v}
}

// github is the source of tests that need no particular one. Its requests say in headers what type
// they are and which event, so that bodies can be anything.
var github = newSource("/github", "github", verifier.Settings{})

// githubSite is a site with that source and what stands in its block besides the secret.
func githubSite(block string) config { return config{site: githubDirective(block)} }

func githubDirective(block string) string {
	return fmt.Sprintf("webhooks /github github {\n\tsecret `%s`\n\t%s\n}\n", secret, block)
}

// sign signs a request as the provider would at that time.
func (s *source) sign(r request, id string, at time.Time) request {
	r.Method = s.provider.Methods[0]
	if r.Path == "" {
		r.Path = s.path
	}
	signed := verifier.Request{Method: r.Method, Scheme: "http", URI: r.Path, Header: r.Header.Clone(), Body: r.Body}
	if signed.Header == nil {
		signed.Header = http.Header{}
	}
	if err := s.verifier.Sign(&signed, id, at); err != nil {
		panic(err)
	}
	r.Header, r.Path, r.Body = signed.Header, signed.URI, signed.Body
	return r
}

// sample is the provider's own sample event.
func (s *source) sample(eventType, id string) request { return s.sampleAt(eventType, id, time.Now()) }

func (s *source) sampleAt(eventType, id string, at time.Time) request {
	e := s.provider.Sample(eventType, id, at)
	return s.sign(request{Header: e.Header, Body: e.Body}, id, at)
}

// push is an event of GitHub's type push with a body of the test's own.
func push(id string, body []byte) request { return githubEvent("push", id, body) }

func githubEvent(eventType, id string, body []byte) request {
	header := http.Header{"X-Github-Event": {eventType}, "X-Github-Delivery": {id}, "Content-Type": {"application/json"}}
	return github.sign(request{Header: header, Body: body}, id, time.Now())
}

// event returns a stored event.
func (g *gatepost) event(id event.ID) *replay.Event {
	g.t.Helper()
	e, err := g.api.Event(g.t.Context(), id)
	if err != nil {
		g.t.Fatalf("event %s: %v", id, err)
	}
	return e
}
