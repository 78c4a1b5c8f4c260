package badger

import (
	"bytes"
	"context"
	"errors"
	"time"

	bdg "github.com/dgraph-io/badger/v4"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// Lists are read in pages, each in a transaction of its own: one that stays open keeps Badger from
// tidying up. What is found is shown between them, so that a slow reader holds nothing.
const (
	pageFound = 128                    // rows found
	pageSeen  = 4096                   // rows looked at
	pageBytes = 4 << 20                // of records and bodies
	pageTime  = 250 * time.Millisecond // for reading
)

// page watches the bounds of one page.
type page struct {
	started            time.Time
	found, seen, bytes int
}

func newPage() *page { return &page{started: time.Now()} }

func (p *page) full() bool {
	return p.found >= pageFound || p.seen >= pageSeen || p.bytes >= pageBytes ||
		p.seen%64 == 63 && time.Since(p.started) >= pageTime
}

// paged shows what read finds, page after page, until there is no more or visit has seen enough.
func paged[T any](ctx context.Context, s *Store, read func(*session) (found []T, more bool, err error), visit func(T) bool) error {
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		ss, err := s.use(ctx)
		if err != nil {
			return err
		}
		var found []T
		found, more, err = read(ss)
		ss.users.leave()
		if err != nil {
			return err
		}
		for _, v := range found {
			if err := ctx.Err(); err != nil {
				return err
			}
			if !visit(v) {
				return nil
			}
		}
	}
	return nil
}

// row is an event as it is shown.
type row struct {
	event      *event.Event
	deliveries []*event.Delivery
}

// Events shows events, newest first.
func (s *Store) Events(ctx context.Context, q store.EventQuery, visit func(*event.Event, []*event.Delivery) bool) error {
	before := q.Before // the next page begins below it
	if !q.Until.IsZero() {
		// An ID says the time in whole milliseconds only: the one of Until is looked at closely.
		if until := event.Before(q.Until.Add(time.Millisecond)); before.IsZero() || bytes.Compare(until[:], before[:]) < 0 {
			before = until
		}
	}
	return paged(ctx, s, func(ss *session) (rows []row, more bool, err error) {
		rows, before, more, err = ss.eventPage(ctx, q, before)
		return rows, more, err
	}, func(r row) bool { return visit(r.event, r.deliveries) })
}

func (ss *session) eventPage(ctx context.Context, q store.EventQuery, before event.ID) (rows []row, next event.ID, more bool, err error) {
	err = ss.view(func(txn *bdg.Txn) error {
		events := newReverseIterator(txn, eventKind)
		defer events.Close()
		deliveries := txn.NewIterator(bdg.IteratorOptions{Prefix: []byte{deliveryKind}})
		defer deliveries.Close()

		p := newPage()
		for seekBelow(events, eventKind, before[:]); events.Valid(); events.Next() {
			if err := ctx.Err(); err != nil {
				return err
			}
			if p.full() {
				more = true
				return nil
			}
			item := events.Item()
			if len(item.Key()) != 1+idSize {
				continue
			}
			next = event.ID(item.Key()[1:])
			if !q.Since.IsZero() && next.Time().Add(time.Millisecond).Before(q.Since) {
				return nil
			}
			p.seen++
			v, err := item.ValueCopy(nil)
			if err != nil {
				return err
			}
			e, err := ss.decodeEvent(txn, next, v, false)
			if errors.Is(err, store.ErrDamaged) {
				continue
			}
			if err != nil {
				return err
			}
			if !matches(q, e) {
				continue
			}
			if q.Body {
				if e, err = ss.decodeEvent(txn, next, v, true); errors.Is(err, store.ErrDamaged) {
					continue
				} else if err != nil {
					return err
				}
			}
			ds, err := ss.deliveriesAt(deliveries, next)
			if err != nil {
				return err
			}
			rows = append(rows, row{e, ds})
			p.found++
			p.bytes += len(v) + len(e.Body)
		}
		return nil
	})
	return rows, next, more, err
}

func matches(q store.EventQuery, e *event.Event) bool {
	return (q.Source == "" || q.Source == e.Source) &&
		(q.Type == "" || q.Type == e.Type) &&
		(q.Since.IsZero() || !e.ReceivedAt.Before(q.Since)) &&
		(q.Until.IsZero() || e.ReceivedAt.Before(q.Until))
}

// seekBelow moves a reverse iterator to the largest key of a kind that is smaller than kind and id;
// a zero id means the very largest.
func seekBelow(it *bdg.Iterator, kind byte, id []byte) {
	if len(bytes.Trim(id, "\x00")) == 0 {
		it.Seek(append([]byte{kind}, bytes.Repeat([]byte{0xff}, 2*idSize)...))
		return
	}
	key := append([]byte{kind}, id...)
	it.Seek(key)
	if it.Valid() && bytes.Equal(it.Item().Key(), key) {
		it.Next()
	}
}

// Deliveries shows deliveries, newest first.
func (s *Store) Deliveries(ctx context.Context, q store.DeliveryQuery, visit func(*event.Delivery) bool) error {
	before := q.Before
	return paged(ctx, s, func(ss *session) (ds []*event.Delivery, more bool, err error) {
		ds, before, more, err = ss.deliveryPage(ctx, q, before)
		return ds, more, err
	}, visit)
}

func (ss *session) deliveryPage(ctx context.Context, q store.DeliveryQuery, before event.DeliveryID) (ds []*event.Delivery, next event.DeliveryID, more bool, err error) {
	err = ss.view(func(txn *bdg.Txn) error {
		// Those made with their events and those added later are two lists, each in order.
		siblings := newReverseIterator(txn, deliveryKind)
		defer siblings.Close()
		added := newReverseIterator(txn, pointerKind)
		defer added.Close()
		seekBelow(siblings, deliveryKind, before[:])
		seekBelow(added, pointerKind, before[:])

		p := newPage()
		for {
			if err := ctx.Err(); err != nil {
				return err
			}
			if p.full() {
				more = true
				return nil
			}
			p.seen++
			if siblings.Valid() && len(siblings.Item().Key()) != 1+idSize {
				siblings.Next()
				continue
			}
			it := later(siblings, added)
			if it == nil {
				return nil
			}
			next = event.DeliveryID(it.Item().Key()[1:])
			d, err := ss.findDelivery(txn, next)
			it.Next()
			switch {
			case errors.Is(err, store.ErrNotFound): // a pointer that outlived its event
				continue
			case errors.Is(err, store.ErrDamaged):
				ss.damage("delivery", next)
				continue
			case err != nil:
				return err
			}
			if (q.Source == "" || q.Source == d.Route.Source) && (q.Route == "" || q.Route == d.Route.Name) {
				ds = append(ds, d)
				p.found++
			}
		}
	})
	return ds, next, more, err
}

// later returns that of two iterators over keys of a kind and an ID whose ID is the larger one, or
// nil if both are through.
func later(a, b *bdg.Iterator) *bdg.Iterator {
	switch {
	case !a.Valid() && !b.Valid():
		return nil
	case !b.Valid():
		return a
	case !a.Valid():
		return b
	case bytes.Compare(a.Item().Key()[1:], b.Item().Key()[1:]) >= 0:
		return a
	}
	return b
}
