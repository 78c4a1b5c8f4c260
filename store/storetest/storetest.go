// Package storetest checks that a storage engine keeps the contract of package store.
package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// Options are what the suite gives to an engine under test.
type Options struct {
	Now func() time.Time // the clock that the engine must go by
}

// Instance is an engine under test, open and empty.
type Instance struct {
	store.Engine
	// Sweep removes what is past its retention, now.
	Sweep func(context.Context) error
	// Reopen closes the engine, as far as it is not, and returns another one on the same data, with
	// the same clock.
	Reopen func() Instance
}

// Run runs the suite. open makes an instance for one test and has it closed when the test ends.
func Run(t *testing.T, open func(t *testing.T, o Options) Instance) {
	groups := []struct {
		name  string
		tests []testCase
	}{
		{"Accept", acceptTests},
		{"Duplicates", duplicateTests},
		{"Together", togetherTests},
		{"Bodies", bodyTests},
		{"Queue", queueTests},
		{"Routes", routeTests},
		{"Reader", readerTests},
		{"Operator", operatorTests},
		{"Retention", retentionTests},
		{"Quarantine", quarantineTests},
		{"Release", releaseTests},
		{"Life", lifeTests},
		{"Model", modelTests},
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			for _, c := range g.tests {
				t.Run(c.name, func(t *testing.T) {
					k := &kit{T: t, clock: NewClock(time.Date(2026, 3, 14, 15, 9, 26, 535e6, time.UTC))}
					k.Instance = open(t, Options{Now: k.clock.Now})
					c.run(k)
				})
			}
		})
	}
}

type testCase struct {
	name string
	run  func(*kit)
}

// Clock stands still unless it is moved.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock makes a clock that shows now.
func NewClock(now time.Time) *Clock { return &Clock{now: now} }

// Now is the time that it shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves it.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// kit is what a test works with.
type kit struct {
	*testing.T
	Instance
	clock *Clock
	ids   event.IDs
}

var (
	ctx    = context.Background()
	window = 7 * 24 * time.Hour
	orders = event.Route{Source: "shop", Name: "orders"}
	audit  = event.Route{Source: "shop", Name: "audit"}
)

func (k *kit) reopen() {
	k.Helper()
	k.Instance = k.Instance.Reopen()
}

// must fails the test on an error.
func (k *kit) must(err error) {
	k.Helper()
	if err != nil {
		k.Fatal(err)
	}
}

// newEvent makes an event that arrives now. An empty key means that nothing is compared.
func (k *kit) newEvent(key string, body []byte) *event.Event {
	now := k.clock.Now()
	e := &event.Event{
		ID: k.ids.Event(now), Source: "shop", Provider: "hmac", EventID: key, Type: "order.paid", DedupeKey: key,
		ReceivedAt: now, Size: len(body), Body: body,
		Request: event.Request{
			Method: "POST", Scheme: "https", Host: "hooks.example.com", URI: "/shop?x=1", Proto: "HTTP/2.0",
			PeerAddr: "192.0.2.1:4711", ClientIP: "198.51.100.7",
			Header: http.Header{"Content-Type": {"application/json"}, "X-Two": {"a", "b"}},
		},
		Verification: event.Verification{Result: event.VerifiedResult, Secret: 1, SignedAt: now.Add(-time.Second)},
	}
	if key != "" {
		e.Key = sha256.Sum256([]byte(key))
	}
	return e
}

// acceptance makes an acceptance with one delivery, due now, for each route.
func (k *kit) acceptance(e *event.Event, routes ...event.Route) store.Acceptance {
	a := store.Acceptance{Event: e, Window: window}
	for n, r := range routes {
		a.Deliveries = append(a.Deliveries, &event.Delivery{
			ID: e.ID.Delivery(n), Event: e.ID, Route: r, State: event.Pending,
			NextAttemptAt: e.ReceivedAt, ChangedAt: e.ReceivedAt,
		})
	}
	return a
}

// put accepts a new event for the routes.
func (k *kit) put(routes ...event.Route) *event.Event {
	k.Helper()
	e := k.newEvent("", []byte(`{"n":1}`))
	k.accept(k.acceptance(e, routes...))
	return e
}

