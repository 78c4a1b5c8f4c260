package caddymodule

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/gatepost/gatepost/dedupe"
	"github.com/gatepost/gatepost/delivery"
	"github.com/gatepost/gatepost/router"
	"github.com/gatepost/gatepost/verifier"
	_ "github.com/gatepost/gatepost/verifier/providers" // registers the catalogue
)

const (
	defaultDedupeWindow = 7 * 24 * time.Hour // longer than every retry schedule in the catalogue
	defaultMaxBody      = 1 << 20
	largestMaxBody      = 64 << 20
)

// Source is the configuration of one source, as the handler holds it.
type Source struct {
	// The sending service: a name that `gatepost webhooks providers` lists, or one of the generic
	// schemes hmac, token, basic and none.
	Provider string `json:"provider,omitempty"`

	// The source's name, unique in a config. Default: the provider's name.
	Name string `json:"source,omitempty"`

	// What the provider's scheme wants to know: secrets, and for schemes of one's own where the
	// signature is and what it signs. Placeholders such as {env.X} and {file./run/secrets/x} in its
	// texts are expanded when the config is loaded; an empty secret is an error.
	verifier.Settings

	// How far a signed timestamp may lie from now, both ways. Default: the provider's.
	Tolerance caddy.Duration `json:"tolerance,omitempty"`

	// The expression for the list of events that one request carries. Each becomes an event of its
	// own, with the bytes that it has in the request as its body; to event_id, event_type, dedupe and
	// the routes `body`, `digest` and `size` are then its own. A request that does not have such a
	// list, or one of more than 1000, stays one event. Default: every request is one event.
	Split string `json:"split,omitempty"`

	// Expressions for the event's ID and type. Default: the provider's.
	EventID   string `json:"event_id,omitempty"`
	EventType string `json:"event_type,omitempty"`

	// The expression whose equal results make two requests copies of one event, or "off". Default:
	// the provider's; where it yields nothing usable, the body's digest.
	Dedupe string `json:"dedupe,omitempty"`

	// For how long a copy is recognised. At most the retention. Default: 168h, or the retention if
	// that is shorter.
	DedupeWindow caddy.Duration `json:"dedupe_window,omitempty"`

	// The largest body in bytes, at most 64 MiB. Default: the provider's largest, else 1 MiB.
	MaxBody int64 `json:"max_body,omitempty"`

	// What becomes of a request that fails verification: reject keeps nothing of it but a count and
	// a line in the log, quarantine keeps it for the operator, who can have it verified again.
	// The sender is told the same. Default: reject.
	OnUnverified string `json:"on_unverified,omitempty"`

	// How much may be kept with on_unverified quarantine.
	Quarantine *Quarantine `json:"quarantine,omitempty"`

	// The answer to an accepted event. Default: what the provider documents, else 200 without body.
	Ack *Ack `json:"ack,omitempty"`

	// Where events go. An event goes to every route that takes it.
	Routes []*Route `json:"routes,omitempty"`
}

// Ack is the answer to an accepted event.
type Ack struct {
	// The status, 200 to 299. Default: 200.
	Status int `json:"status,omitempty"`
	// The body. Default: empty.
	Body string `json:"body,omitempty"`
}

// Route is a rule of a source: which events, where to, and how hard to try.
type Route struct {
	// The route's name, unique in its source.
	Name string `json:"name,omitempty"`

	// Event types; * is any run of characters. Default: every type.
	On []string `json:"on,omitempty"`

	// An expression that must hold as well.
	When string `json:"when,omitempty"`

	// Take the events that no other route of the source took. Excludes on and when.
	Otherwise bool `json:"otherwise,omitempty"`

	// URLs of the application, one of which is called; or handle. A path replaces the request's.
	To []string `json:"to,omitempty"`

	// Any HTTP handlers, as a list of routes or as one handler; or to.
	Handle json.RawMessage `json:"handle,omitempty"`

	// How long one attempt may take. Default: 30s.
	Timeout caddy.Duration `json:"timeout,omitempty"`

	// When to try again, and when to give up.
	Retry *Retry `json:"retry,omitempty"`

	// Attempts in flight at one time. Default: 16.
	Concurrency int `json:"concurrency,omitempty"`
}

