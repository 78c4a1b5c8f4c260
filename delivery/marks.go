package delivery

import (
	"context"
	"fmt"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// Hold stops a route's deliveries from beginning, until Resume; attempts in flight finish. It
// survives restarts and reloads, and a route that is held already stays as it is. ErrNotFound of
// package store if the route is neither configured nor known to the store.
func (d *Dispatcher) Hold(ctx context.Context, r event.Route) (RouteStatus, error) {
	return d.remark(ctx, r, "a route is held", func(m *store.RouteMark) { m.Held = true })
}

// Resume ends Hold. The retry budgets of what waits begin anew.
func (d *Dispatcher) Resume(ctx context.Context, r event.Route) (RouteStatus, error) {
	return d.remark(ctx, r, "a route is resumed", func(m *store.RouteMark) {
		if m.Held {
			m.Held, m.ResumedAt = false, d.now()
		}
	})
}

func (d *Dispatcher) remark(ctx context.Context, r event.Route, what string, change func(*store.RouteMark)) (RouteStatus, error) {
	d.marking.Lock()
	defer d.marking.Unlock()
	states, err := d.queue.Routes(ctx)
	if err != nil {
		return RouteStatus{}, fmt.Errorf("route %s: %w", r, err)
	}
	d.noteMarks(states...)
	known := d.configured(r)
	state := store.RouteState{Route: r}
	for _, s := range states {
		if s.Route == r {
			known, state = true, s
		}
	}
	if !known {
		return RouteStatus{}, fmt.Errorf("route %s: %w", r, store.ErrNotFound)
	}
	before := state.RouteMark
	change(&state.RouteMark)
	if state.RouteMark != before {
		if err := d.queue.MarkRoute(ctx, r, state.RouteMark); err != nil {
			return RouteStatus{}, fmt.Errorf("route %s: %w", r, err)
		}
		d.log.Info(what, "source", r.Source, "route", r.Name)
	}
	d.noteMarks(state)
	return d.status(state), nil
}

// refreshMarks reads the marks, now or, if that fails, in the background as soon as it works.
func (d *Dispatcher) refreshMarks(ctx context.Context) {
	if d.fetching.Err() != nil { // a route of a process that ends is not missing
		return
	}
	err := d.readMarks(ctx)
	if err == nil {
		return
	}
	d.log.Warn("the state of the routes could not be brought up to date; trying again", "error", err)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	d.stopReading() // of an earlier configuration
	ctx, d.stopReading = context.WithCancel(d.fetching)
	d.goroutines.Go(func() {
		var pause pause
		for pause.sleep(ctx) && d.readMarks(ctx) != nil {
		}
	})
}

// readMarks reads the marks of all routes and brings them up to date with the configuration: a
// route with a backlog that is not configured is missing, and a missing one that is configured
// again is resumed. Until its mark says so a route that comes back delivers nothing.
func (d *Dispatcher) readMarks(ctx context.Context) error {
	d.marking.Lock()
	defer d.marking.Unlock()
	states, err := d.queue.Routes(ctx)
	if err != nil {
		return err
	}
	d.noteMarks(states...)
	for _, s := range states {
		switch configured := d.configured(s.Route); {
		case configured && s.Missing:
			s.Missing, s.ResumedAt = false, d.now()
			d.log.Info("a route is configured again; what waits on it goes on", "source", s.Route.Source, "route", s.Route.Name, "pending", s.Pending)
		case !configured && !s.Missing && s.Pending > 0:
			s.Missing = true
			d.log.Warn("a route with a backlog is not configured; what waits on it is held", "source", s.Route.Source, "route", s.Route.Name, "pending", s.Pending)
		default:
			continue
		}
		if err := d.queue.MarkRoute(ctx, s.Route, s.RouteMark); err != nil {
			return err
		}
		d.noteMarks(s)
	}
	return nil
}

// noteMarks remembers marks as they are stored. d.marking is held.
func (d *Dispatcher) noteMarks(states ...store.RouteState) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.marks == nil {
		d.marks = make(map[event.Route]store.RouteMark)
	}
	for _, s := range states {
		d.marks[s.Route] = s.RouteMark
	}
	for _, l := range d.lanes {
		l.wake()
	}
}

func (d *Dispatcher) mark(r event.Route) store.RouteMark {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.marks[r]
}

func (d *Dispatcher) configured(r event.Route) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.lanes[r]
	return l != nil && l.config != nil
}
