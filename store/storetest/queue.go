package storetest

import (
	"errors"
	"sync"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

var queueTests = []testCase{
	{"the longest due first", func(k *kit) {
		now := k.clock.Now()
		for _, late := range []time.Duration{3, 1, 5, 2, 4, 0} {
			e := k.newEvent("", nil)
			a := k.acceptance(e, orders)
			a.Deliveries[0].NextAttemptAt = now.Add(-late * time.Minute)
			k.accept(a)
		}
		var last time.Time
		for _, n := range []int{1, 2, 3} {
			ds := k.lease(orders, n)
			k.same("number leased", len(ds), n)
			for _, d := range ds {
				if d.NextAttemptAt.Before(last) {
					k.Fatalf("%v came after %v", d.NextAttemptAt, last)
				}
				last = d.NextAttemptAt
			}
		}
		k.same("more", len(k.lease(orders, 10)), 0)
	}},
	{"not before it is due", func(k *kit) {
		now := k.clock.Now()
		for _, in := range []time.Duration{2 * time.Minute, time.Minute} {
			a := k.acceptance(k.newEvent("", nil), orders)
			a.Deliveries[0].NextAttemptAt = now.Add(in)
			k.accept(a)
		}
		for range 2 {
			ds, next, err := k.Lease(ctx, orders, k.clock.Now(), 10)
			k.must(err)
			if len(ds) != 0 || !next.Equal(now.Add(time.Minute)) {
				k.Fatalf("leased %d, next at %v, want none and %v", len(ds), next, now.Add(time.Minute))
			}
			k.reopen()
		}
		k.clock.Advance(time.Minute)
		ds, next, err := k.Lease(ctx, orders, k.clock.Now(), 10)
		k.must(err)
		if len(ds) != 1 || !next.Equal(now.Add(2*time.Minute)) {
			k.Fatalf("leased %d, next at %v, want 1 and %v", len(ds), next, now.Add(2*time.Minute))
		}
		k.clock.Advance(time.Minute)
		ds, next, err = k.Lease(ctx, orders, k.clock.Now(), 10)
		k.must(err)
		if len(ds) != 1 || !next.IsZero() {
			k.Fatalf("leased %d, next at %v, want 1 and none", len(ds), next)
		}
	}},
	{"each to one taker only", func(k *kit) {
		const events = 300
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				for range events / 10 {
					if _, err := k.Accept(ctx, k.acceptance(k.newEvent("", nil), orders)); err != nil {
						k.Error(err)
					}
				}
			})
		}
		var mu sync.Mutex
		taken := map[event.DeliveryID]int{}
		for range 6 {
			wg.Go(func() {
				for {
					ds, _, err := k.Lease(ctx, orders, k.clock.Now(), 7)
					if err != nil {
						k.Error(err)
						return
					}
					mu.Lock()
					for _, d := range ds {
						taken[d.ID]++
					}
					all := len(taken) == events
					mu.Unlock()
					if all || k.Failed() {
						return
					}
				}
			})
		}
		wg.Wait()
		for id, n := range taken {
			if n != 1 {
				k.Fatalf("%s was leased %d times", id, n)
			}
		}
		k.counts(orders, events, 0)
	}},
	{"routes have queues of their own", func(k *kit) {
		k.put(orders, audit)
		k.put(audit)
		k.same("orders", len(k.lease(orders, 10)), 1)
		k.same("audit", len(k.lease(audit, 10)), 2)
		ds, next, err := k.Lease(ctx, event.Route{Source: "shop", Name: "order"}, k.clock.Now(), 10)
		k.must(err)
		k.same("an unknown route", len(ds), 0)
		k.same("next of an unknown route", next.IsZero(), true)
	}},
	{"a success ends it", func(k *kit) {
		k.put(orders)
		d := k.leaseOne(orders)
		k.settle(d.ID, k.succeed)
		for range 2 {
			got, err := k.Delivery(ctx, d.ID)
			k.must(err)
			k.must(k.succeed(d))
			k.same("delivery", got, d)
			k.counts(orders, 0, 0)
			k.same("still leasable", len(k.lease(orders, 10)), 0)
			d, err = k.Delivery(ctx, d.ID)
			k.must(err)
			d.State = event.Pending // so that succeed above can say again what is expected
			d.AttemptCount, d.BudgetAttempts, d.BudgetSince, d.Attempts = 0, 0, time.Time{}, nil
			k.reopen()
		}
	}},
	{"a failure comes back when it is due", func(k *kit) {
		k.put(orders)
		d := k.leaseOne(orders)
		next := k.clock.Now().Add(10 * time.Second)
		k.settle(d.ID, func(d *event.Delivery) error { return d.Fail(k.attempt(), next, "") })
		k.same("leased too early", len(k.lease(orders, 10)), 0)
		k.counts(orders, 1, 0)
		k.clock.Advance(10 * time.Second)
		d = k.leaseOne(orders)
		k.same("attempts", d.AttemptCount, 1)
		k.reopen()
		k.same("attempts after a restart", k.leaseOne(orders).AttemptCount, 1)
	}},
	{"a dead letter is counted until it is retried", func(k *kit) {
		k.put(orders)
		d := k.leaseOne(orders)
		k.settle(d.ID, k.die)
		k.counts(orders, 0, 1)
		k.reopen()
		k.counts(orders, 0, 1)
		_, err := k.Change(ctx, d.ID, func(d *event.Delivery) error { return d.Retry(k.clock.Now()) })
		k.must(err)
		k.counts(orders, 1, 0)
		k.same("the retried one", k.leaseOne(orders).ID, d.ID)
	}},
	{"outcomes are counted", func(k *kit) {
		for range 3 {
			k.put(orders)
		}
		ds := k.lease(orders, 3)
		k.settle(ds[0].ID, k.succeed)
		k.settle(ds[1].ID, k.die)
		k.settle(ds[2].ID, func(d *event.Delivery) error { return d.Fail(k.attempt(), k.clock.Now().Add(time.Hour), "") })
		_, err := k.Change(ctx, ds[2].ID, func(d *event.Delivery) error { return d.Cancel(k.clock.Now()) })
		k.must(err)
		want := map[event.State]int64{event.Delivered: 1, event.Dead: 1, event.Cancelled: 1}
		k.same("ended", k.Stats().Ended, want)
	}},
	{"a refused step leaves it as it was", func(k *kit) {
		k.put(orders)
		d := k.leaseOne(orders)
		no := errors.New("no")
		err := k.Settle(ctx, d.ID, func(d *event.Delivery) error {
			d.Reason = "half done"
			return no
		})
		if !errors.Is(err, no) {
			k.Fatalf("Settle = %v, want the step's error", err)
		}
		k.same("leased again", k.leaseOne(orders), d)
	}},
	{"only what is leased is settled", func(k *kit) {
		e := k.put(orders)
		for _, id := range []event.DeliveryID{e.ID.Delivery(0), e.ID.Delivery(1)} {
			if err := k.Settle(ctx, id, k.succeed); !errors.Is(err, store.ErrNotFound) {
				k.Fatalf("Settle = %v, want ErrNotFound", err)
			}
		}
		k.Release(e.ID.Delivery(0))
		k.counts(orders, 1, 0)
		d := k.leaseOne(orders)
		k.must(k.Settle(ctx, d.ID, k.succeed))
		k.notFound("Settle again", k.Settle(ctx, d.ID, func(*event.Delivery) error { return nil }))
	}},
	{"what is released is leased again", func(k *kit) {
		k.put(orders)
		d := k.leaseOne(orders)
		k.same("leased twice", len(k.lease(orders, 1)), 0)
		k.Release(d.ID)
		k.same("leased again", k.leaseOne(orders), d)
	}},
	{"a restart ends leases", func(k *kit) {
		for range 5 {
			k.put(orders)
		}
		k.same("leased", len(k.lease(orders, 5)), 5)
		k.counts(orders, 5, 0)
		k.reopen()
		k.counts(orders, 5, 0)
		k.same("leased again", len(k.lease(orders, 9)), 5)
	}},
	{"a backlog comes out in order, whole, and once", func(k *kit) {
		const backlog = 3000
		start := k.clock.Now()
		var wg sync.WaitGroup
		for c := range 20 {
			wg.Go(func() {
				for n := range backlog / 20 {
					a := k.acceptance(k.newEvent("", nil), orders)
					a.Deliveries[0].NextAttemptAt = start.Add(-time.Duration((c*7919+n*104729)%100003) * time.Millisecond)
					if _, err := k.Accept(ctx, a); err != nil {
						k.Error(err)
					}
				}
			})
		}
		wg.Wait()
		seen := map[event.DeliveryID]bool{}
		var last time.Time
		for round := 0; len(seen) < backlog; round++ {
			ds := k.lease(orders, 100)
			if len(ds) == 0 {
				k.Fatalf("the queue ended after %d", len(seen))
			}
			for i, d := range ds {
				if d.NextAttemptAt.Before(last) {
					k.Fatalf("%v came after %v", d.NextAttemptAt, last)
				}
				last = d.NextAttemptAt
				if i == 50 && round%3 == 0 { // one comes back: the next is later than it again
					k.Release(d.ID)
					again := k.lease(orders, 1)
					k.same("released one", again[0].ID, d.ID)
				}
				if seen[d.ID] {
					k.Fatalf("%s came twice", d.ID)
				}
				seen[d.ID] = true
				k.must(k.Settle(ctx, d.ID, k.succeed))
			}
			if round == 10 {
				k.barrier()
				k.reopen()
			}
		}
		k.barrier()
		k.counts(orders, 0, 0)
	}},
	{"an earlier one overtakes a backlog", func(k *kit) {
		k.putMany(1504, orders)
		k.same("leased", len(k.lease(orders, 10)), 10)
		a := k.acceptance(k.newEvent("", nil), orders)
		a.Deliveries[0].NextAttemptAt = k.clock.Now().Add(-time.Hour)
		k.accept(a)
		k.same("next", k.lease(orders, 1)[0].ID, a.Deliveries[0].ID)
	}},
	{"ready is called", func(k *kit) {
		ready := make(chan event.Route, 100)
		k.SetReady(func(r event.Route) { ready <- r })
		expect := func(r event.Route) {
			k.Helper()
			for {
				select {
				case got := <-ready:
					if got == r {
						return
					}
				case <-time.After(10 * time.Second):
					k.Fatalf("ready was not called for %s", r)
				}
			}
		}
		k.put(orders)
		expect(orders)
		e := k.put()
		id := k.ids.Delivery(k.clock.Now())
		k.must(k.Add(ctx, e.ID, []*event.Delivery{{ID: id, Event: e.ID, Route: audit, State: event.Pending}}))
		expect(audit)
		d := k.leaseOne(audit)
		k.must(k.Settle(ctx, d.ID, func(d *event.Delivery) error { return d.Fail(k.attempt(), k.clock.Now(), "") }))
		expect(audit)
		d = k.leaseOne(audit)
		k.settle(d.ID, k.die)
		_, err := k.Change(ctx, d.ID, func(d *event.Delivery) error { return d.Retry(k.clock.Now()) })
		k.must(err)
		expect(audit)
		k.same("leased", k.leaseOne(audit).ID, id)
	}},
}

