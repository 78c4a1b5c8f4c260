package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

var lifeTests = []testCase{
	{"a closed engine says so", func(k *kit) {
		e := k.put(orders)
		d := k.leaseOne(orders)
		k.must(k.Close())
		k.must(k.Close())
		step := func(*event.Delivery) error { return nil }
		calls := map[string]func() error{
			"Accept": func() error { _, err := k.Accept(ctx, k.acceptance(k.newEvent("", nil))); return err },
			"AcceptAll": func() error {
				_, err := k.AcceptAll(ctx, []store.Acceptance{k.acceptance(k.newEvent("", nil))})
				return err
			},
			"Lease":        func() error { _, _, err := k.Lease(ctx, orders, k.clock.Now(), 1); return err },
			"Settle":       func() error { return k.Settle(ctx, d.ID, step) },
			"Event":        func() error { _, err := k.Instance.Event(ctx, e.ID); return err },
			"Routes":       func() error { _, err := k.Instance.Routes(ctx); return err },
			"MarkRoute":    func() error { return k.MarkRoute(ctx, orders, store.RouteMark{}) },
			"Delivery":     func() error { _, err := k.Delivery(ctx, d.ID); return err },
			"DeliveriesOf": func() error { _, err := k.DeliveriesOf(ctx, e.ID); return err },
			"Add":          func() error { return k.Add(ctx, e.ID, nil) },
			"Change":       func() error { _, err := k.Change(ctx, d.ID, step); return err },
			"Remove":       func() error { return k.Remove(ctx, e.ID) },
			"Sweep":        func() error { return k.Sweep(ctx) },
			"Events": func() error {
				return k.Events(ctx, store.EventQuery{}, func(*event.Event, []*event.Delivery) bool { return true })
			},
			"Deliveries": func() error {
				return k.Deliveries(ctx, store.DeliveryQuery{}, func(*event.Delivery) bool { return true })
			},
		}
		for name, call := range calls {
			if err := call(); !errors.Is(err, store.ErrClosed) {
				k.Errorf("%s = %v, want ErrClosed", name, err)
			}
		}
		k.Release(d.ID)
		k.Pending(orders)
		k.Stats()
		k.SetPolicy(store.Policy{})
		k.SetReady(nil)
		if len(k.Health()) == 0 {
			k.Error("a closed engine calls itself healthy")
		}
	}},
	{"closing completes what was accepted", func(k *kit) {
		for range 20 {
			k.put(orders)
		}
		for _, d := range k.lease(orders, 20) {
			k.must(k.Settle(ctx, d.ID, k.succeed))
		}
		k.reopen() // at once, while the outcomes are on their way
		k.counts(orders, 0, 0)
	}},
	{"closing in the middle of everything", func(k *kit) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		acked := map[event.ID]bool{}
		for range 16 {
			wg.Go(func() {
				for {
					e := k.newEvent("", []byte("x"))
					_, err := k.Accept(ctx, k.acceptance(e, orders))
					if errors.Is(err, store.ErrClosed) {
						return
					}
					if err != nil {
						k.Error(err)
						return
					}
					mu.Lock()
					acked[e.ID] = true
					mu.Unlock()
				}
			})
		}
		wg.Go(func() {
			for {
				ds, _, err := k.Lease(ctx, orders, k.clock.Now(), 10)
				if err != nil {
					return
				}
				for _, d := range ds {
					_ = k.Settle(ctx, d.ID, k.succeed)
				}
			}
		})
		wg.Go(func() {
			for k.Events(ctx, store.EventQuery{}, func(*event.Event, []*event.Delivery) bool { return true }) == nil {
			}
		})
		for enough := false; !enough; {
			mu.Lock()
			enough = len(acked) > 200
			mu.Unlock()
		}
		k.must(k.Close())
		wg.Wait()
		k.reopen()
		stored := map[event.ID]bool{}
		for _, id := range k.events(store.EventQuery{}) {
			stored[id] = true
		}
		for id := range acked {
			if !stored[id] {
				k.Fatalf("%s was acknowledged and is gone", id)
			}
		}
	}},
	{"health and stats", func(k *kit) {
		k.put(orders)
		k.same("reasons", len(k.Health()), 0)
		s := k.Stats()
		if s.Commits.Count == 0 || s.Commits.Seconds <= 0 {
			k.Errorf("commits = %+v after one", s.Commits)
		}
		k.same("damaged", s.Damaged, int64(0))
	}},
	{"everything at once", everythingAtOnce},
}

