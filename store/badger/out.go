package badger

import (
	"context"
	"fmt"
	"slices"
	"sync"

	bdg "github.com/dgraph-io/badger/v4"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// out is a delivery that is leased, being changed, or on its way to the disk. All changes to a
// delivery go through it, one after the other, so none of them needs to read first and none
// overtakes another. Its latest state is here; the disk follows.
type out struct {
	id event.DeliveryID

	// Guarded by queues.mu.
	refs   int // one for the lease, one for each change under way, one for each flush
	leased bool

	mu     sync.Mutex
	gone   error // why there is no such delivery (any more); nil if there is
	route  *route
	slot   slot            // where it was leased from
	disk   *event.Delivery // as stored. What is pointed to is never changed
	now    *event.Delivery // as it is to be
	queued *flush          // not yet applied
}

// clone copies a delivery so that changing one leaves the other alone.
func clone(d *event.Delivery) *event.Delivery {
	c := *d
	c.Attempts = slices.Clone(d.Attempts)
	return &c
}

func (o *out) set(r *route, d *event.Delivery) { o.route, o.disk, o.now = r, d, d }

// takeOut returns the delivery for a change, reading it if it is not out already. putBack must
// follow.
func (ss *session) takeOut(id event.DeliveryID) *out {
	q := &ss.queues
	q.mu.Lock()
	o := q.out[id]
	if o != nil {
		o.refs++
		q.mu.Unlock()
		return o
	}
	o = &out{id: id, refs: 1}
	o.mu.Lock() // others wait here until it is read
	defer o.mu.Unlock()
	q.out[id] = o
	q.mu.Unlock()

	o.gone = ss.view(func(txn *bdg.Txn) error {
		d, err := ss.findDelivery(txn, id)
		if err == nil {
			o.set(q.route(d.Route), d)
		}
		return err
	})
	return o
}

// putBack gives up a reference. After the last one the delivery returns to its queue.
func (q *queues) putBack(o *out) {
	o.mu.Lock()
	r := o.route
	o.mu.Unlock()
	if r != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
	}
	q.mu.Lock()
	o.refs--
	last := o.refs == 0
	if last {
		delete(q.out, o.id)
	}
	q.mu.Unlock()
	if !last || r == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.gone == nil && o.disk.State == event.Pending {
		r.window.put(slotOf(o.disk), o.disk)
	}
}

// forget notes that deliveries were removed, so that those that are out are not written any more.
func (q *queues) forget(ids ...event.DeliveryID) {
	for _, id := range ids {
		q.mu.RLock()
		o := q.out[id]
		q.mu.RUnlock()
		if o != nil {
			o.mu.Lock()
			o.gone = fmt.Errorf("%w: %s was removed", store.ErrNotFound, id)
			o.mu.Unlock()
		}
	}
}

// step applies a step to the latest state and sees to it that the result is written. It returns the
// write, and a copy of what the delivery is now.
func (ss *session) step(o *out, step store.Step, urgent bool) (*flush, *event.Delivery, error) {
	o.mu.Lock()
	if o.gone != nil {
		defer o.mu.Unlock()
		return nil, nil, o.gone
	}
	d := clone(o.now)
	if err := step(d); err != nil {
		o.mu.Unlock()
		return nil, nil, err
	}
	o.now = d
	f, isNew := o.queued, false
	if f == nil {
		f, isNew = &flush{ss: ss, o: o, done: make(chan struct{})}, true
		o.queued = f
		ss.queues.mu.Lock()
		o.refs++
		ss.queues.mu.Unlock()
	}
	f.waited = f.waited || urgent
	d = clone(d)
	o.mu.Unlock()

	switch {
	case isNew:
		ss.writer.add(f, urgent)
	case urgent:
		ss.writer.hurry()
	}
	return f, d, nil
}