// putMany accepts n new events for a route, by many callers.
func (k *kit) putMany(n int, r event.Route) {
	k.Helper()
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range n / 16 {
				if _, err := k.Accept(ctx, k.acceptance(k.newEvent("", nil), r)); err != nil {
					k.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// accept accepts what must be new.
func (k *kit) accept(a store.Acceptance) {
	k.Helper()
	r, err := k.Accept(ctx, a)
	k.must(err)
	if r.Duplicate || r.ID != a.Event.ID {
		k.Fatalf("Accept = %+v, want %s as new", r, a.Event.ID)
	}
}

// duplicate accepts what must be a duplicate of first.
func (k *kit) duplicate(a store.Acceptance, first event.ID) {
	k.Helper()
	r, err := k.Accept(ctx, a)
	k.must(err)
	if !r.Duplicate || r.ID != first {
		k.Fatalf("Accept = %+v, want a duplicate of %s", r, first)
	}
}

// lease leases up to n deliveries that are due now.
func (k *kit) lease(r event.Route, n int) []*event.Delivery {
	k.Helper()
	ds, _, err := k.Lease(ctx, r, k.clock.Now(), n)
	k.must(err)
	return ds
}

// leaseOne leases the one delivery that must be due.
func (k *kit) leaseOne(r event.Route) *event.Delivery {
	k.Helper()
	ds := k.lease(r, 10)
	if len(ds) != 1 {
		k.Fatalf("leased %d deliveries, want 1", len(ds))
	}
	return ds[0]
}

// settle settles, and has the outcome on disk: a write that is waited for takes it along.
func (k *kit) settle(id event.DeliveryID, step store.Step) {
	k.Helper()
	k.must(k.Settle(ctx, id, step))
	k.barrier()
}

func (k *kit) barrier() {
	k.Helper()
	k.must(k.MarkRoute(ctx, event.Route{Source: "-", Name: "-"}, store.RouteMark{}))
}

func (k *kit) attempt() event.Attempt {
	return event.Attempt{StartedAt: k.clock.Now(), Duration: time.Millisecond, Status: 200}
}

func (k *kit) succeed(d *event.Delivery) error { return d.Succeed(k.attempt()) }

func (k *kit) die(d *event.Delivery) error { return d.Die(k.clock.Now(), "it was hopeless") }

// finish delivers what is due for a route.
func (k *kit) finish(r event.Route) {
	k.Helper()
	for _, d := range k.lease(r, 1000) {
		k.must(k.Settle(ctx, d.ID, k.succeed))
	}
	k.barrier()
}

// state is that of a route; zero if it is not known.
func (k *kit) state(r event.Route) store.RouteState {
	k.Helper()
	states, err := k.Instance.Routes(ctx)
	k.must(err)
	for _, s := range states {
		if s.Route == r {
			return s
		}
	}
	return store.RouteState{Route: r}
}

// counts checks a route's counters.
func (k *kit) counts(r event.Route, pending, dead int) {
	k.Helper()
	s := k.state(r)
	if s.Pending != pending || s.Dead != dead || k.Pending(r) != pending {
		k.Fatalf("route %s has %d pending (Pending: %d) and %d dead, want %d and %d", r, s.Pending, k.Pending(r), s.Dead, pending, dead)
	}
}

// events lists the IDs of events.
func (k *kit) events(q store.EventQuery) (ids []event.ID) {
	k.Helper()
	k.must(k.Events(ctx, q, func(e *event.Event, _ []*event.Delivery) bool {
		ids = append(ids, e.ID)
		return true
	}))
	return ids
}

func (k *kit) sweep() {
	k.Helper()
	k.must(k.Instance.Sweep(ctx))
}

// same compares what went in with what came out.
func (k *kit) same(what string, got, want any) {
	k.Helper()
	if !reflect.DeepEqual(got, want) {
		k.Fatalf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// sameEvent compares an event with what is stored of it.
func (k *kit) sameEvent(want *event.Event) {
	k.Helper()
	got, err := k.Instance.Event(ctx, want.ID)
	k.must(err)
	if !bytes.Equal(got.Body, want.Body) {
		k.Fatalf("the body came back changed: %d bytes, want %d", len(got.Body), len(want.Body))
	}
	a, b := *got, *want
	a.Body, b.Body = nil, nil
	k.same("event", a, b)
}

// descending tells whether ids go strictly down.
func descending[T ~[16]byte](ids []T) bool {
	for i := 1; i < len(ids); i++ {
		a, b := [16]byte(ids[i-1]), [16]byte(ids[i])
		if bytes.Compare(a[:], b[:]) <= 0 {
			return false
		}
	}
	return true
}

func name(prefix string, n int) string { return fmt.Sprintf("%s-%d", prefix, n) }
