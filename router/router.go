// Package router says which routes take an event.
package router

import (
	"errors"
	"fmt"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/expression"
)

// Rule is the condition of one route. With neither On nor When it takes every event, with both of
// them those for which both hold.
type Rule struct {
	Name      string
	On        []string // globs of event types, of which one must match; * is any run of characters
	When      string   // text of an expression that must be true
	Otherwise bool     // instead of On and When: takes the events that no other route took
}

// Router is a compiled list of rules. It is safe for concurrent use.
type Router struct {
	rules []rule
}

type rule struct {
	name      string
	on        []glob
	when      *expression.Program // nil if there is none
	otherwise bool
}

// Compile compiles the rules of one source. Its errors name the route and end in the compiler's own
// message, with a caret.
func Compile(rules []Rule) (*Router, error) {
	r := &Router{rules: make([]rule, 0, len(rules))}
	seen := make(map[string]bool, len(rules))
	for _, config := range rules {
		if seen[config.Name] {
			return nil, fmt.Errorf("route %s is configured twice; give each route of a source a name of its own", config.Name)
		}
		seen[config.Name] = true
		compiled, err := compile(config)
		if err != nil {
			return nil, fmt.Errorf("route %s: %w", config.Name, err)
		}
		r.rules = append(r.rules, compiled)
	}
	return r, nil
}

func compile(c Rule) (rule, error) {
	if c.Otherwise && (len(c.On) > 0 || c.When != "") {
		return rule{}, errors.New("otherwise takes what no other route took; it cannot stand beside on or when")
	}
	r := rule{name: c.Name, otherwise: c.Otherwise}
	for _, pattern := range c.On {
		if pattern == "" {
			return rule{}, errors.New(`on: an empty type never arrives; write * for every type`)
		}
		r.on = append(r.on, newGlob(pattern))
	}
	if c.When != "" {
		var err error
		if r.when, err = expression.CompileRule(c.When); err != nil {
			return rule{}, fmt.Errorf("when: %w", err)
		}
	}
	return r, nil
}

// Match returns the indexes of the rules that take an event, in rising order. A rule that cannot be
// evaluated does not take it, and is among the errors.
func (r *Router) Match(s *expression.Scope, eventType string) (routes []int, errs []event.RouteError) {
	for i := range r.rules {
		ok, err := r.rules[i].takes(s, eventType)
		if err != nil {
			errs = append(errs, event.RouteError{Route: r.rules[i].name, Error: err.Error()})
		}
		if ok {
			routes = append(routes, i)
		}
	}
	if routes != nil {
		return routes, errs
	}
	for i := range r.rules {
		if r.rules[i].otherwise {
			routes = append(routes, i)
		}
	}
	return routes, errs
}

// takes reports whether the rule holds in itself; an otherwise has to wait for the others.
func (r *rule) takes(s *expression.Scope, eventType string) (bool, error) {
	if r.otherwise || !matchAny(r.on, eventType) {
		return false, nil
	}
	if r.when == nil {
		return true, nil
	}
	return r.when.Bool(s)
}
