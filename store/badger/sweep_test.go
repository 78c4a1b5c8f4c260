package badger

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// noise does not compress.
func noise(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return b
}

func TestRetentionGivesTheSpaceBack(t *testing.T) {
	r := openRig(t, Hooks{})
	const retention = 100 * time.Hour
	r.SetPolicy(store.Policy{Retention: retention, DedupeWindow: retention})
	r.measure()
	empty := r.Stats().Bytes
	body := noise(64 << 10)
	const events = 640
	for n := range events {
		a := r.acceptance(fmt.Sprint(n), body, jobs)
		body[n%len(body)]++
		_, err := r.Accept(bg, a)
		r.must(err)
	}
	for n := 0; n < events; {
		ds, _, err := r.Lease(bg, jobs, r.clock.Now(), 100)
		r.must(err)
		for _, d := range ds {
			r.must(r.Settle(bg, d.ID, r.done))
		}
		n += len(ds)
	}
	r.must(r.MarkRoute(bg, jobs, store.RouteMark{}))
	r.measure()
	full := r.Stats().Bytes
	if full-empty < events*60<<10 {
		t.Fatalf("%d bytes are used for %d of bodies", full-empty, events*len(body))
	}
	r.clock.Advance(retention + 5*time.Hour)
	r.must(r.Sweep(bg))
	if got := r.Stats().Removed; got != events {
		t.Errorf("%d events removed, want %d", got, events)
	}
	r.eventually("the space is free", func() bool {
		r.measure()
		return r.Stats().Bytes-empty < (full-empty)/5
	})
	r.put("after")
	r.reopen()
	if got := r.Pending(jobs); got != 1 {
		t.Errorf("%d pending, want 1", got)
	}
}

func TestMarksGoByWholeBuckets(t *testing.T) {
	r := openRig(t, Hooks{})
	const window = 7 * 24 * time.Hour
	r.SetPolicy(store.Policy{Retention: window, DedupeWindow: window})
	marks := func() (n int) {
		txn := r.current.Load().db.NewTransaction(false)
		defer txn.Discard()
		it := newKeyIterator(txn, []byte{markKind})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			n++
		}
		return n
	}
	for n := range 40 { // days
		r.put(fmt.Sprint(n))
		r.clock.Advance(24 * time.Hour)
		r.must(r.Sweep(bg))
		if n == 20 {
			r.reopen()
			r.SetPolicy(store.Policy{Retention: window, DedupeWindow: window})
		}
		if got, most := marks(), 7+4+1; got > most {
			t.Fatalf("%d marks on day %d, want at most %d", got, n, most)
		}
		if got := len(r.current.Load().marks); got > 5 {
			t.Fatalf("%d buckets on day %d", got, n)
		}
	}
	if got := marks(); got < 7 {
		t.Errorf("%d marks of the last 7 days are left", got)
	}
}

