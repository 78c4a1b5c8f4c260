package badger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	bdg "github.com/dgraph-io/badger/v4"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// Events go away by whole spans of arrival time: dropping a span gives its disk space back at once,
// deleting its events one by one only some day. One by one go
//
//   - the finished events of a span in which others are unfinished, or have dead letters that are
//     to be kept, and
//   - those of the span in which the cutoff lies, if waiting for its end would be long measured by
//     the retention.
type sweeps struct {
	mu   sync.Mutex // one at a time
	seen map[span]seen
}

// seen remembers what a look at a span found, so that the next one need not begin from the start.
type seen struct {
	upTo    event.ID  // all events before it were looked at
	changes int       // spanCount.changes before that
	dead    time.Time // when the first kept dead letter may go; zero if there is none
}

// wholeSpansFrom is the retention from which only whole spans go.
const wholeSpansFrom = 20 * spanLength

func (s *sweeps) init() { s.seen = map[span]seen{} }

// sweep removes events past their retention and marks past their window.
func (ss *session) sweep(ctx context.Context) error {
	ss.sweeps.mu.Lock()
	defer ss.sweeps.mu.Unlock()
	limits, now := ss.limits(), ss.now()
	if limits.Retention <= 0 {
		return nil
	}
	if level := ss.disk.level(); level == diskFull {
		return level.err()
	}
	ss.sweepQuarantine()
	cutoff := now.Add(-limits.Retention)
	last := spanOf(event.Before(cutoff))
	var from span
	for {
		s, found, err := ss.nextSpan(from)
		if err != nil {
			return err
		}
		if !found || last.before(s) || s == last && limits.Retention >= wholeSpansFrom {
			break
		}
		if err := ss.sweepSpan(ctx, s, s.before(last), cutoff); err != nil {
			return err
		}
		var more bool
		if from, more = s.next(); !more {
			break
		}
	}
	if err := ss.dropPointers(ctx, cutoff); err != nil {
		return err
	}
	if err := ss.dropMarks(now.Add(-limits.DedupeWindow)); err != nil {
		return err
	}
	return nil
}

// next is the span after s; false if there is none.
func (s span) next() (span, bool) {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i]++; s[i] != 0 {
			return s, true
		}
	}
	return s, false
}

// spanKinds are the kinds of keys that begin with the time of arrival and are dropped with a span.
var spanKinds = []byte{eventKind, deliveryKind, pieceKind}

// nextSpan finds the first span from a given one on that has events, or deliveries, if its events alone
// were dropped before a crash. Pieces that are left go when the store is opened.
func (ss *session) nextSpan(from span) (s span, found bool, err error) {
	err = ss.view(func(txn *bdg.Txn) error {
		for _, kind := range []byte{eventKind, deliveryKind} {
			if next, ok := spanAt(txn, kind, from); ok && (!found || next.before(s)) {
				s, found = next, true
			}
		}
		return nil
	})
	return s, found, err
}

// spanAt is the span of the first key of a kind that is in a given span or behind it.
func spanAt(txn *bdg.Txn, kind byte, from span) (s span, found bool) {
	it := newKeyIterator(txn, []byte{kind})
	defer it.Close()
	if it.Seek(from.prefix(kind)); !it.Valid() {
		return s, false
	}
	copy(s[:], it.Item().Key()[1:])
	return s, true
}

// sweepSpan removes from a span what may go. whole says that all of it is past its retention.
func (ss *session) sweepSpan(ctx context.Context, s span, whole bool, cutoff time.Time) error {
	count := ss.queues.span(s)
	if whole && count.pending == 0 && count.dead == 0 {
		delete(ss.sweeps.seen, s)
		return ss.dropSpan(ctx, s)
	}
	was := ss.sweeps.seen[s]
	now := seen{upTo: was.upTo, changes: count.changes, dead: was.dead}
	if was.changes != count.changes || !was.dead.IsZero() && was.dead.Before(cutoff) {
		now.upTo, now.dead = event.ID{}, time.Time{} // one of those that were kept may go now
	}
	if now.upTo.IsZero() {
		copy(now.upTo[:], s[:])
	}
	unclear := false
	for more := true; more; {
		var rs []*removal
		var err error
		if rs, more, err = ss.findRemovable(ctx, s, &now, cutoff); err != nil {
			return err
		}
		again, err := ss.removeAll(ctx, rs)
		if err != nil {
			return err
		}
		unclear = unclear || again
	}
	if unclear {
		now.upTo = event.ID{}
	}
	ss.sweeps.seen[s] = now
	return nil
}

