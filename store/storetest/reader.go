package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

var readerTests = []testCase{
	{"events, newest first", func(k *kit) {
		var want []event.ID
		for n := range 400 {
			e := k.newEvent("", []byte{byte(n)})
			if n%2 == 1 {
				e.Source = "other"
			}
			if n%3 == 0 {
				e.Type = "order.sent"
			}
			k.accept(k.acceptance(e))
			want = append([]event.ID{e.ID}, want...)
			k.clock.Advance(time.Second)
		}
		k.same("all", k.events(store.EventQuery{}), want)
		k.same("by source", len(k.events(store.EventQuery{Source: "other"})), 200)
		k.same("by type", len(k.events(store.EventQuery{Type: "order.sent"})), 134)
		k.same("by both", len(k.events(store.EventQuery{Source: "shop", Type: "order.sent"})), 67)
		k.same("by a source that is not there", len(k.events(store.EventQuery{Source: "sho"})), 0)
		k.same("after one", k.events(store.EventQuery{Before: want[100]}), want[101:])
		k.same("after the last", len(k.events(store.EventQuery{Before: want[399]})), 0)

		var page []event.ID
		k.must(k.Events(ctx, store.EventQuery{}, func(e *event.Event, _ []*event.Delivery) bool {
			page = append(page, e.ID)
			return len(page) < 10
		}))
		k.same("until visit has enough", page, want[:10])
	}},
	{"events of a time", func(k *kit) {
		start := k.clock.Now()
		var ids []event.ID
		for range 10 {
			ids = append([]event.ID{k.put().ID}, ids...)
			k.clock.Advance(time.Minute)
		}
		at := func(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }
		k.same("since", k.events(store.EventQuery{Since: at(7)}), ids[:3])
		k.same("until", k.events(store.EventQuery{Until: at(3)}), ids[7:])
		k.same("between", k.events(store.EventQuery{Since: at(2), Until: at(5)}), ids[5:8])
		k.same("between, on", k.events(store.EventQuery{Since: at(2), Until: at(5), Before: ids[6]}), ids[7:8])
		k.same("between closer times", k.events(store.EventQuery{Since: at(4).Add(-time.Nanosecond), Until: at(4).Add(time.Nanosecond)}), ids[5:6])
		k.same("never", len(k.events(store.EventQuery{Since: at(5), Until: at(5)})), 0)
	}},
	{"events come with their deliveries", func(k *kit) {
		want := map[event.ID][]*event.Delivery{}
		for range 5 {
			e := k.newEvent("", nil)
			a := k.acceptance(e, orders, audit, event.Route{Source: "shop", Name: "third"})
			k.accept(a)
			late := k.added(e.ID, orders)
			k.must(k.Add(ctx, e.ID, []*event.Delivery{late}))
			want[e.ID] = append(a.Deliveries, late)
		}
		k.must(k.Events(ctx, store.EventQuery{}, func(e *event.Event, ds []*event.Delivery) bool {
			k.same("deliveries", ds, want[e.ID])
			delete(want, e.ID)
			return true
		}))
		k.same("events left", len(want), 0)
	}},
	{"deliveries, newest first", func(k *kit) {
		var all []event.DeliveryID
		var events []event.ID
		for range 50 {
			e := k.newEvent("", nil)
			a := k.acceptance(e, orders, audit)
			k.accept(a)
			events = append(events, e.ID)
			all = append(all, a.Deliveries[0].ID, a.Deliveries[1].ID)
			k.clock.Advance(time.Second)
		}
		for n := range 100 { // replays: of old events, made now
			d := k.added(events[n%50], orders)
			k.must(k.Add(ctx, d.Event, []*event.Delivery{d}))
			all = append(all, d.ID)
			k.clock.Advance(time.Millisecond)
		}
		list := func(q store.DeliveryQuery) (ids []event.DeliveryID) {
			k.Helper()
			k.must(k.Deliveries(ctx, q, func(d *event.Delivery) bool {
				if q.Route != "" && d.Route.Name != q.Route {
					k.Errorf("%s is of route %s", d.ID, d.Route)
				}
				ids = append(ids, d.ID)
				return true
			}))
			if !descending(ids) {
				k.Fatal("not newest first")
			}
			return ids
		}
		ids := list(store.DeliveryQuery{})
		k.same("all", len(ids), len(all))
		k.same("newest", ids[0], all[len(all)-1])
		k.same("oldest", ids[len(ids)-1], all[0])
		k.same("by route", len(list(store.DeliveryQuery{Route: "audit"})), 50)
		k.same("by source and route", len(list(store.DeliveryQuery{Source: "shop", Route: "orders"})), 150)
		k.same("by another source", len(list(store.DeliveryQuery{Source: "other"})), 0)
		for _, n := range []int{0, 50, 99, 100, 150, 198} {
			k.same("after one", list(store.DeliveryQuery{Before: ids[n]}), ids[n+1:])
		}
		n := 0
		k.must(k.Deliveries(ctx, store.DeliveryQuery{}, func(*event.Delivery) bool { n++; return n < 7 }))
		k.same("until visit has enough", n, 7)
	}},
	{"a visitor may use the engine", func(k *kit) {
		for range 3 {
			k.put(orders)
		}
		k.must(k.Events(ctx, store.EventQuery{}, func(e *event.Event, ds []*event.Delivery) bool {
			k.must(k.Remove(ctx, e.ID))
			return true
		}))
		k.same("events left", len(k.events(store.EventQuery{})), 0)
	}},
	{"what is not there", func(k *kit) {
		e := k.newEvent("", nil)
		_, err := k.Instance.Event(ctx, e.ID)
		k.notFound("Event", err)
		_, err = k.Delivery(ctx, e.ID.Delivery(0))
		k.notFound("Delivery", err)
		_, err = k.Delivery(ctx, k.ids.Delivery(k.clock.Now()))
		k.notFound("Delivery", err)
		ds, err := k.DeliveriesOf(ctx, e.ID)
		k.must(err)
		k.same("deliveries", len(ds), 0)
	}},
	{"a list ends with its context", func(k *kit) {
		for range 5 {
			k.put(orders)
		}
		c, cancel := context.WithCancel(ctx)
		n := 0
		err := k.Events(c, store.EventQuery{}, func(*event.Event, []*event.Delivery) bool { n++; cancel(); return true })
		if !errors.Is(err, context.Canceled) || n != 1 {
			k.Fatalf("Events = %v after %d, want context.Canceled after 1", err, n)
		}
		err = k.Deliveries(c, store.DeliveryQuery{}, func(*event.Delivery) bool { n++; return true })
		if !errors.Is(err, context.Canceled) || n != 1 {
			k.Fatalf("Deliveries = %v after %d, want context.Canceled at once", err, n)
		}
	}},
}

// added makes a delivery that is made now for an event stored earlier.
func (k *kit) added(id event.ID, r event.Route) *event.Delivery {
	now := k.clock.Now()
	return &event.Delivery{
		ID: k.ids.Delivery(now), Event: id, Route: r, State: event.Pending, Replay: true,
		NextAttemptAt: now, ChangedAt: now,
	}
}

func (k *kit) notFound(what string, err error) {
	k.Helper()
	if !errors.Is(err, store.ErrNotFound) {
		k.Fatalf("%s = %v, want ErrNotFound", what, err)
	}
}