func TestNobodyNoticesADrop(t *testing.T) {
	r := openRig(t, Hooks{})
	const retention = 100 * time.Hour
	r.SetPolicy(store.Policy{Retention: retention, DedupeWindow: retention})
	stop := make(chan struct{})
	failed := make(chan error, 4)
	for range 4 {
		go func() {
			for {
				select {
				case <-stop:
					failed <- nil
					return
				default:
				}
				a := r.acceptance("", []byte("x"))
				if _, err := r.Accept(bg, a); err != nil {
					failed <- err
					return
				}
				if _, err := r.Event(bg, a.Event.ID); err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	for range 10 {
		for range 5 {
			r.clock.Advance(time.Hour)
			_, err := r.Accept(bg, r.acceptance("", noise(1000)))
			r.must(err)
		}
		r.clock.Advance(20 * time.Hour)
		r.must(r.Sweep(bg))
	}
	close(stop)
	for range 4 {
		r.must(<-failed)
	}
	if r.Stats().Removed == 0 {
		t.Error("nothing was removed")
	}
}

// A change that is on its way while its event is removed brings nothing back.
func TestADropOvertakesAChange(t *testing.T) {
	g := newGate()
	r := openRig(t, Hooks{Commit: g.commit})
	const retention = 100 * time.Hour
	r.SetPolicy(store.Policy{Retention: retention, DedupeWindow: retention})
	id := r.put("a")
	_, err := r.Change(bg, id.Delivery(0), func(d *event.Delivery) error { return d.Cancel(r.clock.Now()) })
	r.must(err)
	r.clock.Advance(retention + 5*time.Hour)

	g.on.Store(true)
	blocker := make(chan error, 1)
	go func() { blocker <- r.MarkRoute(bg, jobs, store.RouteMark{}) }()
	<-g.entered
	swept := make(chan error, 1)
	go func() { swept <- r.Sweep(bg) }()
	r.queued(1) // the drop
	o := r.current.Load().takeOut(id.Delivery(0))
	_, _, err = r.current.Load().step(o, func(d *event.Delivery) error { return d.Retry(r.clock.Now()) }, false)
	r.must(err)
	r.current.Load().queues.putBack(o)
	r.queued(2) // and behind it the change
	g.on.Store(false)
	g.open <- nil
	r.must(<-blocker)
	r.must(<-swept)
	r.must(r.MarkRoute(bg, jobs, store.RouteMark{}))
	_, err = r.Delivery(bg, id.Delivery(0))
	r.is(err, store.ErrNotFound)
	if got := r.Pending(jobs); got != 0 {
		t.Errorf("%d pending", got)
	}
	r.reopen()
	if got := r.Pending(jobs); got != 0 {
		t.Errorf("%d pending after a restart", got)
	}
}

// The same in one transaction, with a removal by hand.
func TestARemovalOvertakesAnOutcome(t *testing.T) {
	g := newGate()
	r := openRig(t, Hooks{Commit: g.commit})
	id := r.put("a")
	ds, _, err := r.Lease(bg, jobs, r.clock.Now(), 1)
	r.must(err)
	g.on.Store(true)
	blocker := make(chan error, 1)
	go func() { blocker <- r.MarkRoute(bg, jobs, store.RouteMark{}) }()
	<-g.entered
	removed := make(chan error, 1)
	go func() { removed <- r.Remove(bg, id) }()
	r.queued(1)
	r.must(r.Settle(bg, ds[0].ID, func(d *event.Delivery) error {
		return d.Fail(event.Attempt{StartedAt: r.clock.Now()}, r.clock.Now(), "")
	}))
	r.queued(2)
	g.on.Store(false)
	g.open <- nil
	r.must(<-blocker)
	r.must(<-removed)
	r.must(r.MarkRoute(bg, jobs, store.RouteMark{}))
	_, err = r.Delivery(bg, ds[0].ID)
	r.is(err, store.ErrNotFound)
	if ds, _, err := r.Lease(bg, jobs, r.clock.Now(), 1); len(ds) != 0 || err != nil {
		t.Errorf("Lease = %v, %v", ds, err)
	}
	r.reopen()
	if got := r.Pending(jobs); got != 0 {
		t.Errorf("%d pending after a restart", got)
	}
}

// Deliveries that were added later leave nothing behind.
func TestPointersGoWithTheirEvents(t *testing.T) {
	r := openRig(t, Hooks{})
	const retention = 100 * time.Hour
	r.SetPolicy(store.Policy{Retention: retention, DedupeWindow: retention})
	id := r.put("a")
	_, err := r.Change(bg, id.Delivery(0), func(d *event.Delivery) error { return d.Cancel(r.clock.Now()) })
	r.must(err)
	now := r.clock.Now()
	r.must(r.Add(bg, id, []*event.Delivery{{ID: r.ids.Delivery(now), Event: id, Route: jobs, State: event.Cancelled, ChangedAt: now}}))
	left := func() (kinds string) {
		txn := r.current.Load().db.NewTransaction(false)
		defer txn.Discard()
		it := newKeyIterator(txn, nil)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			kinds += string(it.Item().Key()[:1])
		}
		return kinds
	}
	if got := left(); got != "ddempss" {
		t.Fatalf("%q are stored", got)
	}
	r.clock.Advance(retention + 200*time.Hour)
	r.must(r.Sweep(bg))
	if got := left(); got != "ss" {
		t.Errorf("%q are left", got)
	}
}

func TestSweepEvery(t *testing.T) {
	for retention, want := range map[time.Duration]time.Duration{
		0: time.Minute, 5 * time.Second: time.Second, 10 * time.Minute: 10 * time.Second, 30 * 24 * time.Hour: time.Minute,
	} {
		if got := sweepEvery(retention); got != want {
			t.Errorf("a retention of %v is looked after every %v, want %v", retention, got, want)
		}
	}
}

// The store looks after its retention by itself.
func TestTheJanitorSweeps(t *testing.T) {
	r := openRig(t, Hooks{})
	a := r.acceptance("a", nil)
	_, err := r.Accept(bg, a)
	r.must(err)
	r.clock.Advance(time.Hour)
	r.SetPolicy(store.Policy{Retention: time.Second, DedupeWindow: time.Second})
	r.eventually("the event is removed", func() bool { return r.Stats().Removed == 1 })
}

// A crash in the middle of a drop can leave any part of a span. What it leaves goes with the next sweep.
func TestWhatADropLeftGoes(t *testing.T) {
	for _, dropped := range spanKinds {
		r := openRig(t, Hooks{})
		a := r.acceptance("", make([]byte, 2*pieceSize), jobs)
		_, err := r.Accept(bg, a)
		r.must(err)
		r.deliverAll()
		ss := r.current.Load()
		r.must(ss.alone(func() error { return ss.drop(spanOf(a.Event.ID).prefix(dropped)) }))
		r.reopen()
		r.SetPolicy(store.Policy{Retention: 50 * spanLength})
		r.clock.Advance(60 * spanLength)
		r.must(r.Sweep(bg))
		for _, kind := range spanKinds {
			if n := r.count(kind); n != 0 {
				t.Errorf("after a crash that dropped %q alone, %d keys %q are left", dropped, n, kind)
			}
		}
	}
}

// An event that is too much for one transaction goes like the others.
func TestAnEventOfManyDeliveries(t *testing.T) {
	r := openRig(t, Hooks{})
	r.SetPolicy(store.Policy{Retention: 50 * spanLength})
	many := r.put("")
	for range 9 {
		r.add(many, 1000)
	}
	for range 10 {
		r.put("")
	}
	r.deliverAll()
	unfinished := r.put("") // so that the span is not dropped as a whole
	r.clock.Advance(60 * spanLength)
	r.must(r.Sweep(bg))
	if got := r.count(eventKind); got != 1 {
		t.Errorf("%d events are left, want the unfinished one", got)
	}
	if got := r.Stats().Removed; got != 11 {
		t.Errorf("%d events are removed, want 11", got)
	}
	_, err := r.Event(bg, unfinished)
	r.must(err)
	r.deliverAll()
	r.must(r.Sweep(bg))
	if got := r.count(eventKind); got != 0 {
		t.Errorf("%d events are left, want none", got)
	}
	if got := r.count(deliveryKind) + r.count(queueKind); got != 0 {
		t.Errorf("%d keys of deliveries are left, want none", got)
	}
}

// A body whose span goes between its pieces and its event is not acknowledged without them.
func TestABodyThatWentIsNotAccepted(t *testing.T) {
	r := openRig(t, Hooks{})
	r.put("") // so that there is a span to drop
	r.deliverAll()
	ss := r.current.Load()
	a := r.acceptance("large", make([]byte, 2*pieceSize), jobs)
	large, err := newAcceptance(a)
	r.must(err)
	together, apart, err := newGroup([]store.Acceptance{r.acceptance("small", nil, jobs), r.acceptance("other", make([]byte, 2*pieceSize), jobs)})
	r.must(err)
	together.ss = ss
	r.must(ss.storeBodies(bg, append(apart, bodyOf{large.id, a.Event.Body})...))
	r.SetPolicy(store.Policy{Retention: time.Hour})
	r.clock.Advance(10 * spanLength)
	r.must(r.Sweep(bg))
	_, err = ss.submit(bg, large)
	r.is(err, store.ErrUnavailable)
	_, err = ss.submitAll(bg, together)
	r.is(err, store.ErrUnavailable)
	if got := r.count(eventKind) + r.count(markKind); got != 0 {
		t.Errorf("%d keys of events and marks, want none", got)
	}
	if _, err := r.Accept(bg, r.acceptance("large", make([]byte, 2*pieceSize), jobs)); err != nil {
		t.Errorf("sent again: %v", err)
	}
}
