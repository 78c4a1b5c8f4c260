package badger

import (
	"context"
	"errors"
	"fmt"
	"slices"

	bdg "github.com/dgraph-io/badger/v4"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// keepingMost is how many bytes of rejected requests may wait to be written. While the disk cannot
// keep up, none are taken that would fill the memory instead.
const keepingMost = 8 << 20

// KeepRejected keeps a request that failed verification, if that costs nobody anything.
func (s *Store) KeepRejected(r *event.Rejected) bool {
	bounds, ok := s.limits().Quarantine[r.Source]
	if !ok || s.disk.level() != diskEnough || s.files.exhausted() || checkSource(r.Source) != nil {
		return false
	}
	ss := s.current.Load()
	if ss == nil || !ss.users.enter() {
		return false
	}
	defer ss.users.leave()
	return ss.trouble() == nil && ss.keep(r, bounds)
}

func (ss *session) keep(r *event.Rejected, bounds store.QuarantineBounds) bool {
	const room = 2 << 10 // for what most requests have besides their body
	record := r.AppendRecord(make([]byte, 0, len(r.Body)+room))
	size := len(record)
	if size > store.MaxRejectedSize || int64(size) > bounds.Bytes || bounds.Requests < 1 {
		return false
	}
	if ss.quarantine.waiting.Add(int64(size)) > keepingMost {
		ss.quarantine.waiting.Add(-int64(size))
		return false
	}
	k := &kept{id: r.ID, source: r.Source, from: senderOf(r.Request.ClientIP), size: size}
	gone := ss.quarantine.take(k, bounds)
	ss.writer.add(&keeping{ss: ss, k: k, pairs: []pair{{k.key(), record}}}, false)
	ss.discard(gone)
	return !slices.Contains(gone, k)
}

// keeping is a KeepRejected on its way through the committer. Nobody waits for it.
type keeping struct {
	ss    *session
	k     *kept
	pairs []pair
}

// apply writes nothing if the request had to make room meanwhile: then its deletion may have been
// queued before it, and nothing would ever delete the record.
func (w *keeping) apply(b *batch) error {
	if w.ss.quarantine.find(w.k.id) != w.k {
		return nil
	}
	return b.put(w.pairs, sizeOf(w.pairs))
}

func (w *keeping) committed(*batch) {}
func (w *keeping) least() diskLevel { return diskLow }

func (w *keeping) finish(err error) {
	w.ss.quarantine.waiting.Add(-int64(w.k.size))
	if err != nil {
		w.ss.quarantine.remove(w.k)
	}
}

// discard deletes the records of what the quarantine dropped, some time soon. One that a crash
// leaves behind is met again when the store opens.
func (ss *session) discard(gone []*kept) {
	const most = 1000 // at a time
	for some := range slices.Chunk(gone, most) {
		pairs := make([]pair, len(some))
		for i, k := range some {
			pairs[i] = pair{key: k.key()}
		}
		ss.writer.add(newPlain(diskFull, pairs...), false)
	}
}

// checkSource refuses names that keys cannot have.
func checkSource(name string) error { return checkRoute(event.Route{Source: name}) }

// Rejected reads one rejected request.
func (s *Store) Rejected(ctx context.Context, id event.RejectedID) (*event.Rejected, error) {
	ss, err := s.use(ctx)
	if err != nil {
		return nil, err
	}
	defer ss.users.leave()
	k := ss.quarantine.find(id)
	if k == nil {
		return nil, noRejected(id)
	}
	var r *event.Rejected
	err = ss.view(func(txn *bdg.Txn) (err error) {
		r, err = ss.readRejected(txn, k)
		return err
	})
	return r, err
}

func noRejected(id event.RejectedID) error {
	return fmt.Errorf("%w: no rejected request %s", store.ErrNotFound, id)
}

// readRejected reads a record. What is damaged is counted.
func (ss *session) readRejected(txn *bdg.Txn, k *kept) (*event.Rejected, error) {
	v, err := get(txn, k.key())
	if err != nil {
		return nil, err
	}
	if v == nil { // not written yet, or gone meanwhile
		return nil, noRejected(k.id)
	}
	r, err := event.DecodeRejected(v)
	if errors.Is(err, event.ErrVersion) {
		return nil, err
	}
	if err != nil || r.ID != k.id || r.Source != k.source || senderOf(r.Request.ClientIP) != k.from {
		ss.damage("rejected request", k.id)
		return nil, fmt.Errorf("%w: rejected request %s", store.ErrDamaged, k.id)
	}
	return r, nil
}

// ListRejected shows what is kept at the time of the call, as far as it still is when its turn comes.
func (s *Store) ListRejected(ctx context.Context, q store.RejectedQuery, visit func(*event.Rejected) bool) error {
	var left []*kept
	listed := false
	return paged(ctx, s, func(ss *session) (rs []*event.Rejected, more bool, err error) {
		if !listed {
			left, listed = ss.quarantine.list(q), true
		}
		rs, left, err = ss.rejectedPage(ctx, q, left)
		return rs, len(left) > 0, err
	}, visit)
}

// rejectedPage reads the first of ks that match, and returns those that are still to be read.
func (ss *session) rejectedPage(ctx context.Context, q store.RejectedQuery, ks []*kept) (rs []*event.Rejected, left []*kept, err error) {
	err = ss.view(func(txn *bdg.Txn) error {
		for p := newPage(); len(ks) > 0 && !p.full(); ks = ks[1:] {
			if err := ctx.Err(); err != nil {
				return err
			}
			p.seen++
			r, err := ss.readRejected(txn, ks[0])
			switch {
			case errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrDamaged):
				continue
			case err != nil:
				return err
			}
			p.bytes += ks[0].size
			if !q.Since.IsZero() && r.ReceivedAt.Before(q.Since) || !q.Until.IsZero() && !r.ReceivedAt.Before(q.Until) {
				continue
			}
			if !q.Body {
				r.Body = nil
			}
			rs = append(rs, r)
			p.found++
		}
		return nil
	})
	return rs, ks, err
}

