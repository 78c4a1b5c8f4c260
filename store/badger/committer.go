package badger

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	bdg "github.com/dgraph-io/badger/v4"

	"github.com/gatepost/gatepost/store"
)

// write is something to be written. The committer calls its methods, one at a time, from one
// goroutine: apply, then committed if the transaction is on stable storage, then finish.
type write interface {
	// apply puts what is to be written into the batch, all or nothing. errFull: try the next batch.
	// Any other error fails this write alone. It may be called again after errFull and when a
	// transaction has to be repeated.
	apply(*batch) error
	// committed brings what is kept in memory up to date.
	committed(*batch)
	// finish tells whoever waits. It is called exactly once.
	finish(error)
	// least is how much room the disk must have.
	least() diskLevel
}

// result is how a write ended, for the one who waits for it. Embedded, it is the write's finish.
type result chan error

func newResult() result { return make(result, 1) }

func (r result) finish(err error) { r <- err }

// wait returns how the write ended. Whoever gives up before that does not stop it.
func (r result) wait(ctx context.Context) error {
	select {
	case err := <-r:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// awaited is a write with a result.
type awaited interface {
	write
	wait(context.Context) error
}

// committer lets all writes that wait at the same time share one transaction and one fsync.
type committer struct {
	ss    *session
	batch batch

	mu    sync.Mutex
	queue []write
	spare []write // the queue before this one, to be used again
	timed bool    // a timer runs
	ended bool
	wake  chan struct{}
	done  chan struct{}

	seq       uint64 // number of the last transaction
	committed atomic.Uint64
}

const (
	lazyDelay = 20 * time.Millisecond // how long a write that is not urgent may wait for company
	lazyMost  = 128                   // writes that wait at most
)

func (c *committer) init(ss *session) {
	c.ss = ss
	c.batch = batch{ss: ss, ready: readySet{}}
	c.wake = make(chan struct{}, 1)
	c.done = make(chan struct{})
}

// add queues a write. One that is not urgent waits a little for others to go with.
func (c *committer) add(w write, urgent bool) {
	c.mu.Lock()
	if c.ended {
		c.mu.Unlock()
		w.finish(store.ErrClosed)
		return
	}
	c.queue = append(c.queue, w)
	urgent = urgent || len(c.queue) >= lazyMost
	if !urgent {
		c.soon(lazyDelay)
	}
	c.mu.Unlock()
	if urgent {
		c.hurry()
	}
}

// do queues a write and waits for its result.
func (c *committer) do(ctx context.Context, w awaited) error {
	c.add(w, true)
	return w.wait(ctx)
}

// soon sees to it that the queue is taken within d. It needs c.mu.
func (c *committer) soon(d time.Duration) {
	if !c.timed {
		c.timed = true
		time.AfterFunc(d, c.hurry)
	}
}

// hurry makes the committer take what is queued now.
func (c *committer) hurry() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// take returns what is queued, and whether there will be nothing more.
func (c *committer) take() ([]write, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ws := c.queue
	c.queue, c.spare = c.spare[:0], ws
	c.timed = false
	return ws, c.ended
}

// stop has everything that is queued written, then ends the goroutine.
func (c *committer) stop() {
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
	c.hurry()
	<-c.done
}

func (c *committer) run() {
	defer close(c.done)
	for range c.wake {
		ws, last := c.take()
		c.process(ws, last)
		c.notify()
		clear(ws)
		if last {
			return
		}
	}
}

// process writes ws in as many transactions as they need.
func (c *committer) process(ws []write, last bool) {
	b := &c.batch
	for len(ws) > 0 {
		if err := c.ss.trouble(); err != nil {
			for _, w := range ws {
				w.finish(err)
			}
			return
		}
		if x, ok := ws[0].(*exclusive); ok {
			x.finish(x.do())
			ws = ws[1:]
			continue
		}
		level := c.ss.disk.before(b.bytes)
		b.begin()
		n := c.fill(ws, level, last)
		ws = ws[n:]
		err := c.commit()
		if errors.Is(err, bdg.ErrTxnTooBig) {
			c.split(last)
			continue
		}
		c.finish(err)
		b.reset()
	}
}

// split repeats the batch in two halves.
func (c *committer) split(last bool) {
	ws := slices.Clone(c.batch.writes)
	c.batch.reset()
	if len(ws) == 1 {
		ws[0].finish(fmt.Errorf("%w: %w", store.ErrTooLarge, bdg.ErrTxnTooBig))
		return
	}
	c.process(ws[:len(ws)/2], last)
	c.process(ws[len(ws)/2:], last)
}

// fill applies writes until the batch is full, and returns how many are dealt with.
func (c *committer) fill(ws []write, level diskLevel, last bool) (n int) {
	b := &c.batch
	for _, w := range ws {
		if _, ok := w.(*exclusive); ok || len(b.writes) == batchWrites {
			break
		}
		if level >= w.least() {
			c.refuse(w, level, last)
			n++
			continue
		}
		err := w.apply(b)
		if errors.Is(err, errFull) {
			break
		}
		n++
		if err != nil {
			w.finish(err)
			continue
		}
		b.writes = append(b.writes, w)
	}
	return n
}

// refuse answers a write for which the disk has no room. An outcome that nobody waits for is kept:
// nobody could do anything about a refusal.
func (c *committer) refuse(w write, level diskLevel, last bool) {
	if f, ok := w.(*flush); ok && !f.awaited() && !last {
		c.mu.Lock()
		c.queue = append(c.queue, f)
		c.soon(diskEvery)
		c.mu.Unlock()
		return
	}
	w.finish(level.err())
}

// commit makes the batch durable. What is in it was not written if it fails, or may yet turn up.
func (c *committer) commit() error {
	if c.batch.empty() {
		return nil
	}
	err := c.batch.commit(c.seq + 1)
	switch {
	case err == nil:
		c.seq++
		c.committed.Store(c.seq)
		return nil
	case errors.Is(err, bdg.ErrTxnTooBig):
		return err
	}
	c.ss.fail(err)
	return c.ss.trouble()
}

// finish answers the writes of the batch.
func (c *committer) finish(err error) {
	b := &c.batch
	if err == nil {
		for _, w := range b.writes {
			w.committed(b)
		}
	}
	for _, w := range b.writes {
		w.finish(err)
	}
}

// notify tells of routes that got something to lease.
func (c *committer) notify() {
	for r := range c.batch.ready {
		c.ss.wake(r)
	}
	clear(c.batch.ready)
}

// seqKey is where the number of the last transaction is kept; every one writes it. See audit.
var seqKey = append([]byte{storeKind}, "seq"...)

func seqValue(seq uint64) []byte { return seal(seqKey, binary.BigEndian.AppendUint64(nil, seq)) }

func (ss *session) loadSeq(txn *bdg.Txn) error {
	v, err := get(txn, seqKey)
	if err != nil || v == nil {
		return err
	}
	b, ok := unseal(seqKey, v)
	if !ok || len(b) != 8 {
		ss.damage("sequence number", "")
		return nil
	}
	ss.writer.seq = binary.BigEndian.Uint64(b)
	ss.writer.committed.Store(ss.writer.seq)
	return nil
}

// exclusive runs do while nothing is written.
type exclusive struct {
	result
	do func() error
}

func (x *exclusive) apply(*batch) error { return nil }
func (x *exclusive) committed(*batch)   {}
func (x *exclusive) least() diskLevel   { return diskFull }

// alone runs do between two transactions.
func (ss *session) alone(do func() error) error {
	x := &exclusive{result: newResult(), do: do}
	ss.writer.add(x, true)
	return <-x.result
}
