package storetest

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

var togetherTests = []testCase{
	{"all are stored", func(k *kit) {
		as := []store.Acceptance{
			k.acceptance(k.newEvent("a", []byte("1")), orders, audit), k.acceptance(k.newEvent("b", []byte("2"))),
			k.acceptance(k.newEvent("", []byte("3")), orders), k.acceptance(k.newEvent("", []byte("3")), orders),
		}
		for i, a := range as {
			a.Event.Part, a.Event.Parts = i+1, len(as)
		}
		k.together(as)
		for range 2 {
			for _, a := range as {
				k.sameEvent(a.Event)
				ds, err := k.DeliveriesOf(ctx, a.Event.ID)
				k.must(err)
				k.same("deliveries", len(ds), len(a.Deliveries))
			}
			k.counts(orders, 3, 0)
			k.counts(audit, 1, 0)
			k.same("number of events", len(k.events(store.EventQuery{})), len(as))
			k.reopen()
		}
		k.same("number leased", len(k.lease(orders, 10)), 3)
	}},
	{"none", func(k *kit) { k.together(nil) }},
	{"what the caller does to its copies later changes nothing", func(k *kit) {
		body := []byte("abc")
		as := []store.Acceptance{k.acceptance(k.newEvent("a", body[:1]), orders), k.acceptance(k.newEvent("b", body[1:]), orders)}
		k.together(as)
		want := *as[1].Event
		want.Body = []byte("bc")
		clear(body)
		as[1].Deliveries[0].State = event.Dead
		k.sameEvent(&want)
		k.counts(orders, 2, 0)
	}},
	{"each is a duplicate or not", func(k *kit) {
		old := k.newEvent("old", nil)
		k.accept(k.acceptance(old, orders))
		as := k.named("a", "old", "a", "b", "old", "b", "a")
		a, b := as[0].Event.ID, as[3].Event.ID
		k.together(as, isNew, old.ID, a, isNew, old.ID, b, a)
		k.counts(orders, 3, 0)
		for range 2 {
			k.together(k.named("b", "a", "old"), b, a, old.ID)
			k.duplicate(k.acceptance(k.newEvent("b", nil)), b)
			k.same("number of events", len(k.events(store.EventQuery{})), 3)
			k.reopen()
		}
		again := k.named("a", "c", "b") // grouped anew: one is new
		k.together(again, a, isNew, b)
		k.counts(orders, 4, 0)
	}},
	{"without a key or a window nothing is compared", func(k *kit) {
		as := k.named("", "", "x", "x")
		as[2].Window, as[3].Window = 0, 0
		k.together(as)
	}},
	{"within the window only", func(k *kit) {
		k.together(k.named("a"))
		k.clock.Advance(window + time.Second)
		second := k.named("a", "a")
		k.together(second, isNew, second[0].Event.ID)
	}},
	{"with large bodies", func(k *kit) {
		const kib = 1 << 10
		build := func() (as []store.Acceptance) {
			for n, size := range []int{700 * kib, 10, 400 * kib, 400 * kib, 400 * kib, 2 << 20, 0, 400 * kib} {
				as = append(as, k.acceptance(k.newEvent(name("k", n), bytes.Repeat([]byte{byte('a' + n)}, size)), orders))
			}
			return as
		}
		as := build()
		var ids []event.ID
		for _, a := range as {
			ids = append(ids, a.Event.ID)
		}
		k.together(as)
		for range 2 {
			for _, a := range as {
				k.sameEvent(a.Event)
			}
			k.together(build(), ids...)
			k.counts(orders, len(as), 0)
			k.reopen()
		}
		fresh := k.acceptance(k.newEvent("new", bytes.Repeat([]byte("n"), 600*kib)), orders)
		k.together(append(build(), fresh), ids...)
		as = append(as, fresh)
		k.barrier()
		for _, a := range as {
			k.sameEvent(a.Event)
		}
	}},
	{"many small ones", func(k *kit) {
		var as []store.Acceptance
		for n := range 1000 {
			as = append(as, k.acceptance(k.newEvent(name("k", n), bytes.Repeat([]byte("x"), 1000)), orders))
		}
		k.together(as)
		k.counts(orders, len(as), 0)
		k.reopen()
		k.sameEvent(as[500].Event)
	}},
	{"what is too much is not stored in part", func(k *kit) {
		k.accept(k.acceptance(k.newEvent("old", nil), orders))
		routes := make([]event.Route, 40)
		for n := range routes {
			routes[n] = event.Route{Source: "shop", Name: name("route", n)}
		}
		var as []store.Acceptance
		for n := range 1000 {
			as = append(as, k.acceptance(k.newEvent(name("k", n), nil), routes...))
		}
		want := 1
		switch _, err := k.AcceptAll(ctx, as); {
		case err == nil:
			want += len(as)
		case !errors.Is(err, store.ErrTooLarge):
			k.Fatalf("AcceptAll = %v, want ErrTooLarge if anything", err)
		}
		k.same("number of events", len(k.events(store.EventQuery{})), want)
		k.counts(routes[3], want-1, 0)
		k.accept(k.acceptance(k.newEvent("another", nil), orders))
	}},
	{"many at once, and alone too", func(k *kit) {
		const callers, keys, each = 16, 40, 5
		first := make([]map[string]event.ID, callers) // by caller and key
		originals := make([]int, callers)
		var wg sync.WaitGroup
		for c := range callers {
			first[c] = map[string]event.ID{}
			wg.Go(func() {
				for n := range keys {
					var as []store.Acceptance
					for i := range each {
						as = append(as, k.acceptance(k.newEvent(name("k", (n+i*c)%keys), nil), orders))
					}
					accept := k.AcceptAll
					if c%4 == 0 {
						accept = k.oneByOne
					}
					receipts, err := accept(ctx, as)
					if err != nil {
						k.Error(err)
						return
					}
					for i, r := range receipts {
						if !r.Duplicate {
							originals[c]++
						}
						key := as[i].Event.DedupeKey
						if id, ok := first[c][key]; ok && id != r.ID {
							k.Errorf("%s is %s and %s", key, id, r.ID)
						}
						first[c][key] = r.ID
					}
				}
			})
		}
		wg.Wait()
		total := 0
		for c := range callers {
			total += originals[c]
			k.same("the first copies", first[c], first[0])
		}
		k.same("number of events", len(k.events(store.EventQuery{})), keys)
		k.same("originals", total, keys)
		k.counts(orders, keys, 0)
	}},
}

// named makes an acceptance for each key.
func (k *kit) named(keys ...string) (as []store.Acceptance) {
	for _, key := range keys {
		as = append(as, k.acceptance(k.newEvent(key, nil), orders))
	}
	return as
}

// isNew stands where together wants no duplicate.
var isNew event.ID

// together accepts what must be duplicates of the first ones, and new where there is none.
func (k *kit) together(as []store.Acceptance, first ...event.ID) {
	k.Helper()
	receipts, err := k.AcceptAll(ctx, as)
	k.must(err)
	k.same("number of receipts", len(receipts), len(as))
	for i, r := range receipts {
		want := store.Receipt{ID: as[i].Event.ID}
		if i < len(first) && first[i] != isNew {
			want = store.Receipt{ID: first[i], Duplicate: true}
		}
		if r != want {
			k.Fatalf("receipt %d is %+v, want %+v", i, r, want)
		}
	}
}

func (k *kit) oneByOne(ctx context.Context, as []store.Acceptance) (receipts []store.Receipt, err error) {
	for _, a := range as {
		r, e := k.Accept(ctx, a)
		receipts, err = append(receipts, r), errors.Join(err, e)
	}
	return receipts, err
}
