package badger

import (
	"errors"
	"fmt"
	"time"

	bdg "github.com/dgraph-io/badger/v4"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// errFull says that a write does not fit into the batch any more.
var errFull = errors.New("the batch is full")

// pair is a key and its value; a nil value deletes the key.
type pair struct{ key, value []byte }

// present is the value of a key that says everything itself.
var present = []byte{}

// entryOverhead is what Badger counts for an entry beyond its key and value.
const entryOverhead = 16

func sizeOf(pairs []pair) (n int) {
	for _, p := range pairs {
		n += len(p.key) + len(p.value) + entryOverhead
	}
	return n
}

// readySet is the routes that got something to lease.
type readySet map[event.Route]struct{}

// batch is one transaction in the making.
type batch struct {
	ss      *session
	txn     *bdg.Txn
	entries []bdg.Entry // kept between batches: Badger is done with them after the commit
	count   int         // of records that it changes
	bytes   int
	broken  error // what Badger refused although it should have fitted
	writes  []write
	ready   readySet
}

func (b *batch) begin() {
	b.txn = b.ss.db.NewTransaction(true)
	b.count, b.bytes, b.broken = 0, 0, nil
}

// empty reports whether there is nothing to commit.
func (b *batch) empty() bool { return b.bytes == 0 }

func (b *batch) get(key []byte) (_ []byte, err error) {
	defer b.ss.survive(&err)
	return get(b.txn, key)
}

func (b *batch) has(key []byte) (_ bool, err error) {
	defer b.ss.survive(&err)
	_, err = b.txn.Get(key)
	if errors.Is(err, bdg.ErrKeyNotFound) {
		return false, nil
	}
	return err == nil, err
}

// fits reports whether so many pairs can still be put: nil, errFull if the next batch takes them,
// or ErrTooLarge if none ever will.
func (b *batch) fits(pairs, size int) error {
	if b.count+pairs <= batchEntries && b.bytes+size <= batchBytes {
		return nil
	}
	if b.empty() {
		return tooLarge(pairs, size)
	}
	return errFull
}

func tooLarge(pairs, size int) error {
	return fmt.Errorf("%w: it takes %d bytes in %d records", store.ErrTooLarge, size, pairs)
}

// put puts all pairs or, if they do not fit, none. It keeps references to them until the commit.
func (b *batch) put(pairs []pair, size int) error {
	if err := b.fits(len(pairs), size); err != nil {
		return err
	}
	for _, p := range pairs {
		var err error
		if p.value == nil {
			err = b.txn.Delete(p.key)
		} else {
			// Growing moves the slice, not the entries that the transaction has already: they stay
			// where they are until it is done.
			b.entries = append(b.entries, bdg.Entry{Key: p.key, Value: p.value})
			err = b.txn.SetEntry(&b.entries[len(b.entries)-1])
		}
		if err != nil && b.broken == nil {
			b.broken = err
		}
	}
	b.count += len(pairs)
	b.bytes += size
	return nil
}

// commit makes the batch durable.
func (b *batch) commit(seq uint64) error {
	if err := b.txn.SetEntry(bdg.NewEntry(seqKey, seqValue(seq))); err != nil {
		return err
	}
	if b.broken != nil {
		return b.broken
	}
	started := time.Now()
	err := b.ss.opts.Hooks.Commit(b.txn.Commit)
	if err == nil {
		b.ss.stats.commits.Add(1)
		b.ss.stats.commitNanos.Add(int64(time.Since(started)))
	}
	return err
}

// reset forgets the batch, so that the next one can begin.
func (b *batch) reset() {
	b.txn.Discard()
	b.txn = nil
	clear(b.entries)
	b.entries = b.entries[:0]
	clear(b.writes)
	b.writes = b.writes[:0]
}
