package storetest

import (
	"bytes"
	"sync"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

var releaseTests = []testCase{
	{"what is accepted leaves the quarantine", func(k *kit) {
		k.quarantine("shop", roomy)
		r, other := k.keep("shop", stranger, []byte("a")), k.keep("shop", stranger, []byte("b"))
		k.written()
		a := k.released(r, "", orders)
		k.accept(a)
		for range 2 {
			k.sameEvent(a.Event)
			k.counts(orders, 1, 0)
			k.same("rejected", k.rejected(store.RejectedQuery{}), []event.RejectedID{other.ID})
			k.same("sizes", k.Stats().Quarantine["shop"].Requests, 1)
			_, err := k.Accept(ctx, k.released(r, "", orders))
			k.notFound("Accept again", err)
			k.same("number of events", len(k.events(store.EventQuery{})), 1)
			k.reopen()
			k.quarantine("shop", roomy)
		}
	}},
	{"what is removed is not accepted", func(k *kit) {
		k.quarantine("shop", roomy)
		r := k.keep("shop", stranger, nil)
		k.written()
		k.must(k.RemoveRejected(ctx, r.ID))
		a := k.released(r, "key", orders)
		_, err := k.Accept(ctx, a)
		k.notFound("Accept", err)
		_, err = k.AcceptAll(ctx, []store.Acceptance{a})
		k.notFound("AcceptAll", err)
		k.same("number of events", len(k.events(store.EventQuery{})), 0)
		k.counts(orders, 0, 0)
		a.Rejected = event.RejectedID{}
		k.accept(a) // its mark was not left behind
	}},
	{"a duplicate leaves it too", func(k *kit) {
		k.quarantine("shop", roomy)
		first := k.newEvent("key", nil)
		k.accept(k.acceptance(first, orders))
		for _, body := range [][]byte{nil, bytes.Repeat([]byte("x"), 500<<10)} {
			r := k.keep("shop", stranger, body)
			k.written()
			k.duplicate(k.released(r, "key", orders), first.ID)
			k.same("rejected", len(k.rejected(store.RejectedQuery{})), 0)
		}
		r := k.keep("shop", stranger, nil)
		k.written()
		k.together([]store.Acceptance{k.released(r, "key"), k.released(r, "key")}, first.ID, first.ID)
		k.same("rejected after a batch", len(k.rejected(store.RejectedQuery{})), 0)
		k.counts(orders, 1, 0)
	}},
	{"of many at once one is accepted", func(k *kit) {
		k.quarantine("shop", roomy)
		for _, parts := range []int{1, 3} {
			r := k.keep("shop", stranger, bytes.Repeat([]byte("x"), 500<<10))
			k.written()
			before := len(k.events(store.EventQuery{}))
			var mu sync.Mutex
			var wg sync.WaitGroup
			accepted := 0
			for range 16 {
				wg.Go(func() {
					var err error
					if parts == 1 {
						a := k.released(r, "", orders)
						a.Event.Request.URI = "/" + string(bytes.Repeat([]byte("u"), 20<<10)) // its record is larger than the one it was
						_, err = k.Accept(ctx, a)
					} else {
						var as []store.Acceptance
						for range parts {
							as = append(as, k.released(r, "", orders))
						}
						_, err = k.AcceptAll(ctx, as)
					}
					if err != nil {
						k.notFound("release", err)
						return
					}
					mu.Lock()
					defer mu.Unlock()
					accepted++
				})
			}
			wg.Wait()
			k.same("accepted", accepted, 1)
			k.same("number of events", len(k.events(store.EventQuery{}))-before, parts)
			k.same("rejected", len(k.rejected(store.RejectedQuery{})), 0)
		}
		k.counts(orders, 4, 0)
	}},
	{"what made room is not accepted", func(k *kit) {
		bounds := roomy
		bounds.Requests = 1
		k.quarantine("shop", bounds)
		r := k.keep("shop", stranger, nil)
		k.keep("shop", stranger, nil)
		k.written()
		_, err := k.Accept(ctx, k.released(r, "", orders))
		k.notFound("Accept", err)
		k.counts(orders, 0, 0)
	}},
}

// released is what is accepted when a rejected request is released.
func (k *kit) released(r *event.Rejected, key string, routes ...event.Route) store.Acceptance {
	a := k.acceptance(k.newEvent(key, r.Body), routes...)
	a.Rejected = r.ID
	return a
}
