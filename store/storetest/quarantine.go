package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// Two addresses of clients, and the bounds that most tests set.
const (
	stranger = "203.0.113.9"
	provider = "198.51.100.7"
)

var roomy = store.QuarantineBounds{Requests: 1000, Bytes: 16 << 20, Age: 7 * 24 * time.Hour}

var quarantineTests = []testCase{
	{"what is kept can be read", func(k *kit) {
		k.quarantine("shop", roomy)
		want := k.keep("shop", stranger, []byte("garbage"))
		k.written()
		got, err := k.Instance.Rejected(ctx, want.ID)
		k.must(err)
		k.same("read", got, want)
		k.reopen()
		got, err = k.Instance.Rejected(ctx, want.ID)
		k.must(err)
		k.same("read after a restart", got, want)
	}},
	{"it counts as nothing else", func(k *kit) {
		k.quarantine("shop", roomy)
		e := k.put(orders)
		k.keep("shop", stranger, []byte(`{"n":1}`))
		k.keep("shop", stranger, nil)
		k.reopen()
		k.same("events", k.events(store.EventQuery{}), []event.ID{e.ID})
		k.same("pending", k.Pending(orders), 1)
		k.same("leased", len(k.lease(orders, 10)), 1)
		n := 0
		k.must(k.Deliveries(ctx, store.DeliveryQuery{}, func(*event.Delivery) bool { n++; return true }))
		k.same("deliveries", n, 1)
	}},
	{"only sources of the policy keep any", func(k *kit) {
		if k.KeepRejected(k.newRejected("shop", stranger, nil)) {
			k.Error("kept before there was a policy")
		}
		k.quarantine("shop", roomy)
		if k.KeepRejected(k.newRejected("other", stranger, nil)) {
			k.Error("kept for a source that is not in the policy")
		}
		if k.KeepRejected(k.newRejected("shop", stranger, make([]byte, store.MaxRejectedSize))) {
			k.Error("kept although it is too large")
		}
		k.same("kept", len(k.rejected(store.RejectedQuery{})), 0)
		k.same("sizes", k.Stats().Quarantine, map[string]store.QuarantineSize{"shop": {}})
	}},
	{"lists", func(k *kit) {
		k.SetPolicy(store.Policy{Retention: time.Hour, Quarantine: map[string]store.QuarantineBounds{"shop": roomy, "bank": roomy}})
		start := k.clock.Now()
		var all, shop []event.RejectedID // newest first
		for n := range 300 {
			source := "shop"
			if n%3 == 0 {
				source = "bank"
			}
			id := k.keep(source, stranger, []byte("body")).ID
			all = append([]event.RejectedID{id}, all...)
			if source == "shop" {
				shop = append([]event.RejectedID{id}, shop...)
			}
			k.clock.Advance(time.Second)
		}
		at := func(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }
		k.same("all", k.rejected(store.RejectedQuery{}), all)
		k.same("by source", k.rejected(store.RejectedQuery{Source: "shop"}), shop)
		k.same("another source", len(k.rejected(store.RejectedQuery{Source: "sho"})), 0)
		k.same("after one", k.rejected(store.RejectedQuery{After: all[100]}), all[101:])
		k.same("since", k.rejected(store.RejectedQuery{Since: at(290)}), all[:10])
		k.same("until", k.rejected(store.RejectedQuery{Until: at(10)}), all[290:])
		k.same("between closer times", k.rejected(store.RejectedQuery{Since: at(5).Add(-1), Until: at(5).Add(1)}), all[294:295])
		oldest := k.rejected(store.RejectedQuery{Oldest: true})
		k.same("the first of the oldest", oldest[0], all[299])
		k.same("the oldest after one", k.rejected(store.RejectedQuery{Oldest: true, After: oldest[100]}), oldest[101:])
		n := 0
		k.must(k.ListRejected(ctx, store.RejectedQuery{Body: true}, func(r *event.Rejected) bool {
			k.same("body", string(r.Body), "body")
			n++
			return n < 7
		}))
		k.same("until visit has enough", n, 7)
		k.must(k.ListRejected(ctx, store.RejectedQuery{Source: "bank"}, func(r *event.Rejected) bool {
			k.same("body that was not asked for", len(r.Body), 0)
			k.same("its size", r.Size, 4)
			k.must(k.RemoveRejected(ctx, r.ID)) // a visitor may use the engine
			return true
		}))
		k.same("what is left", k.rejected(store.RejectedQuery{}), shop)
	}},
	{"a list ends with its context", func(k *kit) {
		k.quarantine("shop", roomy)
		k.keep("shop", stranger, nil)
		k.keep("shop", stranger, nil)
		k.written()
		c, cancel := context.WithCancel(ctx)
		n := 0
		err := k.ListRejected(c, store.RejectedQuery{}, func(*event.Rejected) bool { n++; cancel(); return true })
		if !errors.Is(err, context.Canceled) || n != 1 {
			k.Fatalf("ListRejected = %v after %d, want context.Canceled after 1", err, n)
		}
	}},
	{"removal", func(k *kit) {
		k.quarantine("shop", roomy)
		a, b := k.keep("shop", stranger, nil), k.keep("shop", stranger, nil)
		k.must(k.RemoveRejected(ctx, a.ID))
		k.notFound("RemoveRejected again", k.RemoveRejected(ctx, a.ID))
		_, err := k.Instance.Rejected(ctx, a.ID)
		k.notFound("Rejected", err)
		k.same("sizes", k.Stats().Quarantine["shop"].Requests, 1)
		k.reopen()
		k.same("after a restart", k.rejected(store.RejectedQuery{}), []event.RejectedID{b.ID})
	}},
	{"a bound on their number", func(k *kit) {
		k.quarantine("shop", store.QuarantineBounds{Requests: 10, Bytes: 1 << 20, Age: time.Hour})
		var all []event.RejectedID
		for range 25 {
			all = append([]event.RejectedID{k.keep("shop", stranger, nil).ID}, all...)
			k.same("at most", k.Stats().Quarantine["shop"].Requests, min(len(all), 10))
		}
		k.same("the newest stay", k.rejected(store.RejectedQuery{}), all[:10])
		k.reopen()
		k.same("after a restart", k.rejected(store.RejectedQuery{}), all[:10])
	}},
	{"a bound on their bytes", func(k *kit) {
		const bound = 100 << 10
		k.quarantine("shop", store.QuarantineBounds{Requests: 1000, Bytes: bound, Age: time.Hour})
		var all []event.RejectedID
		for range 25 {
			all = append([]event.RejectedID{k.keep("shop", stranger, make([]byte, 10<<10)).ID}, all...)
			if size := k.Stats().Quarantine["shop"]; size.Bytes > bound {
				k.Fatalf("%d bytes are kept, at most %d may be", size.Bytes, bound)
			}
		}
		k.same("the newest stay", k.rejected(store.RejectedQuery{}), all[:9])
		before := k.Stats().Quarantine
		k.reopen()
		k.same("after a restart", k.rejected(store.RejectedQuery{}), all[:9])
		k.quarantine("shop", store.QuarantineBounds{Requests: 1000, Bytes: bound, Age: time.Hour})
		k.same("sizes after a restart", k.Stats().Quarantine, before)
		if k.KeepRejected(k.newRejected("shop", stranger, make([]byte, bound))) {
			k.Error("kept although all of the space is too small for it")
		}
		k.same("nothing made room for it", k.rejected(store.RejectedQuery{}), all[:9])
	}},
	{"a flood takes the place of its own", func(k *kit) {
		k.quarantine("shop", store.QuarantineBounds{Requests: 20, Bytes: 1 << 20, Age: time.Hour})
		var want []event.RejectedID
		for range 5 {
			want = append(want, k.keep("shop", provider, make([]byte, 20<<10)).ID)
		}
		for range 100 { // many and small
			k.keep("shop", stranger, nil)
		}
		k.same("the few large ones of another", k.from(provider), want)
		for range 100 { // many and large
			k.KeepRejected(k.newRejected("shop", stranger, make([]byte, 100<<10)))
		}
		k.same("the few of another", k.from(provider), want)
		for n := range 100 { // from as many addresses as one network has
			k.keep("shop", fmt.Sprintf("2001:db8::%x", n+1), nil)
		}
		k.same("the few of another, still", k.from(provider), want)
	}},
	{"a bound on their age", func(k *kit) {
		bounds := map[string]store.QuarantineBounds{"shop": roomy, "bank": roomy}
		short := roomy
		short.Age = time.Hour
		bounds["bank"] = short
		k.SetPolicy(store.Policy{Retention: time.Minute, Quarantine: bounds})
		k.keep("bank", stranger, nil)
		shop := k.keep("shop", stranger, nil)
		k.clock.Advance(time.Hour - time.Second)
		k.must(k.Sweep(ctx))
		k.same("before their time", len(k.rejected(store.RejectedQuery{})), 2)
		k.clock.Advance(2 * time.Second)
		k.must(k.Sweep(ctx))
		k.same("after the shorter time", k.rejected(store.RejectedQuery{}), []event.RejectedID{shop.ID})
		k.clock.Advance(roomy.Age)
		k.must(k.Sweep(ctx))
		k.same("after the longer time", len(k.rejected(store.RejectedQuery{})), 0)
		k.reopen()
		k.same("after a restart", len(k.rejected(store.RejectedQuery{})), 0)
	}},
	{"a source that left goes at the largest age", func(k *kit) {
		k.quarantine("shop", roomy)
		k.keep("shop", stranger, nil)
		k.quarantine("bank", store.QuarantineBounds{Requests: 1, Bytes: 1 << 20, Age: time.Hour})
		k.must(k.Sweep(ctx))
		k.same("at first", len(k.rejected(store.RejectedQuery{})), 1)
		k.clock.Advance(time.Hour + time.Second)
		k.must(k.Sweep(ctx))
		k.same("after the age of the other", len(k.rejected(store.RejectedQuery{})), 0)
	}},
	{"bounds that were lowered", func(k *kit) {
		k.quarantine("shop", roomy)
		var all []event.RejectedID
		for range 10 {
			all = append([]event.RejectedID{k.keep("shop", stranger, nil).ID}, all...)
		}
		low := roomy
		low.Requests = 4
		k.quarantine("shop", low)
		k.must(k.Sweep(ctx))
		k.same("the newest stay", k.rejected(store.RejectedQuery{}), all[:4])
	}},
	{"beside accepts", func(k *kit) {
		k.quarantine("shop", store.QuarantineBounds{Requests: 50, Bytes: 1 << 20, Age: time.Hour})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 100 {
					k.KeepRejected(k.newRejected("shop", stranger, bytes.Repeat([]byte("x"), 1<<10)))
				}
			})
		}
		k.putMany(320, orders)
		wg.Wait()
		k.reopen()
		k.same("events", len(k.events(store.EventQuery{})), 320)
		k.same("pending", k.Pending(orders), 320)
		k.same("rejected", len(k.rejected(store.RejectedQuery{})), 50)
	}},
	{"after the end", func(k *kit) {
		k.quarantine("shop", roomy)
		r := k.keep("shop", stranger, nil)
		k.must(k.Close())
		if k.KeepRejected(k.newRejected("shop", stranger, nil)) {
			k.Error("kept after Close")
		}
		_, err := k.Instance.Rejected(ctx, r.ID)
		for what, err := range map[string]error{
			"Rejected": err, "RemoveRejected": k.RemoveRejected(ctx, r.ID),
			"ListRejected": k.ListRejected(ctx, store.RejectedQuery{}, func(*event.Rejected) bool { return true }),
		} {
			if !errors.Is(err, store.ErrClosed) {
				k.Errorf("%s = %v, want ErrClosed", what, err)
			}
		}
	}},
}

