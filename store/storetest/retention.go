package storetest

import (
	"bytes"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// retentions are tested from seconds to a month: an engine may go about them in different ways.
var retentions = []time.Duration{5 * time.Second, time.Hour, 30 * 24 * time.Hour}

// eachRetention runs a test with each retention, on one engine.
func eachRetention(test func(k *kit, retention time.Duration)) func(*kit) {
	return func(k *kit) {
		for _, r := range retentions {
			k.SetPolicy(store.Policy{Retention: r, DedupeWindow: r})
			test(k, r)
			if k.Failed() {
				k.Fatalf("with a retention of %v", r)
			}
		}
	}
}

// muchLater is when everything that may go has gone, however coarse an engine is: a tenth of the
// retention late at most, and some hours.
func muchLater(retention time.Duration) time.Duration { return retention + retention/10 + 10*time.Hour }

var retentionTests = []testCase{
	{"nothing goes without a policy", func(k *kit) {
		k.put()
		k.clock.Advance(1000 * 24 * time.Hour)
		k.sweep()
		k.same("events", len(k.events(store.EventQuery{})), 1)
	}},
	{"what is finished goes", eachRetention(func(k *kit, retention time.Duration) {
		before := k.Stats().Removed
		for range 10 {
			k.put(orders, audit)
			k.put()
		}
		k.finish(orders)
		k.finish(audit)
		large := k.newEvent("", bytes.Repeat([]byte("x"), 1<<20))
		k.accept(k.acceptance(large))
		k.clock.Advance(retention - time.Second)
		k.sweep()
		k.same("events before their time", len(k.events(store.EventQuery{})), 21)
		k.clock.Advance(muchLater(retention) - retention)
		fresh := k.put()
		k.sweep()
		k.same("events after it", k.events(store.EventQuery{}), []event.ID{fresh.ID})
		k.same("removed", k.Stats().Removed-before, int64(21))
		_, err := k.Instance.Event(ctx, large.ID)
		k.notFound("Event", err)
		n := 0
		k.must(k.Deliveries(ctx, store.DeliveryQuery{}, func(*event.Delivery) bool { n++; return true }))
		k.same("deliveries", n, 0)
		k.must(k.Remove(ctx, fresh.ID))
	})},
	{"within seconds if it is short", func(k *kit) {
		k.SetPolicy(store.Policy{Retention: 5 * time.Second, DedupeWindow: 5 * time.Second})
		k.put()
		k.clock.Advance(4 * time.Second)
		kept := k.put()
		k.clock.Advance(2 * time.Second)
		k.sweep()
		k.same("events", k.events(store.EventQuery{}), []event.ID{kept.ID})
	}},
	{"what is unfinished stays until it is finished", eachRetention(func(k *kit, retention time.Duration) {
		var pending []event.ID
		for range 5 {
			k.put()
			pending = append([]event.ID{k.put(orders).ID}, pending...)
		}
		leased := k.lease(orders, 1)[0]
		k.clock.Advance(muchLater(retention))
		for range 3 {
			k.sweep()
			k.same("events", k.events(store.EventQuery{}), pending)
			k.counts(orders, 5, 0)
		}
		k.settle(leased.ID, k.succeed)
		k.sweep()
		k.same("events after the first was finished", k.events(store.EventQuery{}), pending[:4])
		k.reopen()
		k.SetPolicy(store.Policy{Retention: retention, DedupeWindow: retention})
		k.sweep()
		k.same("events after a restart", k.events(store.EventQuery{}), pending[:4])
		k.finish(orders)
		k.sweep()
		k.same("events when all were", len(k.events(store.EventQuery{})), 0)
		k.counts(orders, 0, 0)
	})},
	{"a dead letter stays as long again", eachRetention(func(k *kit, retention time.Duration) {
		e := k.put(orders, audit)
		k.finish(audit)
		k.clock.Advance(muchLater(retention))
		k.settle(k.leaseOne(orders).ID, k.die)
		k.sweep()
		k.clock.Advance(retention - time.Second)
		k.sweep()
		k.same("events", k.events(store.EventQuery{}), []event.ID{e.ID})
		k.counts(orders, 0, 1)
		k.clock.Advance(muchLater(retention) - retention)
		k.sweep()
		k.same("events after it", len(k.events(store.EventQuery{})), 0)
		k.counts(orders, 0, 0)
	})},
	{"replays go with their event, and keep it", eachRetention(func(k *kit, retention time.Duration) {
		e := k.put()
		k.clock.Advance(retention / 2)
		replay := k.added(e.ID, orders)
		k.must(k.Add(ctx, e.ID, []*event.Delivery{replay}))
		k.clock.Advance(muchLater(retention))
		k.sweep()
		k.same("events", k.events(store.EventQuery{}), []event.ID{e.ID})
		got, err := k.Delivery(ctx, replay.ID)
		k.must(err)
		k.same("replay", got, replay)
		k.finish(orders)
		k.sweep()
		k.same("events after it", len(k.events(store.EventQuery{})), 0)
		_, err = k.Delivery(ctx, replay.ID)
		k.notFound("Delivery", err)
		n := 0
		k.must(k.Deliveries(ctx, store.DeliveryQuery{}, func(*event.Delivery) bool { n++; return true }))
		k.same("deliveries", n, 0)
	})},
	{"a dead letter that is retried late is delivered", eachRetention(func(k *kit, retention time.Duration) {
		k.put(orders)
		d := k.leaseOne(orders)
		k.settle(d.ID, k.die)
		k.clock.Advance(retention - time.Second)
		_, err := k.Change(ctx, d.ID, func(d *event.Delivery) error { return d.Retry(k.clock.Now()) })
		k.must(err)
		k.clock.Advance(muchLater(retention))
		k.sweep()
		got := k.leaseOne(orders)
		_, err = k.Instance.Event(ctx, got.Event)
		k.must(err)
		k.settle(got.ID, k.succeed)
		k.sweep()
		k.same("events", len(k.events(store.EventQuery{})), 0)
	})},
}
