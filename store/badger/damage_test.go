package badger

import (
	"bytes"
	"testing"
	"time"

	bdg "github.com/dgraph-io/badger/v4"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

func TestG3ADamagedEventIsNeverHandedOut(t *testing.T) {
	r := openRig(t, Hooks{})
	inline := r.acceptance("inline", []byte("precious"))
	large := r.acceptance("large", bytes.Repeat([]byte("precious"), 1<<18))
	gap := r.acceptance("gap", bytes.Repeat([]byte("precious"), 1<<18))
	for _, a := range []store.Acceptance{inline, large, gap} {
		_, err := r.Accept(bg, a)
		r.must(err)
	}
	fine := r.put("fine")
	for at := range 5 {
		r.flip(eventKey(inline.Event.ID), at*7)
		r.flip(pieceKey(large.Event.ID, 1), at*7)
	}
	r.must(r.alone(pieceKey(gap.Event.ID, 3)))
	for _, a := range []store.Acceptance{inline, large, gap} {
		_, err := r.Event(bg, a.Event.ID)
		r.is(err, store.ErrDamaged)
	}
	if got := r.Stats().Damaged; got != 3 {
		t.Errorf("%d damaged, want 3", got)
	}
	if !r.book.has("a damaged record is left out") {
		t.Error("nothing was logged")
	}
	var seen []event.ID
	r.must(r.Events(bg, store.EventQuery{Body: true}, func(e *event.Event, _ []*event.Delivery) bool {
		seen = append(seen, e.ID)
		return true
	}))
	if len(seen) != 1 || seen[0] != fine {
		t.Errorf("the list shows %v, want %v alone", seen, fine)
	}
	r.must(r.Remove(bg, inline.Event.ID))
	_, err := r.Event(bg, inline.Event.ID)
	r.is(err, store.ErrNotFound)
}

// Badger's panic over a damaged block ends the read, not the process.
func TestG3APanicOfAReadIsAnError(t *testing.T) {
	r := openRig(t, Hooks{})
	id := r.put("fine")
	ss := r.current.Load()
	r.is(ss.view(func(txn *bdg.Txn) error {
		it := newKeyIterator(txn, nil)
		defer it.Close()
		it.Rewind()
		panic("slice bounds out of range")
	}), store.ErrDamaged)
	if got := r.Stats().Damaged; got != 1 || !r.book.has("a read panicked, most likely over a damaged table") {
		t.Errorf("%d damaged, want 1 and a line in the log", got)
	}
	if _, err := r.Event(bg, id); err != nil {
		t.Errorf("the next read: %v", err)
	}
	// One of many that are leased together must not fail all of them.
	_, err := ss.readSlot(nil, slot{id: id.Delivery(0), event: id})
	r.is(err, store.ErrDamaged)
}

func (r *rig) alone(key []byte) error {
	ss := r.current.Load()
	p := newPlain(diskFull, pair{key: key})
	ss.writer.add(p, true)
	return p.wait(bg)
}

func TestG3ARecordUnderAnotherKeyIsDamage(t *testing.T) {
	r := openRig(t, Hooks{})
	a, b := r.put("a"), r.put("b")
	r.swap(eventKey(a), eventKey(b))
	r.swap(deliveryKey(a.Delivery(0), a), deliveryKey(b.Delivery(0), b))
	for _, id := range []event.ID{a, b} {
		_, err := r.Event(bg, id)
		r.is(err, store.ErrDamaged)
		_, err = r.Delivery(bg, id.Delivery(0))
		r.is(err, store.ErrDamaged)
	}
}

func (r *rig) swap(a, b []byte) {
	r.Helper()
	ss := r.current.Load()
	txn := ss.db.NewTransaction(true)
	defer txn.Discard()
	x, err := get(txn, a)
	r.must(err)
	y, err := get(txn, b)
	r.must(err)
	r.must(txn.Set(a, y))
	r.must(txn.Set(b, x))
	r.must(txn.Commit())
}

// A damaged delivery leaves its queue, and what is behind it comes out.
func TestG3ADamagedDeliveryDoesNotBlock(t *testing.T) {
	for _, gone := range []bool{false, true} {
		r := openRig(t, Hooks{})
		bad := r.put("bad")
		r.clock.Advance(time.Second)
		good := r.put("good")
		if gone {
			r.must(r.alone(deliveryKey(bad.Delivery(0), bad)))
		} else {
			r.flip(deliveryKey(bad.Delivery(0), bad), 40)
		}
		r.reopen()
		ds, _, err := r.Lease(bg, jobs, r.clock.Now(), 1)
		r.must(err)
		if len(ds) != 1 || ds[0].Event != good {
			t.Fatalf("leased %v, want the delivery of %s", ds, good)
		}
		if got := r.Stats().Damaged; got != 1 {
			t.Errorf("%d damaged, want 1", got)
		}
		r.must(r.MarkRoute(bg, jobs, store.RouteMark{}))
		if got := r.Pending(jobs); got != 1 {
			t.Errorf("%d pending, want 1", got)
		}
		if _, err := r.Event(bg, bad); err != nil { // so that it can be replayed
			t.Errorf("the event of the damaged delivery: %v", err)
		}
		r.reopen()
		if got := r.Pending(jobs); got != 1 {
			t.Errorf("%d pending after a restart, want 1", got)
		}
	}
}

func TestG3ADamagedMarkDoesNotCount(t *testing.T) {
	r := openRig(t, Hooks{})
	first := r.put("k")
	r.flip(markKey(markBucketOf(first.Time()), r.acceptance("k", nil).Event.Key), 3)
	r.put("k") // taken once more rather than lost
	if got := r.Stats().Damaged; got != 1 {
		t.Errorf("%d damaged, want 1", got)
	}
}

func TestG3DamagedSmallRecords(t *testing.T) {
	r := openRig(t, Hooks{})
	e := r.put("e")
	r.must(r.MarkRoute(bg, jobs, store.RouteMark{Held: true}))
	d := &event.Delivery{ID: r.ids.Delivery(r.clock.Now()), Event: e, Route: jobs, State: event.Pending}
	r.must(r.Add(bg, e, []*event.Delivery{d}))
	r.flip(pointerKey(d.ID), 2)
	r.flip(routePrefix(routeKind, jobs), 0)
	_, err := r.Delivery(bg, d.ID)
	r.is(err, store.ErrDamaged)
	r.reopen()
	routes, err := r.Routes(bg)
	r.must(err)
	if len(routes) != 1 || routes[0].Held || routes[0].Pending != 2 {
		t.Errorf("routes = %+v", routes)
	}
	ds, _, err := r.Lease(bg, jobs, r.clock.Now(), 5)
	r.must(err)
	if len(ds) != 2 {
		t.Errorf("leased %d, want 2: the queue does not need the pointer", len(ds))
	}
}

// reopen closes the store and opens another one on the same directory.
func (r *rig) reopen() {
	r.Helper()
	r.must(r.Close())
	opts := r.opts
	r.Store = New(opts)
	r.Cleanup(func() { _ = r.Store.Close() })
	r.must(r.Open(bg))
}
