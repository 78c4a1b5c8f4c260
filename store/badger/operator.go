package badger

import (
	"context"
	"errors"
	"fmt"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// Add stores new deliveries of a stored event.
func (s *Store) Add(ctx context.Context, id event.ID, ds []*event.Delivery) error {
	ss, err := s.use(ctx)
	if err != nil {
		return err
	}
	defer ss.users.leave()
	a := &addition{ss: ss, id: id, result: newResult()}
	for _, d := range ds {
		if err := checkRoute(d.Route); err != nil {
			return err
		}
		if d.Event != id {
			return fmt.Errorf("delivery %s is of event %s, not of %s", d.ID, d.Event, id)
		}
		d = clone(d)
		a.deliveries = append(a.deliveries, d)
		a.pairs = appendDelivery(a.pairs, d)
	}
	a.size = sizeOf(a.pairs)
	return ss.writer.do(ctx, a)
}

// addition is an Add on its way through the committer.
type addition struct {
	ss         *session
	id         event.ID
	deliveries []*event.Delivery
	pairs      []pair
	size       int
	result
}

func (a *addition) apply(b *batch) error {
	if found, err := b.has(eventKey(a.id)); err != nil || !found {
		if err == nil {
			err = fmt.Errorf("%w: no event %s", store.ErrNotFound, a.id)
		}
		return err
	}
	a.ss.additions.of(a.id).Add(1) // for a removal in this batch
	return b.put(a.pairs, a.size)
}

func (a *addition) committed(b *batch) {
	a.ss.additions.of(a.id).Add(1) // for one whose keys were found before the commit
	for _, d := range a.deliveries {
		a.ss.queues.added(d, b.ready)
	}
}

func (a *addition) least() diskLevel { return diskFull }

// Remove deletes an event and its deliveries, whatever their state.
func (s *Store) Remove(ctx context.Context, id event.ID) error {
	ss, err := s.use(ctx)
	if err != nil {
		return err
	}
	defer ss.users.leave()
	r := &removal{ss: ss, id: id, byHand: true, result: newResult()}
	for {
		if err := ss.findKeys(r); err != nil {
			return err
		}
		if err := ss.writer.do(ctx, r); !errors.Is(err, errAdded) {
			return err
		}
	}
}