// RemoveRejected deletes a rejected request.
func (s *Store) RemoveRejected(ctx context.Context, id event.RejectedID) error {
	ss, err := s.use(ctx)
	if err != nil {
		return err
	}
	defer ss.users.leave()
	k := ss.quarantine.find(id)
	if k == nil {
		return noRejected(id)
	}
	p := newPlain(diskFull, pair{key: k.key()})
	p.after = func() { ss.quarantine.remove(k) }
	return ss.writer.do(ctx, p)
}

// sweepQuarantine removes what is past its age.
func (ss *session) sweepQuarantine() {
	ss.discard(ss.quarantine.expire(ss.limits().Quarantine, ss.now()))
}

// quarantineSizes is what is kept, by source; those that may keep something and do not are in it.
func (s *Store) quarantineSizes() map[string]store.QuarantineSize {
	sizes := make(map[string]store.QuarantineSize)
	for source := range s.limits().Quarantine {
		sizes[source] = store.QuarantineSize{}
	}
	if ss := s.current.Load(); ss != nil {
		ss.quarantine.sizes(sizes)
	}
	return sizes
}

// rejectedKey has the source first, so that a name that is reused finds its own alone, and the
// sender in it, so that bounds can be held without reading the record.
func rejectedKey(source string, id event.RejectedID, from sender) []byte {
	b := make([]byte, 0, 2+len(source)+idSize+len(from))
	b = append(append(b, rejectedKind), source...)
	return append(append(append(b, 0), id[:]...), from[:]...)
}

func keptOfKey(key []byte) (*kept, bool) {
	at := len(key) - idSize - len(sender{})
	if at < 2 || key[at-1] != 0 {
		return nil, false
	}
	return &kept{
		source: string(key[1 : at-1]), id: event.RejectedID(key[at:][:idSize]), from: sender(key[at+idSize:]),
	}, true
}
