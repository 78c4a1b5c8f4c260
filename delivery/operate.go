package delivery

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// The reasons shown for a held delivery.
const (
	reasonHeld          = "route is held"
	reasonNotConfigured = "route not configured"
)

// Retry makes a dead, cancelled or waiting delivery due now, with a fresh budget. It refuses with
// event.ErrState one that was delivered or that an attempt runs for; ErrNotFound of package store
// if there is no such delivery.
func (d *Dispatcher) Retry(ctx context.Context, id event.DeliveryID) (*event.Delivery, error) {
	dl, a, err := d.changeIdle(ctx, id, func(dl *event.Delivery) error { return dl.Retry(d.now()) })
	if a != nil {
		err = fmt.Errorf("%w: a delivery that is %s cannot be retried", event.ErrState, event.Delivering)
	}
	if err != nil {
		return nil, fmt.Errorf("delivery %s: %w", id, err)
	}
	d.log.Info("a delivery is retried", about(dl)...)
	d.Wake(dl.Route)
	return dl, nil
}

// Cancel ends a waiting or dead delivery for good. If an attempt runs for it, that is cut and
// waited for. It refuses with event.ErrState one that is delivered, also by that very attempt, or
// cancelled already; ErrNotFound of package store if there is no such delivery.
func (d *Dispatcher) Cancel(ctx context.Context, id event.DeliveryID) (*event.Delivery, error) {
	changed, cut := false, false
	step := func(dl *event.Delivery) error {
		changed = !cut || dl.State != event.Cancelled // else by the attempt that was cut
		if !changed {
			return nil
		}
		return dl.Cancel(d.now())
	}
	for {
		dl, a, err := d.changeIdle(ctx, id, step)
		switch {
		case err != nil:
			return nil, fmt.Errorf("delivery %s: %w", id, err)
		case a == nil:
			d.log.Info("a delivery is cancelled", about(dl)...)
			if changed {
				d.ended(dl)
			}
			return dl, nil
		}
		a.cut(errCancelled)
		cut = true
		select {
		case <-a.done:
		case <-ctx.Done():
			return nil, fmt.Errorf("delivery %s: waiting for its attempt to end: %w", id, context.Cause(ctx))
		}
	}
}

// changeIdle changes a delivery that no attempt runs for; otherwise it returns the attempt.
func (d *Dispatcher) changeIdle(ctx context.Context, id event.DeliveryID, step store.Step) (*event.Delivery, *attempt, error) {
	d.gate.Lock()
	defer d.gate.Unlock()
	d.mu.Lock()
	a := d.attempts[id]
	d.mu.Unlock()
	if a != nil {
		return nil, a, nil
	}
	dl, err := d.queue.Change(ctx, id, step)
	return dl, nil, err
}

// Show gives a delivery that was read from the store the state that people see: delivering while
// an attempt runs for it, held, with the reason, while its route is held or not configured.
func (d *Dispatcher) Show(dl *event.Delivery) {
	if dl.State != event.Pending {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.lanes[dl.Route]
	switch {
	case d.attempts[dl.ID] != nil:
		dl.State = event.Delivering
	case l == nil || l.config == nil:
		dl.State, dl.Reason = event.Held, reasonNotConfigured
	case d.marks[dl.Route].Held:
		dl.State, dl.Reason = event.Held, reasonHeld
	}
}

// RouteStatus is how a route stands.
type RouteStatus struct {
	Route           event.Route
	Configured      bool
	Held            bool      // by an operator
	Pending         int       // unfinished deliveries that no attempt runs for
	Delivering      int       // attempts in flight
	Dead            int       // dead letters
	OldestPendingAt time.Time // when the oldest unfinished delivery was made, to the minute; zero if there is none
}

// Stopped reports whether nothing new begins on the route, so that what is pending shows as held.
func (s RouteStatus) Stopped() bool { return s.Held || !s.Configured }

// Routes lists, by source and name, the routes that are configured, held, or have unfinished or
// dead deliveries.
func (d *Dispatcher) Routes(ctx context.Context) ([]RouteStatus, error) {
	states, err := d.queue.Routes(ctx)
	if err != nil {
		return nil, fmt.Errorf("routes: %w", err)
	}
	d.mu.Lock()
	unseen := make(map[event.Route]bool)
	for r, l := range d.lanes {
		unseen[r] = l.config != nil
	}
	d.mu.Unlock()
	var all []RouteStatus
	for _, state := range states {
		delete(unseen, state.Route)
		if s := d.status(state); s != (RouteStatus{Route: s.Route}) {
			all = append(all, s)
		}
	}
	for r, configured := range unseen {
		if configured {
			all = append(all, d.status(store.RouteState{Route: r}))
		}
	}
	slices.SortFunc(all, func(a, b RouteStatus) int {
		return cmp.Or(cmp.Compare(a.Route.Source, b.Route.Source), cmp.Compare(a.Route.Name, b.Route.Name))
	})
	return all, nil
}

// status adds to what the store knows of a route what only the dispatcher knows.
func (d *Dispatcher) status(s store.RouteState) RouteStatus {
	d.mu.Lock()
	defer d.mu.Unlock()
	status := RouteStatus{Route: s.Route, Held: s.Held, Dead: s.Dead, OldestPendingAt: s.OldestPending}
	if l := d.lanes[s.Route]; l != nil {
		status.Configured = l.config != nil
		status.Delivering = l.inFlight
	}
	status.Pending = max(s.Pending-status.Delivering, 0)
	return status
}
