package badger

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	bdg "github.com/dgraph-io/badger/v4"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// errAdded says that deliveries were added since those of the event were looked up.
var errAdded = errors.New("deliveries were added meanwhile")

// errKept says that a delivery keeps the event from being removed.
var errKept = errors.New("the event is still needed")

// removedAtOnce is how many deliveries one transaction removes.
const removedAtOnce = 250

// removal deletes one event with all that belongs to it, in as many transactions as its deliveries
// need. The event goes with the last of them: what a crash leaves can be found, and removed again. Its
// keys are found beforehand, outside of the committer; what has changed since then is noticed.
type removal struct {
	ss        *session
	id        event.ID
	byHand    bool      // remove it whatever its deliveries are, and let its mark stay
	cutoff    time.Time // if not by hand: keep dead letters that died later
	additions int64     // those of the event before its keys were found

	deliveries []event.DeliveryID // that are yet to be removed: those that were added come first
	pieces     int

	part   []event.DeliveryID // of them, what the next transaction removes
	places []placed           // what those were
	gone   bool               // the event is
	result
}

// additions counts each Add, so that a removal notices one of its event. Events share 256 counters
// by the last byte of their IDs that differs: replays of others seldom make a removal begin anew.
type additions [256]atomic.Int64

func (a *additions) of(id event.ID) *atomic.Int64 { return &a[id[siblingBytes-1]] }

// placed is a delivery's place and its route.
type placed struct {
	route event.Route
	place place
}

// findKeys looks up what belongs to the events that are to be removed.
func (ss *session) findKeys(rs ...*removal) error {
	for _, r := range rs {
		r.additions = ss.additions.of(r.id).Load()
	}
	return ss.view(func(txn *bdg.Txn) error {
		it := newKeyIterator(txn, nil)
		defer it.Close()
		for _, r := range rs {
			if err := r.find(txn, it); err != nil {
				return err
			}
		}
		return nil
	})
}

// find looks up the event's keys, with an iterator over all keys of the transaction. Pieces are asked for
// one by one: to find that there is none, the iterator would pass over all that was deleted behind them.
func (r *removal) find(txn *bdg.Txn, it *bdg.Iterator) error {
	r.deliveries, r.pieces = nil, 0
	prefix := siblingPrefix(r.id)
	for it.Seek(prefix); it.ValidForPrefix(prefix); it.Next() {
		if did, _, ok := deliveryOfKey(it.Item().Key()); ok {
			r.deliveries = append(r.deliveries, did)
		}
	}
	for ; ; r.pieces++ {
		_, err := txn.Get(pieceKey(r.id, r.pieces))
		if errors.Is(err, bdg.ErrKeyNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *removal) apply(b *batch) error {
	if r.additions != r.ss.additions.of(r.id).Load() {
		return errAdded
	}
	key := eventKey(r.id)
	record, err := b.get(key)
	if err != nil {
		return err
	}
	if record == nil {
		return fmt.Errorf("%w: no event %s", store.ErrNotFound, r.id)
	}
	pairs, err := r.nextPart(b)
	if err != nil {
		return err
	}
	if r.isLast() {
		pairs = append(pairs, pair{key: key})
		for n := range r.pieces {
			pairs = append(pairs, pair{key: pieceKey(r.id, n)})
		}
		if r.byHand {
			mark, err := r.keepMark(b, record)
			if err != nil {
				return err
			}
			pairs = append(pairs, mark...)
		}
	}
	if err := b.put(pairs, sizeOf(pairs)); err != nil {
		return err
	}
	r.ss.queues.forget(r.part...) // a step that is waiting to be written must not bring one back
	return nil
}

// nextPart is the removal of the next deliveries.
func (r *removal) nextPart(b *batch) (pairs []pair, err error) {
	r.part, r.places = r.deliveries[:min(len(r.deliveries), removedAtOnce)], r.places[:0]
	for _, did := range r.part {
		key := deliveryKey(did, r.id)
		pairs = append(pairs, pair{key: key})
		if !isSibling(did, r.id) {
			pairs = append(pairs, pair{key: pointerKey(did)})
		}
		v, err := b.get(key)
		if err != nil {
			return nil, err
		}
		d, err := decodeDelivery(did, v)
		if err != nil { // damaged: its slot, if it has one, goes when it is met
			continue
		}
		if !r.byHand && keeps(d, r.cutoff) {
			return nil, errKept
		}
		p := placeOf(d)
		if key := p.key(d.Route); key != nil {
			pairs = append(pairs, pair{key: key})
		}
		r.places = append(r.places, placed{d.Route, p})
	}
	return pairs, nil
}

// isLast reports whether the event goes with this part of its deliveries.
func (r *removal) isLast() bool { return len(r.part) == len(r.deliveries) }

// keeps reports whether a delivery keeps its event from being removed.
func keeps(d *event.Delivery, cutoff time.Time) bool {
	return !d.State.Finished() || d.State == event.Dead && !d.ChangedAt.Before(cutoff)
}

// keepMark lets the event's mark count although the event is gone.
func (r *removal) keepMark(b *batch, record []byte) ([]pair, error) {
	e, _, err := event.DecodeEvent(record)
	if err != nil || e.Key.IsZero() {
		return nil, nil
	}
	key := markKey(markBucketOf(r.id.Time()), e.Key)
	v, err := b.get(key)
	if err != nil || v == nil {
		return nil, err
	}
	m, ok := readMark(key, v)
	if !ok || m.first != r.id {
		return nil, nil
	}
	m.removed = true
	return []pair{{key, m.value(key)}}, nil
}

func (r *removal) committed(*batch) {
	q := &r.ss.queues
	q.forget(r.part...) // again: one may have been read before the commit
	for _, p := range r.places {
		id := p.place.slot.id
		route := q.route(p.route)
		q.count(route, p.place, -1)
		route.mu.Lock()
		q.forget(id) // one that was leased meanwhile, from the window
		route.window.drop(id)
		route.mu.Unlock()
	}
	if r.gone = r.isLast(); r.gone && !r.byHand {
		r.ss.stats.removed.Add(1)
	}
	r.deliveries = r.deliveries[len(r.part):]
}

// wait waits until the event is gone. What others write goes between its transactions.
func (r *removal) wait(ctx context.Context) error {
	for {
		if err := r.result.wait(ctx); err != nil || r.gone {
			return err
		}
		r.ss.writer.add(r, true)
	}
}

func (r *removal) least() diskLevel { return diskFull }
