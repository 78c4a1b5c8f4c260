package badger

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// group is an AcceptAll on its way through the committer: acceptances that are stored by one
// transaction or not at all.
type group struct {
	ss      *session
	members []*acceptance
	release release
	probe   bool // only look which are duplicates
	result
}

// AcceptAll stores several events as Accept does, in one atomic write.
func (s *Store) AcceptAll(ctx context.Context, as []store.Acceptance) ([]store.Receipt, error) {
	ss, err := s.useForEvents(ctx)
	if err != nil {
		return nil, err
	}
	defer ss.users.leave()
	g, apart, err := newGroup(as)
	if err != nil {
		return nil, err
	}
	g.ss = ss
	if len(apart) > 0 {
		if g.probe = g.release.id.IsZero(); g.probe {
			if receipts, err := ss.submitAll(ctx, g); err != nil || !slices.ContainsFunc(receipts, isNew) {
				return receipts, err // all duplicates: their bodies need not be written
			}
			g.probe = false
		}
		if err := ss.storeBodies(ctx, apart...); err != nil {
			for _, w := range g.members {
				w.giveUpBody(ss, err)
			}
			return nil, err
		}
	}
	receipts, err := ss.submitAll(ctx, g)
	if err != nil {
		return nil, err
	}
	for _, w := range g.members {
		w.recycle()
	}
	return receipts, nil
}

func isNew(r store.Receipt) bool { return !r.Duplicate }

// newGroup encodes the acceptances. If they are too much for one transaction, the largest bodies are
// to be stored before it, apart from their records.
func newGroup(as []store.Acceptance) (g *group, apart []bodyOf, err error) {
	g = &group{members: make([]*acceptance, len(as)), result: newResult()}
	pairs, size := 0, 0
	least := 0 // what the transaction would take with all bodies stored before it
	for i, a := range as {
		w, err := newAcceptance(a)
		if err != nil {
			return nil, nil, err
		}
		g.members[i] = w
		g.release.id = a.Rejected
		pairs, size, least = pairs+len(w.pairs), size+w.size, least+w.size
		if w.pieces > 0 {
			apart = append(apart, bodyOf{w.id, a.Event.Body})
		} else {
			least -= len(a.Event.Body)
		}
		if least > batchBytes { // each has all of the headers: the rest is not built for nothing
			return nil, nil, fmt.Errorf("%w: %d of %d events take %d bytes without their bodies", store.ErrTooLarge, i+1, len(as), least)
		}
	}
	if size > batchBytes {
		const worthIt = 64 // bytes of a body, below which its key takes more than it saves
		for _, i := range byBody(as) {
			w, body := g.members[i], as[i].Event.Body
			if len(body) < worthIt || size <= batchBytes {
				break
			}
			if w.pieces > 0 {
				continue
			}
			size -= w.size
			w.size -= len(w.buf)
			w.takeBodyOut(as[i].Event)
			w.pairs[0].value = w.buf
			w.size += len(w.buf)
			size += w.size
			apart = append(apart, bodyOf{w.id, body})
		}
	}
	if size > batchBytes || pairs > batchEntries {
		return nil, nil, tooLarge(pairs, size)
	}
	return g, apart, nil
}

// byBody lists the indexes of acceptances, the largest body first.
func byBody(as []store.Acceptance) []int {
	order := make([]int, len(as))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(len(as[j].Event.Body), len(as[i].Event.Body)) })
	return order
}

// submitAll hands the group over and waits. After an error it must not be used again.
func (ss *session) submitAll(ctx context.Context, g *group) ([]store.Receipt, error) {
	if err := ss.writer.do(ctx, g); err != nil {
		return nil, err
	}
	receipts := make([]store.Receipt, len(g.members))
	for i, w := range g.members {
		receipts[i] = w.receipt()
	}
	return receipts, nil
}

// apply puts what is no duplicate. Nothing is put before all of it is known to fit.
func (g *group) apply(b *batch) error {
	first := make(map[event.Key]event.ID, len(g.members))
	pairs, size := 0, 0
	for _, w := range g.members {
		if err := w.judge(b); err != nil {
			return err
		}
		if id, ok := first[w.key]; ok && w.window > 0 && !w.duplicate {
			w.first, w.duplicate = id, true
		}
		if !w.duplicate {
			if !g.probe {
				if err := w.checkBody(b); err != nil {
					return err
				}
			}
			first[w.key] = w.id
			pairs, size = pairs+len(w.pairs), size+w.size
		}
	}
	if g.probe {
		return nil
	}
	if err := g.release.apply(b, pairs, size); err != nil {
		return err
	}
	for _, w := range g.members {
		if w.duplicate {
			continue
		}
		if err := w.put(b); err != nil {
			return err
		}
	}
	return nil
}

func (g *group) committed(b *batch) {
	if g.probe {
		return
	}
	g.release.committed(b)
	for _, w := range g.members {
		w.committed(b)
	}
}

func (g *group) finish(err error) {
	if !g.probe {
		for _, w := range g.members {
			w.giveUpBody(g.ss, err)
		}
	}
	g.result.finish(err)
}

func (g *group) least() diskLevel { return diskLow }
