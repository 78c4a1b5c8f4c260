package badger

import (
	"context"
	"errors"
	"fmt"

	bdg "github.com/dgraph-io/badger/v4"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// newKeyIterator iterates over keys; values are read only when asked for.
func newKeyIterator(txn *bdg.Txn, prefix []byte) *bdg.Iterator {
	return txn.NewIterator(bdg.IteratorOptions{Prefix: prefix})
}

// newReverseIterator iterates from the last key to the first.
func newReverseIterator(txn *bdg.Txn, kind byte) *bdg.Iterator {
	return txn.NewIterator(bdg.IteratorOptions{Prefix: []byte{kind}, Reverse: true})
}

// Event reads one event with its body.
func (s *Store) Event(ctx context.Context, id event.ID) (*event.Event, error) {
	ss, err := s.use(ctx)
	if err != nil {
		return nil, err
	}
	defer ss.users.leave()
	var e *event.Event
	err = ss.view(func(txn *bdg.Txn) error {
		v, err := get(txn, eventKey(id))
		if err != nil {
			return err
		}
		if v == nil {
			return fmt.Errorf("%w: no event %s", store.ErrNotFound, id)
		}
		e, err = ss.decodeEvent(txn, id, v, true)
		return err
	})
	return e, err
}

// decodeEvent reads a record that is stored under id. What is damaged is counted.
func (ss *session) decodeEvent(txn *bdg.Txn, id event.ID, record []byte, withBody bool) (*event.Event, error) {
	e, x, err := event.DecodeEvent(record)
	if err == nil && e.ID != id {
		err = event.ErrMalformed
	}
	if err == nil && x != nil && withBody {
		e.Body, err = readBody(txn, id, x)
	}
	if err != nil {
		if errors.Is(err, event.ErrVersion) {
			return nil, err
		}
		ss.damage("event", id)
		return nil, fmt.Errorf("%w: event %s", store.ErrDamaged, id)
	}
	if !withBody {
		e.Body = nil
	}
	return e, nil
}

// Delivery reads one delivery.
func (s *Store) Delivery(ctx context.Context, id event.DeliveryID) (*event.Delivery, error) {
	ss, err := s.use(ctx)
	if err != nil {
		return nil, err
	}
	defer ss.users.leave()
	var d *event.Delivery
	err = ss.view(func(txn *bdg.Txn) (err error) {
		d, err = ss.findDelivery(txn, id)
		return err
	})
	if errors.Is(err, store.ErrDamaged) {
		ss.damage("delivery", id)
	}
	return d, err
}

// findDelivery reads a delivery of which only the ID is known.
func (ss *session) findDelivery(txn *bdg.Txn, id event.DeliveryID) (*event.Delivery, error) {
	if hasOrdinal(id) {
		v, err := get(txn, deliveryKey(id, siblingEvent(id)))
		if err != nil {
			return nil, err
		}
		if v != nil {
			return decodeDelivery(id, v)
		}
	}
	key := pointerKey(id)
	v, err := get(txn, key)
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, fmt.Errorf("%w: no delivery %s", store.ErrNotFound, id)
	}
	b, ok := unseal(key, v)
	if !ok || len(b) != idSize {
		return nil, fmt.Errorf("%w: delivery %s", store.ErrDamaged, id)
	}
	return ss.readDelivery(txn, id, event.ID(b))
}

// siblingEvent is the event with which a delivery was made, if it was made with one.
func siblingEvent(id event.DeliveryID) event.ID {
	e := event.ID(id)
	e[siblingBytes], e[siblingBytes+1] = 0, 0
	return e
}

// readDelivery reads a delivery of a known event.
func (ss *session) readDelivery(txn *bdg.Txn, id event.DeliveryID, e event.ID) (*event.Delivery, error) {
	v, err := get(txn, deliveryKey(id, e))
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, fmt.Errorf("%w: no delivery %s", store.ErrNotFound, id)
	}
	return decodeDelivery(id, v)
}

func decodeDelivery(id event.DeliveryID, record []byte) (*event.Delivery, error) {
	d, err := event.DecodeDelivery(record)
	if err == nil && d.ID != id {
		err = event.ErrMalformed
	}
	if errors.Is(err, event.ErrVersion) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%w: delivery %s", store.ErrDamaged, id)
	}
	return d, nil
}

// DeliveriesOf lists the deliveries of an event.
func (s *Store) DeliveriesOf(ctx context.Context, id event.ID) ([]*event.Delivery, error) {
	ss, err := s.use(ctx)
	if err != nil {
		return nil, err
	}
	defer ss.users.leave()
	var ds []*event.Delivery
	err = ss.view(func(txn *bdg.Txn) error {
		it := txn.NewIterator(bdg.IteratorOptions{Prefix: siblingPrefix(id)})
		defer it.Close()
		ds, err = ss.deliveriesAt(it, id)
		return err
	})
	return ds, err
}

// deliveriesAt reads the deliveries of an event, oldest first: those that were made with it, then
// those that were added. A damaged one is counted and left out.
func (ss *session) deliveriesAt(it *bdg.Iterator, id event.ID) (ds []*event.Delivery, err error) {
	added := 0 // they come first in the order of keys
	prefix := siblingPrefix(id)
	for it.Seek(prefix); it.ValidForPrefix(prefix); it.Next() {
		item := it.Item()
		did, sibling, ok := deliveryOfKey(item.Key())
		if !ok {
			continue
		}
		var d *event.Delivery
		err := item.Value(func(v []byte) (err error) {
			d, err = decodeDelivery(did, v)
			return err
		})
		if errors.Is(err, store.ErrDamaged) {
			ss.damage("delivery", did)
			continue
		}
		if err != nil {
			return nil, err
		}
		if !sibling {
			added++
		}
		ds = append(ds, d)
	}
	if added > 0 {
		ds = append(ds[added:len(ds):len(ds)], ds[:added]...)
	}
	return ds, nil
}
