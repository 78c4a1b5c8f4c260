package storetest

import (
	"bytes"
	"errors"
	"sync"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

var acceptTests = []testCase{
	{"everything is stored", func(k *kit) {
		e := k.newEvent("k1", []byte(`{"id":1}`))
		e.BodyError = "not JSON"
		e.RouteErrors = []event.RouteError{{Route: "audit", Error: "no such field"}}
		a := k.acceptance(e, orders, audit)
		k.accept(a)
		for range 2 {
			k.sameEvent(e)
			ds, err := k.DeliveriesOf(ctx, e.ID)
			k.must(err)
			k.same("deliveries", ds, a.Deliveries)
			for _, d := range a.Deliveries {
				got, err := k.Delivery(ctx, d.ID)
				k.must(err)
				k.same("delivery", got, d)
			}
			k.counts(orders, 1, 0)
			k.counts(audit, 1, 0)
			k.reopen()
		}
	}},
	{"an event for nobody is stored", func(k *kit) {
		e := k.put()
		k.sameEvent(e)
		ds, err := k.DeliveriesOf(ctx, e.ID)
		k.must(err)
		k.same("number of deliveries", len(ds), 0)
	}},
	{"what the caller does to its copy later changes nothing", func(k *kit) {
		e := k.newEvent("", []byte("abc"))
		a := k.acceptance(e, orders)
		k.accept(a)
		want := *e
		want.Body = []byte("abc")
		e.Body[0] = 'x'
		a.Deliveries[0].State = event.Dead
		k.sameEvent(&want)
		k.same("state of the leased", k.leaseOne(orders).State, event.Pending)
	}},
	{"many at once", func(k *kit) {
		const callers, each = 32, 20
		events := make([][]*event.Event, callers)
		var wg sync.WaitGroup
		for c := range callers {
			wg.Go(func() {
				for n := range each {
					e := k.newEvent(name("many", c*each+n), bytes.Repeat([]byte{byte(c)}, 100*n))
					if _, err := k.Accept(ctx, k.acceptance(e, orders)); err != nil {
						k.Error(err)
						return
					}
					events[c] = append(events[c], e)
				}
			})
		}
		wg.Wait()
		k.reopen()
		for _, es := range events {
			for _, e := range es {
				k.sameEvent(e)
			}
		}
		k.counts(orders, callers*each, 0)
		k.same("number of events", len(k.events(store.EventQuery{})), callers*each)
	}},
}

var duplicateTests = []testCase{
	{"the second is a duplicate of the first", func(k *kit) {
		first := k.newEvent("k", []byte("1"))
		k.accept(k.acceptance(first, orders))
		for range 3 {
			k.duplicate(k.acceptance(k.newEvent("k", []byte("2")), orders), first.ID)
			k.counts(orders, 1, 0)
			k.same("events", k.events(store.EventQuery{}), []event.ID{first.ID})
			k.reopen()
		}
		k.sameEvent(first)
	}},
	{"other keys are not", func(k *kit) {
		for n := range 5 {
			k.accept(k.acceptance(k.newEvent(name("k", n), nil)))
		}
	}},
	{"without a key or a window nothing is compared", func(k *kit) {
		for range 2 {
			k.accept(k.acceptance(k.newEvent("", nil)))
			a := k.acceptance(k.newEvent("k", nil))
			a.Window = 0
			k.accept(a)
		}
	}},
	{"of 200 at once one is not", func(k *kit) {
		for round := range 3 {
			const callers = 200
			receipts := make([]store.Receipt, callers)
			var start, done sync.WaitGroup
			start.Add(1)
			for c := range callers {
				done.Go(func() {
					e := k.newEvent(name("round", round), []byte{byte(c)})
					start.Wait()
					r, err := k.Accept(ctx, k.acceptance(e, orders))
					if err != nil {
						k.Error(err)
					}
					if !r.Duplicate && r.ID != e.ID {
						k.Error("a new event came back under another ID")
					}
					receipts[c] = r
				})
			}
			start.Done()
			done.Wait()
			originals := 0
			for _, r := range receipts {
				if !r.Duplicate {
					originals++
				}
				if r.ID != receipts[0].ID {
					k.Fatalf("two receipts name %s and %s", r.ID, receipts[0].ID)
				}
			}
			k.same("originals", originals, 1)
			k.counts(orders, round+1, 0)
		}
	}},
	{"within the window only", func(k *kit) {
		first := k.newEvent("k", nil)
		k.accept(k.acceptance(first))
		k.clock.Advance(window - time.Second)
		k.duplicate(k.acceptance(k.newEvent("k", nil)), first.ID)
		shorter := k.acceptance(k.newEvent("k", nil))
		shorter.Window = time.Hour
		k.accept(shorter)
		k.clock.Advance(2 * time.Second) // the first is out of the window now, the second in it
		k.duplicate(k.acceptance(k.newEvent("k", nil)), shorter.Event.ID)
		k.clock.Advance(window + time.Second)
		k.accept(k.acceptance(k.newEvent("k", nil)))
	}},
	{"across every time of a long window", func(k *kit) {
		first := k.newEvent("k", nil)
		k.accept(k.acceptance(first))
		for range 30 {
			k.clock.Advance(5 * time.Hour)
			k.duplicate(k.acceptance(k.newEvent("k", nil)), first.ID)
		}
	}},
	{"also when the clock went back", func(k *kit) {
		first := k.newEvent("k", nil)
		k.accept(k.acceptance(first))
		k.clock.Advance(-time.Hour)
		k.duplicate(k.acceptance(k.newEvent("k", nil)), first.ID)
	}},
	{"also after the first was removed by hand", func(k *kit) {
		first := k.newEvent("k", nil)
		k.accept(k.acceptance(first, orders))
		k.must(k.Remove(ctx, first.ID))
		for range 2 {
			k.duplicate(k.acceptance(k.newEvent("k", nil)), first.ID)
			k.reopen()
		}
	}},
	{"not after the first went away with its retention", func(k *kit) {
		k.SetPolicy(store.Policy{Retention: time.Hour, DedupeWindow: window})
		k.accept(k.acceptance(k.newEvent("k", nil)))
		k.clock.Advance(2 * time.Hour)
		k.sweep()
		k.accept(k.acceptance(k.newEvent("k", nil)))
	}},
}

var bodyTests = []testCase{
	{"of every size", func(k *kit) {
		const kib, mib = 1 << 10, 1 << 20
		var events []*event.Event
		for _, size := range []int{0, 1, 255, 512*kib - 100, 512 * kib, 600 * kib, mib, 3 * mib, 25 * mib} {
			body := make([]byte, size)
			for i := range body {
				body[i] = byte(i ^ i>>8 ^ i>>16 ^ size)
			}
			e := k.newEvent(name("size", size), body)
			k.accept(k.acceptance(e, orders))
			events = append(events, e)
			k.duplicate(k.acceptance(k.newEvent(name("size", size), body), orders), e.ID)
		}
		for range 2 {
			for _, e := range events {
				k.sameEvent(e)
			}
			k.same("number of events", len(k.events(store.EventQuery{})), len(events))
			k.reopen()
		}
	}},
	{"large ones at once", func(k *kit) {
		body := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
		var wg sync.WaitGroup
		var mu sync.Mutex
		originals := 0
		for range 8 {
			wg.Go(func() {
				r, err := k.Accept(ctx, k.acceptance(k.newEvent("k", body)))
				if err != nil {
					k.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				if !r.Duplicate {
					originals++
				}
			})
		}
		wg.Wait()
		k.same("originals", originals, 1)
		ids := k.events(store.EventQuery{})
		k.same("number of events", len(ids), 1)
		got, err := k.Instance.Event(ctx, ids[0])
		k.must(err)
		k.same("body", bytes.Equal(got.Body, body), true)
		k.must(k.Remove(ctx, ids[0]))
		if _, err := k.Instance.Event(ctx, ids[0]); !errors.Is(err, store.ErrNotFound) {
			k.Fatalf("Event = %v, want ErrNotFound", err)
		}
	}},
	{"a list brings them only when asked", func(k *kit) {
		e := k.newEvent("", bytes.Repeat([]byte("x"), 1<<20))
		k.accept(k.acceptance(e))
		k.accept(k.acceptance(k.newEvent("", []byte("small"))))
		for _, with := range []bool{false, true} {
			k.must(k.Events(ctx, store.EventQuery{Body: with}, func(e *event.Event, _ []*event.Delivery) bool {
				if got := e.Body != nil; got != with {
					k.Errorf("body there: %v, asked for: %v", got, with)
				}
				if with && len(e.Body) != e.Size {
					k.Errorf("the body has %d bytes, want %d", len(e.Body), e.Size)
				}
				return true
			}))
		}
	}},
}
