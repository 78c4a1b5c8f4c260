package badger

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

const (
	inlineMost = 512 << 10 // the largest record that has its body inside
	recordMost = 768 << 10 // the largest record at all
)

// acceptance is an Accept on its way through the committer. Everything is encoded before it gets
// there, and nothing in it is the caller's, who may be gone by then.
type acceptance struct {
	id         event.ID
	key        event.Key
	window     time.Duration
	bucket     markBucket
	pairs      []pair
	size       int
	deliveries []*event.Delivery
	pieces     int  // of the body, which is not in the record then
	probe      bool // only look whether it is a duplicate
	release    release

	ss        *session
	first     event.ID
	duplicate bool
	buf       []byte
	result
}

var acceptances = sync.Pool{New: func() any { return &acceptance{result: newResult()} }}

// Accept stores an event, its mark and its deliveries in one atomic write, or finds the first copy.
func (s *Store) Accept(ctx context.Context, a store.Acceptance) (store.Receipt, error) {
	ss, err := s.useForEvents(ctx)
	if err != nil {
		return store.Receipt{}, err
	}
	defer ss.users.leave()
	w, err := newAcceptance(a)
	if err != nil {
		return store.Receipt{}, err
	}
	if w.pieces > 0 {
		return ss.acceptLarge(ctx, w, a.Event.Body)
	}
	return ss.submit(ctx, w)
}

// useForEvents is use for writes that are refused before files run out. On success, users.leave must
// follow.
func (s *Store) useForEvents(ctx context.Context) (*session, error) {
	ss, err := s.use(ctx)
	if err != nil {
		return nil, err
	}
	if s.files.exhausted() {
		ss.users.leave()
		return nil, fmt.Errorf("%w: too many files are open", store.ErrOverloaded)
	}
	return ss, nil
}

// submit hands the acceptance over and waits. After an error it must not be used again.
func (ss *session) submit(ctx context.Context, w *acceptance) (store.Receipt, error) {
	w.ss = ss
	if err := ss.writer.do(ctx, w); err != nil {
		return store.Receipt{}, err
	}
	receipt := w.receipt()
	w.recycle()
	return receipt, nil
}

func (w *acceptance) receipt() store.Receipt {
	if w.duplicate {
		return store.Receipt{ID: w.first, Duplicate: true}
	}
	return store.Receipt{ID: w.id}
}

func newAcceptance(a store.Acceptance) (*acceptance, error) {
	e := a.Event
	w := acceptances.Get().(*acceptance)
	w.id, w.key, w.window, w.release.id = e.ID, e.Key, a.Window, a.Rejected
	if w.key.IsZero() {
		w.window = 0
	}
	if len(e.Body) > inlineMost {
		w.takeBodyOut(e)
	} else if w.buf = e.AppendRecord(w.buf[:0], true); len(w.buf) > inlineMost && len(e.Body) > 0 {
		w.takeBodyOut(e)
	}
	if n := len(w.buf); n > recordMost {
		return nil, fmt.Errorf("%w: the event takes %d bytes without its body", store.ErrTooLarge, n)
	}
	w.pairs = append(w.pairs, pair{eventKey(e.ID), w.buf})
	if w.window > 0 {
		w.bucket = markBucketOf(e.ID.Time())
		key := markKey(w.bucket, e.Key)
		w.pairs = append(w.pairs, pair{key, mark{first: e.ID}.value(key)})
	}
	for _, d := range a.Deliveries {
		if err := checkRoute(d.Route); err != nil {
			return nil, err
		}
		d = clone(d)
		w.deliveries = append(w.deliveries, d)
		w.pairs = appendDelivery(w.pairs, d)
	}
	w.size = sizeOf(w.pairs)
	return w, nil
}

// appendDelivery appends what a new delivery is stored as.
func appendDelivery(pairs []pair, d *event.Delivery) []pair {
	pairs = append(pairs, pair{deliveryKey(d.ID, d.Event), d.AppendRecord(nil)})
	if !isSibling(d.ID, d.Event) {
		key := pointerKey(d.ID)
		pairs = append(pairs, pair{key, seal(key, slices.Clone(d.Event[:]))})
	}
	if key := placeOf(d).key(d.Route); key != nil {
		pairs = append(pairs, pair{key, present})
	}
	return pairs
}

// checkRoute refuses names that keys cannot have. Configurations do not have them either.
func checkRoute(r event.Route) error {
	const most = 512
	switch {
	case strings.ContainsRune(r.Source, 0) || strings.ContainsRune(r.Name, 0):
		return fmt.Errorf("the route %q has a zero byte in its name", r)
	case len(r.Source)+len(r.Name) > most:
		return fmt.Errorf("%w: the names of source and route have more than %d bytes", store.ErrTooLarge, most)
	}
	return nil
}

// recycle makes the acceptance available again. Its buffers must not be in use any more.
func (w *acceptance) recycle() {
	const most = 64 << 10
	buf, pairs, deliveries, result := w.buf, w.pairs, w.deliveries, w.result
	clear(pairs)
	clear(deliveries)
	*w = acceptance{pairs: pairs[:0], deliveries: deliveries[:0], result: result}
	if cap(buf) <= most {
		w.buf = buf
	}
	acceptances.Put(w)
}

// takeBodyOut makes the record anew, without the body.
func (w *acceptance) takeBodyOut(e *event.Event) {
	w.pieces = piecesOf(e.Body)
	w.buf = e.AppendRecord(w.buf[:0], false)
}

func (w *acceptance) apply(b *batch) error {
	if err := w.judge(b); err != nil || w.probe {
		return err
	}
	pairs, size := len(w.pairs), w.size
	if w.duplicate {
		pairs, size = 0, 0
	} else if err := w.checkBody(b); err != nil {
		return err
	}
	if err := w.release.apply(b, pairs, size); err != nil || w.duplicate {
		return err
	}
	return w.put(b)
}

// judge says whether it is a duplicate.
func (w *acceptance) judge(b *batch) (err error) {
	w.duplicate = false
	if w.window > 0 {
		w.first, w.duplicate, err = b.firstCopy(w.key, w.id, w.window)
	}
	return err
}

// checkBody sees whether a body that was stored before is still there: with a clock that jumped far
// ahead meanwhile, its span may have gone with its retention.
func (w *acceptance) checkBody(b *batch) error {
	if w.pieces == 0 {
		return nil
	}
	found, err := b.has(pieceKey(w.id, 0))
	if err == nil && !found {
		err = fmt.Errorf("%w: the body of %s went before its event was stored", store.ErrUnavailable, w.id)
	}
	return err
}

func (w *acceptance) put(b *batch) error {
	if err := b.put(w.pairs, w.size); err != nil {
		return err
	}
	if w.window > 0 {
		b.ss.marks.add(w.bucket)
	}
	return nil
}

func (w *acceptance) committed(b *batch) {
	if w.probe {
		return
	}
	w.release.committed(b)
	if w.duplicate {
		return
	}
	for _, d := range w.deliveries {
		b.ss.queues.added(d, b.ready)
	}
}

func (w *acceptance) finish(err error) {
	w.giveUpBody(w.ss, err)
	w.result.finish(err)
}

// giveUpBody removes the body that was stored before the event, unless the event was stored too.
// Whoever asked for it may be gone by now.
func (w *acceptance) giveUpBody(ss *session, err error) {
	if err != nil || w.duplicate {
		ss.dropBody(w.id, w.pieces)
	}
}

func (w *acceptance) least() diskLevel { return diskLow }
