package storetest

import (
	"bytes"
	"errors"
	"sync"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

var operatorTests = []testCase{
	{"added deliveries are like the others", func(k *kit) {
		e := k.put(orders)
		k.finish(orders)
		k.clock.Advance(time.Hour)
		a, b := k.added(e.ID, orders), k.added(e.ID, audit)
		k.must(k.Add(ctx, e.ID, []*event.Delivery{a, b}))
		for range 2 {
			k.counts(orders, 1, 0)
			got, err := k.Delivery(ctx, a.ID)
			k.must(err)
			k.same("delivery", got, a)
			ds, err := k.DeliveriesOf(ctx, e.ID)
			k.must(err)
			k.same("number of deliveries", len(ds), 3)
			k.same("first", ds[0].State, event.Delivered)
			k.same("rest", ds[1:], []*event.Delivery{a, b})
			k.reopen()
		}
		k.same("leased", k.leaseOne(orders), a)
		k.settle(a.ID, k.succeed)
		k.counts(orders, 0, 0)
		k.counts(audit, 1, 0)
	}},
	{"nothing is added to what is not there", func(k *kit) {
		e := k.newEvent("", nil)
		k.notFound("Add", k.Add(ctx, e.ID, []*event.Delivery{k.added(e.ID, orders)}))
		k.same("leased", len(k.lease(orders, 10)), 0)
	}},
	{"a change", func(k *kit) {
		k.put(orders)
		e := k.put(orders)
		id := e.ID.Delivery(0)
		d, err := k.Change(ctx, id, func(d *event.Delivery) error { return d.Cancel(k.clock.Now()) })
		k.must(err)
		k.same("state", d.State, event.Cancelled)
		for range 2 {
			got, err := k.Delivery(ctx, id)
			k.must(err)
			k.same("stored", got, d)
			k.counts(orders, 1, 0)
			k.reopen()
		}
		if k.leaseOne(orders).ID == id {
			k.Fatal("the cancelled delivery was leased")
		}
		_, err = k.Change(ctx, id, func(d *event.Delivery) error { return d.Cancel(k.clock.Now()) })
		if !errors.Is(err, event.ErrState) {
			k.Fatalf("Change = %v, want the step's error", err)
		}
		_, err = k.Change(ctx, e.ID.Delivery(7), func(*event.Delivery) error { return nil })
		k.notFound("Change", err)
	}},
	{"a change of what is leased", func(k *kit) {
		k.put(orders)
		d := k.leaseOne(orders)
		got, err := k.Change(ctx, d.ID, func(d *event.Delivery) error { return d.Cancel(k.clock.Now()) })
		k.must(err)
		k.same("state", got.State, event.Cancelled)
		if err := k.Settle(ctx, d.ID, k.succeed); !errors.Is(err, event.ErrState) {
			k.Fatalf("Settle = %v, want ErrState: the delivery was cancelled", err)
		}
		k.barrier()
		got, err = k.Delivery(ctx, d.ID)
		k.must(err)
		k.same("state", got.State, event.Cancelled)
		k.counts(orders, 0, 0)
		k.same("leased", len(k.lease(orders, 1)), 0)
	}},
	{"a change sees an outcome that was just settled", func(k *kit) {
		for range 50 {
			k.put(orders)
			d := k.leaseOne(orders)
			k.must(k.Settle(ctx, d.ID, k.die))
			got, err := k.Change(ctx, d.ID, func(d *event.Delivery) error { return d.Retry(k.clock.Now()) })
			k.must(err)
			k.same("state", got.State, event.Pending)
			k.finish(orders)
		}
		k.counts(orders, 0, 0)
	}},
	{"changes at once do not overtake each other", func(k *kit) {
		e := k.put(orders)
		id := e.ID.Delivery(0)
		const changes = 50
		var wg sync.WaitGroup
		for range changes {
			wg.Go(func() {
				if _, err := k.Change(ctx, id, func(d *event.Delivery) error { d.AttemptCount++; return nil }); err != nil {
					k.Error(err)
				}
			})
		}
		wg.Wait()
		d, err := k.Delivery(ctx, id)
		k.must(err)
		k.same("changes", d.AttemptCount, changes)
		k.same("leased", k.leaseOne(orders).AttemptCount, changes)
	}},
	{"a removal", func(k *kit) {
		kept := k.put(orders, audit)
		e := k.put(orders, audit)
		a := k.added(e.ID, orders)
		k.must(k.Add(ctx, e.ID, []*event.Delivery{a}))
		k.must(k.Remove(ctx, e.ID))
		for range 2 {
			_, err := k.Instance.Event(ctx, e.ID)
			k.notFound("Event", err)
			for _, id := range []event.DeliveryID{e.ID.Delivery(0), e.ID.Delivery(1), a.ID} {
				_, err = k.Delivery(ctx, id)
				k.notFound("Delivery", err)
				_, err = k.Change(ctx, id, func(*event.Delivery) error { return nil })
				k.notFound("Change", err)
			}
			ds, err := k.DeliveriesOf(ctx, e.ID)
			k.must(err)
			k.same("deliveries", len(ds), 0)
			k.same("events", k.events(store.EventQuery{}), []event.ID{kept.ID})
			k.counts(orders, 1, 0)
			k.counts(audit, 1, 0)
			k.notFound("Remove", k.Remove(ctx, e.ID))
			k.notFound("Add", k.Add(ctx, e.ID, []*event.Delivery{k.added(e.ID, orders)}))
			k.reopen()
		}
		k.same("leased", k.leaseOne(orders).Event, kept.ID)
		k.same("removed after retention", k.Stats().Removed, int64(0))
	}},
	{"a removal of very many deliveries", func(k *kit) {
		kept := k.put(orders)
		e := k.newEvent("many", bytes.Repeat([]byte("x"), 1<<20))
		k.accept(k.acceptance(e, orders, audit))
		var last event.DeliveryID
		for range 20 {
			var ds []*event.Delivery
			for range 250 {
				ds = append(ds, k.added(e.ID, orders), k.added(e.ID, audit))
			}
			k.must(k.Add(ctx, e.ID, ds))
			last = ds[0].ID
		}
		k.lease(orders, 100)
		k.must(k.Remove(ctx, e.ID))
		k.duplicate(k.acceptance(k.newEvent("many", nil), orders), e.ID)
		for range 2 {
			_, err := k.Instance.Event(ctx, e.ID)
			k.notFound("Event", err)
			_, err = k.Delivery(ctx, last)
			k.notFound("Delivery", err)
			k.same("events", k.events(store.EventQuery{}), []event.ID{kept.ID})
			k.counts(orders, 1, 0)
			k.counts(audit, 0, 0)
			k.reopen()
		}
		k.same("leased", k.leaseOne(orders).Event, kept.ID)
	}},
	{"a removal of what is leased", func(k *kit) {
		e := k.put(orders)
		d := k.leaseOne(orders)
		k.must(k.Remove(ctx, e.ID))
		k.notFound("Settle", k.Settle(ctx, d.ID, k.succeed))
		k.Release(d.ID)
		k.barrier()
		_, err := k.Delivery(ctx, d.ID)
		k.notFound("Delivery", err)
		k.counts(orders, 0, 0)
		k.same("leased", len(k.lease(orders, 1)), 0)
	}},
	{"a removal of what was just settled", func(k *kit) {
		for range 20 {
			e := k.put(orders)
			d := k.leaseOne(orders)
			k.must(k.Settle(ctx, d.ID, k.die))
			k.must(k.Remove(ctx, e.ID))
			k.barrier()
			_, err := k.Delivery(ctx, d.ID)
			k.notFound("Delivery", err)
			k.counts(orders, 0, 0)
		}
	}},
}
