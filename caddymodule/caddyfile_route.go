package caddymodule

import (
	"fmt"
	"strconv"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

func (s *Source) parseRoute(h httpcaddyfile.Helper) error {
	d, start := h.Dispenser, h.Token()
	args := d.RemainingArgs()
	if len(args) == 0 {
		return d.Err("route: write `route <name> <url>`, or a name and a block")
	}
	r := &Route{Name: args[0], To: args[1:]}
	for _, other := range s.Routes {
		if other.Name == r.Name {
			return d.Errf("route %s: this source has a route of that name already", r.Name)
		}
	}
	if err := r.block(h).parseOptions(d); err != nil {
		return err
	}
	if err := r.check(); err != nil {
		return errorAt(start, fmt.Errorf("route %s: %w", r.Name, err))
	}
	s.Routes = append(s.Routes, r)
	return nil
}

func (r *Route) block(h httpcaddyfile.Helper) block {
	return block{name: "route", place: "a route: route <name> { … }", repeat: []string{"on", "to"}, options: []option{
		{"on", r.parseOn},
		{"when", into(parseExpression, &r.When)},
		{"otherwise", into(parseFlag, &r.Otherwise)},
		{"to", into(parseList, &r.To)},
		{"handle", func(*caddyfile.Dispenser) error { return r.parseHandle(h) }},
		{"timeout", into(parseDuration, &r.Timeout)},
		{"retry", r.parseRetry},
		{"concurrency", into(parseNumber, &r.Concurrency)},
	}}
}

func (r *Route) parseOn(d *caddyfile.Dispenser) error {
	if d.CountRemainingArgs() == 0 {
		return d.Err("on: write one event type or more; * is any run of characters")
	}
	return parseList(d, &r.On)
}

func (r *Route) parseHandle(h httpcaddyfile.Helper) error {
	handler, err := httpcaddyfile.ParseSegmentAsSubroute(h.WithDispenser(h.NewFromNextSegment()))
	if err != nil {
		return err
	}
	subroute, ok := handler.(*caddyhttp.Subroute)
	if !ok || len(subroute.Routes) == 0 {
		return h.Err("handle: write handlers in a block: handle { reverse_proxy app:3000 }")
	}
	r.Handle = h.JSON(subroute.Routes)
	return nil
}

func (r *Route) parseRetry(d *caddyfile.Dispenser) error {
	r.Retry = new(Retry)
	return r.Retry.block().parseOptions(d)
}

func (t *Retry) block() block {
	return block{name: "retry", place: "the block retry { … } of a route", options: []option{
		{"initial", into(parseDuration, &t.Initial)},
		{"max", into(parseDuration, &t.Max)},
		{"for", into(parseDuration, &t.For)},
		{"attempts", into(parseNumber, &t.Attempts)},
		{"no_retry", t.parseNoRetry},
	}}
}

func (t *Retry) parseNoRetry(d *caddyfile.Dispenser) error {
	t.NoRetry = []int{} // given, so the default no longer holds
	for _, text := range d.RemainingArgs() {
		code, err := strconv.Atoi(text)
		if err != nil {
			return d.Errf("no_retry: %q is not a status: write numbers such as 400 410", text)
		}
		t.NoRetry = append(t.NoRetry, code)
	}
	return nil
}