// everythingAtOnce lets all methods run against each other, then holds the counters against the
// records.
func everythingAtOnce(k *kit) {
	const rounds = 60
	k.SetPolicy(store.Policy{Retention: time.Minute, DedupeWindow: time.Minute})
	routes := []event.Route{orders, audit}
	var wg sync.WaitGroup
	var done atomic.Bool
	var mu sync.Mutex
	var recent []event.ID
	tolerate := func(what string, err error) {
		if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, event.ErrState) {
			k.Errorf("%s: %v", what, err)
		}
	}
	pick := func() (event.ID, bool) {
		mu.Lock()
		defer mu.Unlock()
		if len(recent) == 0 {
			return event.ID{}, false
		}
		return recent[rand.N(len(recent))], true
	}
	var senders sync.WaitGroup
	for c := range 8 {
		senders.Go(func() {
			for n := range rounds {
				e := k.newEvent(fmt.Sprint(c, n/2), []byte("x"))
				_, err := k.Accept(ctx, k.acceptance(e, routes...))
				tolerate("Accept", err)
				mu.Lock()
				recent = append(recent, e.ID)
				mu.Unlock()
				k.clock.Advance(10 * time.Millisecond)
			}
		})
	}
	loop := func(do func()) {
		wg.Go(func() {
			for !done.Load() {
				do()
			}
		})
	}
	for _, r := range routes {
		loop(func() {
			ds, _, err := k.Lease(ctx, r, k.clock.Now(), 5)
			tolerate("Lease", err)
			for _, d := range ds {
				switch rand.N(5) {
				case 0:
					tolerate("Settle", k.Settle(ctx, d.ID, k.die))
				case 1:
					k.Release(d.ID)
				case 2:
					tolerate("Settle", k.Settle(ctx, d.ID, func(d *event.Delivery) error {
						return d.Fail(k.attempt(), k.clock.Now().Add(time.Second), "")
					}))
				default:
					tolerate("Settle", k.Settle(ctx, d.ID, k.succeed))
				}
			}
		})
	}
	loop(func() {
		if id, ok := pick(); ok {
			_, err := k.Change(ctx, id.Delivery(rand.N(2)), func(d *event.Delivery) error {
				if rand.N(2) == 0 {
					return d.Cancel(k.clock.Now())
				}
				return d.Retry(k.clock.Now())
			})
			tolerate("Change", err)
		}
	})
	loop(func() {
		if id, ok := pick(); ok {
			tolerate("Add", k.Add(ctx, id, []*event.Delivery{k.added(id, orders)}))
		}
	})
	loop(func() {
		if id, ok := pick(); ok && rand.N(4) == 0 {
			tolerate("Remove", k.Remove(ctx, id))
		}
	})
	loop(func() {
		tolerate("Sweep", k.Instance.Sweep(ctx))
		tolerate("Events", k.Events(ctx, store.EventQuery{Body: true}, func(*event.Event, []*event.Delivery) bool { return true }))
		tolerate("Deliveries", k.Deliveries(ctx, store.DeliveryQuery{}, func(*event.Delivery) bool { return true }))
		_, err := k.Instance.Routes(ctx)
		tolerate("Routes", err)
	})
	senders.Wait()
	done.Store(true)
	wg.Wait()
	k.barrier()

	for range 2 { // as they were counted, and as they are counted anew
		k.agree(routes)
		k.reopen()
	}
	for _, r := range routes { // and what is pending comes out
		k.clock.Advance(time.Hour)
		pending := k.state(r).Pending
		k.same("leased of "+r.Name, len(k.lease(r, 100000)), pending)
	}
	k.same("damaged", k.Stats().Damaged, int64(0))
}

// agree holds the counters of routes against their deliveries.
func (k *kit) agree(routes []event.Route) {
	k.Helper()
	pending, dead := map[event.Route]int{}, map[event.Route]int{}
	k.must(k.Deliveries(ctx, store.DeliveryQuery{}, func(d *event.Delivery) bool {
		switch d.State {
		case event.Pending:
			pending[d.Route]++
		case event.Dead:
			dead[d.Route]++
		}
		if _, err := k.Instance.Event(ctx, d.Event); err != nil {
			k.Errorf("the event of %s: %v", d.ID, err)
		}
		return true
	}))
	for _, r := range routes {
		k.counts(r, pending[r], dead[r])
	}
}