var routeTests = []testCase{
	{"marks survive a restart", func(k *kit) {
		m := store.RouteMark{Held: true, ResumedAt: k.clock.Now()}
		k.must(k.MarkRoute(ctx, orders, m))
		k.must(k.MarkRoute(ctx, audit, store.RouteMark{Missing: true}))
		for range 2 {
			k.same("mark of orders", k.state(orders).RouteMark, m)
			k.same("mark of audit", k.state(audit).RouteMark, store.RouteMark{Missing: true})
			k.reopen()
		}
		k.must(k.MarkRoute(ctx, orders, store.RouteMark{}))
		k.reopen()
		k.same("mark taken away", k.state(orders).RouteMark, store.RouteMark{})
	}},
	{"a backlog is described", func(k *kit) {
		minute := k.clock.Now().Truncate(time.Minute)
		k.put(orders)
		k.clock.Advance(10 * time.Minute)
		k.put(orders)
		k.put(audit)
		for range 2 {
			k.same("oldest of orders", k.state(orders).OldestPending, minute)
			k.same("oldest of audit", k.state(audit).OldestPending, minute.Add(10*time.Minute))
			k.reopen()
		}
		d := k.lease(orders, 1)[0]
		k.settle(d.ID, k.succeed)
		k.same("oldest after the first", k.state(orders).OldestPending, minute.Add(10*time.Minute))
		k.finish(orders)
		k.same("oldest of none", k.state(orders).OldestPending.IsZero(), true)
	}},
}