// Retry is when a failed delivery is tried again, and when it becomes a dead letter.
type Retry struct {
	// The first delay; doubled from then on, with full jitter. Default: 5s.
	Initial caddy.Duration `json:"initial,omitempty"`
	// The longest delay. Default: 1h.
	Max caddy.Duration `json:"max,omitempty"`
	// How long after its first attempt a delivery is tried. Default: 72h.
	For caddy.Duration `json:"for,omitempty"`
	// How many attempts are made, if that ends before `for`. Default: no such limit.
	Attempts int `json:"attempts,omitempty"`
	// Statuses that make a dead letter at once. Default: 400 410 413 422 501.
	NoRetry []int `json:"no_retry,omitempty"`
}

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

func checkName(kind, name string) error {
	if !nameForm.MatchString(name) {
		return fmt.Errorf("%s name %q: use 1 to 64 of a-z, 0-9, _ and -, beginning with a letter or digit", kind, name)
	}
	return nil
}

// name is the source's name with its default.
func (s *Source) name() string { return cmp.Or(s.Name, s.Provider) }

// provider looks the provider up and helps with a misspelt one.
func (s *Source) provider() (*verifier.Provider, error) {
	p, ok := verifier.Lookup(s.Provider)
	if ok {
		return p, nil
	}
	if near := verifier.Nearest(s.Provider); len(near) > 0 {
		return nil, fmt.Errorf("unknown provider %q: did you mean %s? `gatepost webhooks providers` lists all", s.Provider, strings.Join(near, ", "))
	}
	return nil, fmt.Errorf("unknown provider %q: `gatepost webhooks providers` lists all; a scheme of your own goes under hmac, token or basic", s.Provider)
}

// settings is what the verifier wants to know.
func (s *Source) settings() verifier.Settings {
	settings := s.Settings
	settings.Tolerance = time.Duration(s.Tolerance)
	return settings
}

// identity is the expressions that determine the identity of a request, the user's before the
// provider's. If requests are split the user's are about parts: of one that cannot be split, the
// provider's count.
func (s *Source) identity(p *verifier.Provider) dedupe.Config {
	preset := p.IdentityFor(s.settings())
	if s.Split == "" {
		return s.overrides(preset)
	}
	if s.Dedupe == dedupe.Off {
		preset.Dedupe = dedupe.Off
	}
	return dedupe.Config(preset)
}

// overrides is a preset with what the user has instead.
func (s *Source) overrides(preset verifier.Identity) dedupe.Config {
	return dedupe.Config{
		EventID:   cmp.Or(s.EventID, preset.EventID),
		EventType: cmp.Or(s.EventType, preset.EventType),
		Dedupe:    cmp.Or(s.Dedupe, preset.Dedupe),
	}
}

func (s *Source) window(retention time.Duration) time.Duration {
	return cmp.Or(time.Duration(s.DedupeWindow), min(defaultDedupeWindow, retention))
}

func (s *Source) maxBody(p *verifier.Provider) int64 {
	return cmp.Or(s.MaxBody, p.MaxBody, defaultMaxBody)
}

func (s *Source) rules() []router.Rule {
	rules := make([]router.Rule, len(s.Routes))
	for i, r := range s.Routes {
		rules[i] = router.Rule{Name: r.Name, On: r.On, When: r.When, Otherwise: r.Otherwise}
	}
	return rules
}

// check reports everything wrong that the text of the configuration shows, whatever the machine it
// is loaded on.
func (s *Source) check(retention time.Duration) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	errs := []error{checkName("source", s.name()), p.Check(s.settings()), s.checkQuarantine()}
	if identity, err := dedupe.Compile(s.identity(p)); err != nil {
		errs = append(errs, err)
	} else if option := identity.Constant(); option != "" {
		errs = append(errs, fmt.Errorf("%s: the expression looks at nothing of the request, so all events would be one: write what tells them apart, such as body.id; in single quotes it is a text and no expression", option))
	}
	if _, err := router.Compile(s.rules()); err != nil {
		errs = append(errs, err)
	}
	if _, err := s.split(p); err != nil {
		errs = append(errs, err)
	}
	switch w := time.Duration(s.DedupeWindow); {
	case w < 0:
		errs = append(errs, fmt.Errorf("dedupe_window: %s is negative", w))
	case w > retention:
		errs = append(errs, fmt.Errorf("dedupe_window: %s is longer than the retention of %s: a mark must not outlive its event; lengthen the global retention or shorten the window", w, retention))
	}
	if s.MaxBody < 0 || s.MaxBody > largestMaxBody {
		errs = append(errs, fmt.Errorf("max_body: use a size from 1 byte to %d MiB", largestMaxBody>>20))
	}
	if s.Ack != nil && s.Ack.Status != 0 && (s.Ack.Status < 200 || s.Ack.Status > 299) {
		errs = append(errs, fmt.Errorf("ack: %d does not tell the sender that the event was taken; use a status from 200 to 299", s.Ack.Status))
	}
	if s.Ack != nil && s.Ack.Body != "" && (s.Ack.Status == http.StatusNoContent || s.Ack.Status == http.StatusResetContent) {
		errs = append(errs, fmt.Errorf("ack: an answer of status %d has no body; leave it out, or use 200", s.Ack.Status))
	}
	for _, r := range s.Routes {
		if err := r.check(); err != nil {
			errs = append(errs, fmt.Errorf("route %s: %w", r.Name, err))
		}
	}
	return errors.Join(errs...)
}