// findRemovable looks for events of a span that may go, from progress on, up to a page of them.
func (ss *session) findRemovable(ctx context.Context, s span, progress *seen, cutoff time.Time) (rs []*removal, more bool, err error) {
	end := event.Before(cutoff)
	err = ss.view(func(txn *bdg.Txn) error {
		events := newKeyIterator(txn, s.prefix(eventKind))
		defer events.Close()
		rest := newKeyIterator(txn, nil)
		defer rest.Close()
		p := newPage()
		for events.Seek(eventKey(progress.upTo)); events.Valid(); events.Next() {
			if err := ctx.Err(); err != nil {
				return err
			}
			if len(events.Item().Key()) != 1+idSize {
				continue
			}
			id := event.ID(events.Item().Key()[1:])
			if bytes.Compare(id[:], end[:]) >= 0 {
				return nil
			}
			if p.full() {
				more = true
				return nil
			}
			p.seen++
			progress.upTo = id
			ds, err := ss.deliveriesAt(rest, id)
			if err != nil {
				return err
			}
			kept := false
			for _, d := range ds {
				if !keeps(d, cutoff) {
					continue
				}
				kept = true
				if d.State == event.Dead && (progress.dead.IsZero() || d.ChangedAt.Before(progress.dead)) {
					progress.dead = d.ChangedAt
				}
			}
			if kept {
				continue
			}
			rs = append(rs, &removal{ss: ss, id: id, cutoff: cutoff, result: newResult()})
			p.found++
		}
		return nil
	})
	return rs, more, err
}

// removeAll removes events, many in one transaction. Those that are needed again stay; again says that
// some must be looked at once more.
func (ss *session) removeAll(ctx context.Context, rs []*removal) (again bool, err error) {
	if err := ss.findKeys(rs...); err != nil {
		return false, err
	}
	for _, r := range rs {
		ss.writer.add(r, true)
	}
	for _, r := range rs {
		switch err := r.wait(ctx); {
		case errors.Is(err, errAdded):
			again = true
		case err != nil && !errors.Is(err, errKept) && !errors.Is(err, store.ErrNotFound):
			return again, err
		}
	}
	return again, nil
}

// dropSpan removes all of a span at once, unless something in it turns out to be needed.
func (ss *session) dropSpan(ctx context.Context, s span) error {
	n, err := ss.countEvents(ctx, s)
	if err != nil {
		return err
	}
	return ss.alone(func() error {
		if c := ss.queues.span(s); c.pending != 0 || c.dead != 0 {
			return nil
		}
		var prefixes [][]byte
		for _, kind := range spanKinds {
			prefixes = append(prefixes, s.prefix(kind))
		}
		if err := ss.drop(prefixes...); err != nil {
			return err
		}
		ss.queues.forgetSpan(s)
		ss.stats.removed.Add(n)
		ss.log.Debug("dropped a span of events", "events", n)
		return nil
	})
}

// drop removes all keys with the prefixes. Nothing may be written meanwhile.
func (ss *session) drop(prefixes ...[]byte) error {
	if err := ss.db.DropPrefix(prefixes...); err != nil {
		err = fmt.Errorf("dropping a prefix: %w", err)
		ss.fail(err)
		return err
	}
	return nil
}

// countEvents counts the events of a span, in pages.
func (ss *session) countEvents(ctx context.Context, s span) (n int64, err error) {
	from := s.prefix(eventKind)
	for more := true; more && err == nil; {
		more = false
		err = ss.view(func(txn *bdg.Txn) error {
			it := newKeyIterator(txn, s.prefix(eventKind))
			defer it.Close()
			p := newPage()
			for it.Seek(from); it.Valid(); it.Next() {
				if more = p.full(); more {
					from = it.Item().KeyCopy(nil)
					return ctx.Err()
				}
				p.seen++
				n++
			}
			return nil
		})
	}
	return n, err
}

// forgetSpan notes that all deliveries of a span's events were removed. What is being changed must
// not be written any more.
func (q *queues) forgetSpan(s span) {
	q.mu.Lock()
	delete(q.spans, s)
	outs := slices.Collect(maps.Values(q.out))
	q.mu.Unlock()
	for _, o := range outs {
		o.mu.Lock()
		if o.disk != nil && spanOf(o.disk.Event) == s {
			o.gone = fmt.Errorf("%w: %s was removed", store.ErrNotFound, o.id)
		}
		o.mu.Unlock()
	}
}

// dropPointers removes the pointers of deliveries that were added later and are gone with their
// events.
func (ss *session) dropPointers(ctx context.Context, cutoff time.Time) error {
	end := event.Before(cutoff)
	from := []byte{pointerKind}
	for more := true; more; {
		more = false
		var gone []pair
		err := ss.view(func(txn *bdg.Txn) error {
			it := newKeyIterator(txn, []byte{pointerKind})
			defer it.Close()
			p := newPage()
			for it.Seek(from); it.Valid(); it.Next() {
				key := it.Item().KeyCopy(nil)
				if bytes.Compare(key[1:], end[:]) >= 0 {
					return nil
				}
				if more = p.full(); more {
					from = key
					return ctx.Err()
				}
				p.seen++
				_, err := ss.findDelivery(txn, event.DeliveryID(key[1:]))
				if errors.Is(err, store.ErrNotFound) {
					gone = append(gone, pair{key: key})
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if len(gone) > 0 {
			p := newPlain(diskFull, gone...)
			if err := ss.writer.do(ctx, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// dropMarks removes the buckets of marks that are older than every window.
func (ss *session) dropMarks(oldest time.Time) error {
	return ss.alone(func() error {
		for len(ss.marks) > 0 {
			last := ss.marks[len(ss.marks)-1]
			if last >= markBucketOf(oldest) {
				return nil
			}
			if err := ss.drop(last.prefix()); err != nil {
				return err
			}
			ss.marks = ss.marks[:len(ss.marks)-1]
		}
		return nil
	})
}