// Settle applies the step in memory and leaves the writing to a later commit.
func (s *Store) Settle(ctx context.Context, id event.DeliveryID, step store.Step) error {
	ss, err := s.use(ctx)
	if err != nil {
		return err
	}
	defer ss.users.leave()
	o := ss.queues.endLease(id)
	if o == nil {
		return fmt.Errorf("%w: %s is not leased", store.ErrNotFound, id)
	}
	_, _, err = ss.step(o, step, false)
	ss.queues.putBack(o)
	if err != nil {
		ss.wake(o.route.name)
	}
	return err
}

// Release gives the delivery back.
func (s *Store) Release(id event.DeliveryID) {
	ss := s.current.Load()
	if ss == nil || !ss.users.enter() {
		return // and with the session its leases are gone
	}
	defer ss.users.leave()
	if o := ss.queues.endLease(id); o != nil {
		ss.queues.putBack(o)
		ss.wake(o.route.name)
	}
}

// endLease returns the leased delivery; the lease's reference is now the caller's.
func (q *queues) endLease(id event.DeliveryID) *out {
	q.mu.Lock()
	defer q.mu.Unlock()
	o := q.out[id]
	if o == nil || !o.leased {
		return nil
	}
	o.leased = false
	return o
}

// Change applies the step and waits until that is on stable storage.
func (s *Store) Change(ctx context.Context, id event.DeliveryID, step store.Step) (*event.Delivery, error) {
	ss, err := s.use(ctx)
	if err != nil {
		return nil, err
	}
	defer ss.users.leave()
	o := ss.takeOut(id)
	defer ss.queues.putBack(o)
	f, d, err := ss.step(o, step, true)
	if err != nil {
		return nil, err
	}
	select {
	case <-f.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if f.err != nil {
		return nil, f.err
	}
	return d, nil
}

// flush writes the latest state of a delivery that is out.
type flush struct {
	ss     *session
	o      *out
	waited bool // someone wants to know how it ends; guarded by o.mu

	d    *event.Delivery // what was written
	done chan struct{}
	err  error
}

func (f *flush) awaited() bool {
	f.o.mu.Lock()
	defer f.o.mu.Unlock()
	return f.waited
}

func (f *flush) apply(b *batch) error {
	o := f.o
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.gone != nil {
		return o.gone
	}
	r, d := o.route.name, o.now
	pairs := []pair{{deliveryKey(d.ID, d.Event), d.AppendRecord(nil)}}
	if from, to := placeOf(o.disk), placeOf(d); from != to {
		if key := from.key(r); key != nil {
			pairs = append(pairs, pair{key: key})
		}
		if key := to.key(r); key != nil {
			pairs = append(pairs, pair{key, present})
		}
	}
	if err := b.put(pairs, sizeOf(pairs)); err != nil {
		return err
	}
	f.d = d
	o.noLonger(f) // a step from here on needs another flush
	return nil
}

// noLonger notes that the flush is not waiting to be applied any more.
func (o *out) noLonger(f *flush) {
	if o.queued == f {
		o.queued = nil
	}
}

func (f *flush) committed(b *batch) {
	o, q := f.o, &f.ss.queues
	o.mu.Lock()
	from := o.disk
	o.disk = f.d
	r := o.route
	o.mu.Unlock()
	if was, is := placeOf(from), placeOf(f.d); was != is {
		q.count(r, was, -1)
		q.count(r, is, 1)
	}
	r.mu.Lock()
	r.window.drop(o.id) // it comes back, as it is now, when it is put back
	r.mu.Unlock()
	if from.State != f.d.State && f.d.State.Finished() {
		f.ss.stats.ended[f.d.State].Add(1)
	}
	if f.d.State == event.Pending {
		b.ready[r.name] = struct{}{}
	}
}

func (f *flush) finish(err error) {
	o := f.o
	o.mu.Lock()
	o.noLonger(f)
	if err != nil && o.queued == nil {
		o.now = o.disk // nothing of it happened
	}
	o.mu.Unlock()
	f.ss.queues.putBack(o) // before a Change returns, so that a Lease after it finds the delivery
	f.err = err
	close(f.done)
}

func (f *flush) least() diskLevel { return diskFull }
