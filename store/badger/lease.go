package badger

import (
	"context"
	"errors"
	"time"

	bdg "github.com/dgraph-io/badger/v4"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// Lease takes deliveries that are due. Leases are kept in memory: after a restart nothing is leased.
func (s *Store) Lease(ctx context.Context, name event.Route, now time.Time, n int) (ds []*event.Delivery, next time.Time, err error) {
	ss, err := s.use(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	defer ss.users.leave()
	if level := s.disk.level(); level == diskFull {
		return nil, time.Time{}, level.err() // there would be no room for the outcome
	}
	r := ss.queues.find(name)
	if r == nil || n <= 0 {
		return nil, time.Time{}, ctx.Err()
	}
	r.leasing.Lock()
	defer r.leasing.Unlock()
	for len(ds) < n && err == nil {
		if err = ctx.Err(); err != nil {
			break
		}
		var taken []*out
		var more bool
		taken, next, more = ss.queues.take(r, nanos(now), n-len(ds))
		var read []*event.Delivery
		read, err = ss.readTaken(r, taken)
		ds = append(ds, read...)
		if err == nil && more {
			err = ss.fetch(r)
		} else if len(taken) == len(read) {
			break
		}
	}
	if err != nil {
		for _, d := range ds {
			s.Release(d.ID)
		}
		return nil, time.Time{}, err
	}
	if len(ds) == n {
		next = time.Time{}
	}
	return ds, next, nil
}

// take moves up to n due slots out of the window. more says that the window is empty while there is
// more on disk; otherwise next is when the next one is due.
func (q *queues) take(r *route, now int64, n int) (taken []*out, next time.Time, more bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	q.mu.Lock()
	defer q.mu.Unlock()
	for w := r.window.first(); len(taken) < n; w = r.window.first() {
		if w == nil {
			return taken, time.Time{}, r.window.rest != nil
		}
		if w.due > now {
			return taken, fromNanos(w.due), false
		}
		r.window.pop()
		if q.out[w.id] != nil { // who has it puts it back
			continue
		}
		o := &out{id: w.id, refs: 1, leased: true}
		o.mu.Lock() // until it is read: see readTaken
		o.set(r, w.delivery)
		o.slot = w.slot
		q.out[w.id] = o
		taken = append(taken, o)
	}
	return taken, time.Time{}, false
}

// readTaken reads those of the taken deliveries that are not in memory, and lets others get at
// them. The reading begins after the taking, so that no change can have been missed.
func (ss *session) readTaken(r *route, taken []*out) (ds []*event.Delivery, err error) {
	var bad []*out
	for _, o := range taken {
		if o.now == nil {
			err = ss.view(func(txn *bdg.Txn) error { return ss.readSlots(txn, r, taken) })
			break
		}
	}
	for _, o := range taken {
		if err != nil && o.now == nil {
			o.gone = err
		}
		if o.gone == nil {
			ds = append(ds, clone(o.now))
		} else {
			bad = append(bad, o)
		}
		o.mu.Unlock()
	}
	for _, o := range bad {
		ss.queues.endLease(o.id)
		ss.queues.putBack(o)
		if err != nil { // it was not read, which says nothing about it
			r.mu.Lock()
			r.window.put(o.slot, nil)
			r.mu.Unlock()
		}
	}
	return ds, err
}

// readSlots reads the deliveries of slots. What is in a slot but cannot be read is taken out of the
// queue, so that it does not block the rest.
func (ss *session) readSlots(txn *bdg.Txn, r *route, taken []*out) error {
	for _, o := range taken {
		if o.now != nil {
			continue
		}
		d, err := ss.readSlot(txn, o.slot)
		if err == nil && d.Route == r.name && d.State == event.Pending && slotOf(d) == o.slot {
			o.set(r, d)
			continue
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrDamaged) {
			return err
		}
		o.gone = store.ErrNotFound
		key := o.slot.key(r.name)
		if _, err := txn.Get(key); err != nil {
			continue // it was finished or removed meanwhile
		}
		ss.damage("delivery", o.slot.id)
		ss.dequeue(r, o.slot, key)
	}
	return nil
}

// readSlot reads the delivery of a slot. A panic is damage of this one alone, and blocks no other.
func (ss *session) readSlot(txn *bdg.Txn, s slot) (_ *event.Delivery, err error) {
	defer ss.survive(&err)
	return ss.readDelivery(txn, s.id, s.event)
}

// dequeue removes a slot without a delivery.
func (ss *session) dequeue(r *route, s slot, key []byte) {
	p := newPlain(diskFull, pair{key: key})
	p.after = func() { ss.queues.count(r, place{event.Pending, s}, -1) }
	ss.writer.add(p, false)
}

// fetch reads more of the queue into the window.
func (ss *session) fetch(r *route) error {
	r.mu.Lock()
	from := r.window.fetch()
	r.mu.Unlock()
	var read []slot
	var rest *slot
	err := ss.view(func(txn *bdg.Txn) error {
		prefix := routePrefix(queueKind, r.name)
		it := newKeyIterator(txn, prefix)
		defer it.Close()
		for it.Seek(from.append(prefix)); it.Valid(); it.Next() {
			key := it.Item().Key()
			if len(key) != len(prefix)+slotSize {
				continue
			}
			s := slotOfKey(key[len(prefix):])
			if len(read) == fetchMost {
				rest = &s
				break
			}
			read = append(read, s)
		}
		return nil
	})
	if err != nil {
		read, rest = nil, &from
	}
	r.mu.Lock()
	r.window.fetched(read, rest)
	r.mu.Unlock()
	return err
}