func (r *Route) check() error {
	errs := []error{checkName("route", r.Name)}
	switch {
	case len(r.To) == 0 && len(r.Handle) == 0:
		errs = append(errs, errors.New("no destination: write `to http://app:3000/hooks`, or handlers under `handle`"))
	case len(r.To) > 0 && len(r.Handle) > 0:
		errs = append(errs, errors.New("two destinations: write either `to` or `handle`; for both, two routes"))
	}
	if _, err := parseTargets(r.To); err != nil {
		errs = append(errs, err)
	}
	if r.Timeout < 0 {
		errs = append(errs, errors.New("timeout: must be positive"))
	}
	if r.Concurrency < 0 || r.Concurrency > 10_000 {
		errs = append(errs, errors.New("concurrency: use a number from 1 to 10000"))
	}
	if t := r.Retry; t != nil {
		if t.Initial < 0 || t.Max < 0 || t.For < 0 || t.Attempts < 0 {
			errs = append(errs, errors.New("retry: initial, max, for and attempts must be positive"))
		}
		if p := r.policy(); p.Max < p.Initial {
			errs = append(errs, fmt.Errorf("retry: max %s is shorter than initial %s", p.Max, p.Initial))
		}
		for _, code := range t.NoRetry {
			if code < 300 || code > 599 {
				errs = append(errs, fmt.Errorf("retry: no_retry %d is not the status of a failure; use 300 to 599", code))
			}
		}
	}
	return errors.Join(errs...)
}

func (r *Route) policy() delivery.Policy {
	p := delivery.DefaultPolicy()
	set(&p.Timeout, time.Duration(r.Timeout))
	set(&p.Concurrency, r.Concurrency)
	if t := r.Retry; t != nil {
		set(&p.Initial, time.Duration(t.Initial))
		set(&p.Max, time.Duration(t.Max))
		set(&p.For, time.Duration(t.For))
		set(&p.Attempts, t.Attempts)
		if t.NoRetry != nil {
			p.NoRetry = t.NoRetry
		}
	}
	return p
}

// parseTargets reads the URLs of `to`. Those that still hold placeholders are left out: they are
// read again once those are expanded.
func parseTargets(to []string) ([]*url.URL, error) {
	var targets []*url.URL
	for _, text := range to {
		if strings.Contains(text, "{") {
			continue
		}
		u, err := url.Parse(text)
		switch {
		case err != nil:
			return nil, fmt.Errorf("to: %q is not a URL: write http://app:3000/hooks", text)
		case u.Scheme != "http" && u.Scheme != "https", u.Host == "", u.User != nil, u.Fragment != "":
			return nil, fmt.Errorf("to: %q: write http:// or https://, a host, and at most a port, a path and a query; for anything else use `handle { reverse_proxy … }`", text)
		}
		targets = append(targets, u)
	}
	for _, u := range targets {
		if first := targets[0]; u.Scheme != first.Scheme || u.EscapedPath() != first.EscapedPath() || u.RawQuery != first.RawQuery {
			return nil, fmt.Errorf("to: %s and %s differ in more than the host: several URLs are load-balanced and need one scheme, path and query; to call both, write two routes", first, u)
		}
	}
	return targets, nil
}

// set replaces a default by what is configured, if anything is.
func set[T comparable](p *T, configured T) {
	*p = cmp.Or(configured, *p)
}
