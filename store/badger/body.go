package badger

import (
	"context"
	"fmt"
	"slices"

	bdg "github.com/dgraph-io/badger/v4"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// A body that is too large for its event's record is stored before it, in pieces, each in a
// transaction that others may share. The event's own transaction comes last, so that there is never
// an event without its body. Pieces without an event are removed at the latest when the store is
// opened. The pieces have no checksums of their own: the record has that of the whole body.
const (
	pieceSize   = 512 << 10
	bytesAtOnce = 3 * pieceSize // what one transaction takes
)

// acceptLarge stores the body in pieces, then the rest.
func (ss *session) acceptLarge(ctx context.Context, w *acceptance, body []byte) (store.Receipt, error) {
	if w.window > 0 && w.release.id.IsZero() { // most duplicates need not be written first
		probe := &acceptance{id: w.id, key: w.key, window: w.window, probe: true, result: newResult()}
		if receipt, err := ss.submit(ctx, probe); err != nil || receipt.Duplicate {
			return receipt, err
		}
	}
	if err := ss.storeBodies(ctx, bodyOf{w.id, body}); err != nil {
		ss.dropBody(w.id, w.pieces)
		return store.Receipt{}, err
	}
	return ss.submit(ctx, w)
}

// bodyOf is the body of an event.
type bodyOf struct {
	id   event.ID
	body []byte
}

func piecesOf(body []byte) int { return (len(body) + pieceSize - 1) / pieceSize }

func (ss *session) storeBodies(ctx context.Context, bodies ...bodyOf) error {
	var waiting []*plain
	bytes := 0
	wait := func() error {
		for _, p := range waiting {
			if err := p.wait(ctx); err != nil {
				return err
			}
		}
		waiting, bytes = waiting[:0], 0
		return nil
	}
	for _, b := range bodies {
		n := 0
		for piece := range slices.Chunk(b.body, pieceSize) {
			if bytes+len(piece) > bytesAtOnce {
				if err := wait(); err != nil {
					return err
				}
			}
			// A copy: the caller may go, and take the body along, before the piece is written.
			p := newPlain(diskLow, pair{pieceKey(b.id, n), slices.Clone(piece)})
			ss.writer.add(p, true)
			waiting, bytes, n = append(waiting, p), bytes+len(piece), n+1
		}
	}
	return wait()
}

// dropBody removes pieces that no event needs, some time soon.
func (ss *session) dropBody(id event.ID, pieces int) {
	for n := range pieces {
		ss.writer.add(newPlain(diskFull, pair{key: pieceKey(id, n)}), false)
	}
}

// readBody puts the pieces together. The error says ErrDamaged if they are not what was stored.
func readBody(txn *bdg.Txn, id event.ID, x *event.External) ([]byte, error) {
	body := make([]byte, 0, min(x.Size, 64<<20))
	for n := 0; len(body) < x.Size; n++ {
		item, err := txn.Get(pieceKey(id, n))
		if err == nil {
			err = item.Value(func(v []byte) error {
				body = append(body, v...)
				return nil
			})
		}
		if err != nil {
			return nil, fmt.Errorf("%w: the body of %s is incomplete", store.ErrDamaged, id)
		}
	}
	if err := x.Check(body); err != nil {
		return nil, fmt.Errorf("%w: the body of %s: %w", store.ErrDamaged, id, err)
	}
	return body, nil
}

// dropOrphans removes pieces that were left without an event by a crash.
func (ss *session) dropOrphans(txn *bdg.Txn) error {
	it := newKeyIterator(txn, []byte{pieceKind})
	defer it.Close()
	var last event.ID
	orphan := false
	dropped := 0
	for it.Rewind(); it.Valid(); it.Next() {
		key := it.Item().KeyCopy(nil)
		if len(key) != 1+idSize+2 {
			continue
		}
		if id := event.ID(key[1 : 1+idSize]); id != last {
			last = id
			v, err := get(txn, eventKey(id))
			if err != nil {
				return err
			}
			orphan = v == nil
		}
		if orphan {
			ss.writer.add(newPlain(diskFull, pair{key: key}), false)
			dropped++
		}
	}
	if dropped > 0 {
		ss.log.Info("removed the pieces of bodies whose events were never accepted", "pieces", dropped)
	}
	return nil
}

// plain is a write without conditions.
type plain struct {
	pairs []pair
	need  diskLevel
	after func() // once it is on stable storage; may be nil
	result
}

func newPlain(need diskLevel, pairs ...pair) *plain {
	return &plain{pairs: pairs, need: need, result: newResult()}
}

func (p *plain) apply(b *batch) error { return b.put(p.pairs, sizeOf(p.pairs)) }

func (p *plain) committed(*batch) {
	if p.after != nil {
		p.after()
	}
}

func (p *plain) least() diskLevel { return p.need }