// quarantine lets a source keep what it rejects.
func (k *kit) quarantine(source string, b store.QuarantineBounds) {
	k.SetPolicy(store.Policy{Retention: time.Hour, Quarantine: map[string]store.QuarantineBounds{source: b}})
}

func (k *kit) newRejected(source, client string, body []byte) *event.Rejected {
	now := k.clock.Now()
	if body == nil {
		body = []byte{}
	}
	return &event.Rejected{
		ID: k.ids.Rejected(now), Source: source, Provider: "hmac", ReceivedAt: now,
		Code: "signature_mismatch", Message: "no", Size: len(body), Body: body,
		Request: event.Request{
			Method: "POST", Scheme: "https", Host: "hooks.example.com", URI: "/shop", Proto: "HTTP/1.1",
			PeerAddr: client + ":4711", ClientIP: client, Header: http.Header{"X-Signature": {"00"}},
		},
	}
}

// keep keeps what must be taken.
func (k *kit) keep(source, client string, body []byte) *event.Rejected {
	k.Helper()
	r := k.newRejected(source, client, body)
	if !k.KeepRejected(r) {
		k.Fatal("the request is not kept")
	}
	return r
}

// written waits until what was kept can be read: it is there when a later write is.
func (k *kit) written() {
	k.Helper()
	k.must(k.MarkRoute(ctx, event.Route{Source: "none", Name: "none"}, store.RouteMark{}))
}

func (k *kit) rejected(q store.RejectedQuery) (ids []event.RejectedID) {
	k.Helper()
	k.written()
	k.must(k.ListRejected(ctx, q, func(r *event.Rejected) bool {
		ids = append(ids, r.ID)
		return true
	}))
	return ids
}

// from lists what is kept of one client, the oldest first.
func (k *kit) from(client string) (ids []event.RejectedID) {
	k.Helper()
	k.written()
	k.must(k.ListRejected(ctx, store.RejectedQuery{Oldest: true}, func(r *event.Rejected) bool {
		if r.Request.ClientIP == client {
			ids = append(ids, r.ID)
		}
		return true
	}))
	return ids
}
