package delivery

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// fakeQueue is a Queue in memory. Whatever it takes or gives passes through the codec, so that
// nothing is shared with the dispatcher, and it runs each step twice, on copies, as an engine that
// repeats its write does.
type fakeQueue struct {
	mu     sync.Mutex
	ids    event.IDs
	events map[event.ID]*event.Event
	stored map[event.DeliveryID]*event.Delivery
	leased map[event.DeliveryID]bool
	marks  map[event.Route]store.RouteMark

	calls  map[string]int
	fail   map[string]error   // by method: the error it returns
	lost   map[event.ID]error // what Event returns
	misuse []string
}

func newFakeQueue() *fakeQueue {
	return &fakeQueue{
		events: make(map[event.ID]*event.Event), stored: make(map[event.DeliveryID]*event.Delivery),
		leased: make(map[event.DeliveryID]bool), marks: make(map[event.Route]store.RouteMark),
		calls: make(map[string]int), fail: make(map[string]error), lost: make(map[event.ID]error),
	}
}

// add stores n events with one delivery each.
func (q *fakeQueue) add(r event.Route, n int) (ids []event.DeliveryID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for range n {
		now := time.Now()
		e := &event.Event{ID: q.ids.Event(now), Source: r.Source, ReceivedAt: now, Body: []byte("body")}
		dl := &event.Delivery{ID: e.ID.Delivery(0), Event: e.ID, Route: r, State: event.Pending, NextAttemptAt: now, ChangedAt: now}
		q.events[e.ID] = e
		q.stored[dl.ID] = clone(dl)
		ids = append(ids, dl.ID)
	}
	return ids
}

// edit changes a stored delivery behind the dispatcher's back.
func (q *fakeQueue) edit(id event.DeliveryID, f func(*event.Delivery)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	f(q.stored[id])
}

func (q *fakeQueue) get(id event.DeliveryID) *event.Delivery {
	q.mu.Lock()
	defer q.mu.Unlock()
	return clone(q.stored[id])
}

func (q *fakeQueue) setFail(method string, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.fail[method] = err
}

func (q *fakeQueue) count(method string) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.calls[method]
}

// reopen forgets the leases, as a store does that was opened anew.
func (q *fakeQueue) reopen() {
	q.mu.Lock()
	defer q.mu.Unlock()
	clear(q.leased)
}

// states counts the deliveries by state, and those that are leased.
func (q *fakeQueue) states() (n map[event.State]int, leased int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n = make(map[event.State]int)
	for _, dl := range q.stored {
		n[dl.State]++
	}
	return n, len(q.leased)
}

func clone(dl *event.Delivery) *event.Delivery {
	again, err := event.DecodeDelivery(dl.AppendRecord(nil))
	if err != nil {
		panic(err)
	}
	return again
}

func (q *fakeQueue) enter(method string) error {
	q.calls[method]++
	return q.fail[method]
}

func (q *fakeQueue) Lease(ctx context.Context, r event.Route, now time.Time, n int) (ds []*event.Delivery, next time.Time, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := cmp.Or(q.enter("Lease"), ctx.Err()); err != nil {
		return nil, next, err
	}
	if n < 1 {
		q.misuse = append(q.misuse, fmt.Sprintf("Lease of %d", n))
	}
	var waiting []*event.Delivery
	for id, dl := range q.stored {
		if dl.Route == r && dl.State == event.Pending && !q.leased[id] {
			waiting = append(waiting, dl)
		}
	}
	slices.SortFunc(waiting, func(a, b *event.Delivery) int {
		return cmp.Or(a.NextAttemptAt.Compare(b.NextAttemptAt), bytes.Compare(a.ID[:], b.ID[:]))
	})
	for _, dl := range waiting {
		if len(ds) == n {
			return ds, time.Time{}, nil
		}
		if dl.NextAttemptAt.After(now) {
			return ds, dl.NextAttemptAt, nil
		}
		q.leased[dl.ID] = true
		ds = append(ds, clone(dl))
	}
	return ds, time.Time{}, nil
}

func (q *fakeQueue) Settle(ctx context.Context, id event.DeliveryID, step store.Step) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := cmp.Or(q.enter("Settle"), ctx.Err()); err != nil {
		return err
	}
	if !q.leased[id] {
		return fmt.Errorf("%w: not leased", store.ErrNotFound)
	}
	delete(q.leased, id)
	_, err := q.apply(id, step)
	return err
}

func (q *fakeQueue) Change(ctx context.Context, id event.DeliveryID, step store.Step) (*event.Delivery, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := cmp.Or(q.enter("Change"), ctx.Err()); err != nil {
		return nil, err
	}
	return q.apply(id, step)
}

func (q *fakeQueue) apply(id event.DeliveryID, step store.Step) (*event.Delivery, error) {
	if q.stored[id] == nil {
		return nil, store.ErrNotFound
	}
	first, dl := clone(q.stored[id]), clone(q.stored[id])
	errFirst, err := step(first), step(dl)
	if (errFirst == nil) != (err == nil) || !bytes.Equal(first.AppendRecord(nil), dl.AppendRecord(nil)) {
		q.misuse = append(q.misuse, fmt.Sprintf("a step gave %v and %v, %+v and %+v", errFirst, err, first, dl))
	}
	if err != nil {
		return nil, err
	}
	q.stored[id] = clone(dl)
	return dl, nil
}

func (q *fakeQueue) Release(id event.DeliveryID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.calls["Release"]++
	delete(q.leased, id)
}

func (q *fakeQueue) Event(ctx context.Context, id event.ID) (*event.Event, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := cmp.Or(q.enter("Event"), q.lost[id], ctx.Err()); err != nil {
		return nil, err
	}
	return q.events[id], nil
}

func (q *fakeQueue) Routes(ctx context.Context) ([]store.RouteState, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := cmp.Or(q.enter("Routes"), ctx.Err()); err != nil {
		return nil, err
	}
	states := make(map[event.Route]*store.RouteState)
	at := func(r event.Route) *store.RouteState {
		if states[r] == nil {
			states[r] = &store.RouteState{Route: r, RouteMark: q.marks[r]}
		}
		return states[r]
	}
	for r := range q.marks {
		at(r)
	}
	for _, dl := range q.stored {
		s := at(dl.Route)
		switch dl.State {
		case event.Pending:
			s.Pending++
			if made := dl.ID.Time().Truncate(time.Minute); s.OldestPending.IsZero() || made.Before(s.OldestPending) {
				s.OldestPending = made
			}
		case event.Dead:
			s.Dead++
		}
	}
	var all []store.RouteState
	for _, s := range states {
		all = append(all, *s)
	}
	return all, nil
}

func (q *fakeQueue) MarkRoute(ctx context.Context, r event.Route, m store.RouteMark) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := cmp.Or(q.enter("MarkRoute"), ctx.Err()); err != nil {
		return err
	}
	q.marks[r] = m
	return nil
}
