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
	if err := parseBlock(d, func() error { return r.parseOption(h) }, "on", "to"); err != nil {
		return err
	}
	if err := r.check(); err != nil {
		return errorAt(start, fmt.Errorf("route %s: %w", r.Name, err))
	}
	s.Routes = append(s.Routes, r)
	return nil
}

func (r *Route) parseOption(h httpcaddyfile.Helper) error {
	d := h.Dispenser
	switch d.Val() {
	case "on":
		globs := d.RemainingArgs()
		if len(globs) == 0 {
			return d.Err("on: write one event type or more; * is any run of characters")
		}
		r.On = append(r.On, globs...)
	case "when":
		return parseExpression(d, &r.When)
	case "otherwise":
		r.Otherwise = true
		return noArgs(d)
	case "to":
		urls := d.RemainingArgs()
		if len(urls) == 0 {
			return d.ArgErr()
		}
		r.To = append(r.To, urls...)
	case "handle":
		return r.parseHandle(h)
	case "timeout":
		return parseDuration(d, &r.Timeout)
	case "retry":
		r.Retry = new(Retry)
		return parseBlock(d, func() error { return r.Retry.parseOption(d) })
	case "concurrency":
		return parseNumber(d, &r.Concurrency)
	default:
		return unknownOption(d, routeOptions)
	}
	return nil
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

func (t *Retry) parseOption(d *caddyfile.Dispenser) error {
	switch d.Val() {
	case "initial":
		return parseDuration(d, &t.Initial)
	case "max":
		return parseDuration(d, &t.Max)
	case "for":
		return parseDuration(d, &t.For)
	case "attempts":
		return parseNumber(d, &t.Attempts)
	case "no_retry":
		t.NoRetry = []int{} // given, so the default no longer holds
		for _, text := range d.RemainingArgs() {
			code, err := strconv.Atoi(text)
			if err != nil {
				return d.Errf("no_retry: %q is not a status: write numbers such as 400 410", text)
			}
			t.NoRetry = append(t.NoRetry, code)
		}
	default:
		return unknownOption(d, retryOptions)
	}
	return nil
}
