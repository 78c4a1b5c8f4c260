package badger

import (
	"encoding/binary"
	"slices"
	"time"

	bdg "github.com/dgraph-io/badger/v4"

	"github.com/gatepost/gatepost/event"
)

// A mark says which event came first with a dedupe key. Marks are kept by buckets of arrival time,
// so that they go away by whole buckets. A mark counts while it is younger than the window asked
// for, and while its event is there or was removed by hand: no mark outlives an event that went
// away with its retention.
type mark struct {
	first   event.ID
	removed bool // by hand
}

// markBucket is an arrival time in units of 2^28 ms, about three days.
type markBucket uint32

func markBucketOf(t time.Time) markBucket { return markBucket(max(t.UnixMilli(), 0) >> 28) }

func (b markBucket) prefix() []byte {
	return binary.BigEndian.AppendUint32([]byte{markKind}, uint32(b))
}

func markKey(b markBucket, k event.Key) []byte { return append(b.prefix(), k[:]...) }

func (m mark) value(key []byte) []byte {
	b := append(make([]byte, 0, idSize+1+4), m.first[:]...)
	flags := byte(0)
	if m.removed {
		flags = 1
	}
	return seal(key, append(b, flags))
}

func readMark(key, value []byte) (m mark, ok bool) {
	b, ok := unseal(key, value)
	if !ok || len(b) != idSize+1 {
		return m, false
	}
	copy(m.first[:], b)
	m.removed = b[idSize] != 0
	return m, true
}

// markBuckets are the buckets that exist, newest first.
type markBuckets []markBucket

func (bs *markBuckets) add(b markBucket) {
	at, found := slices.BinarySearchFunc(*bs, b, func(x, y markBucket) int { return int(int64(y) - int64(x)) })
	if !found {
		*bs = slices.Insert(*bs, at, b)
	}
}

// firstCopy finds the event that came first with the key within the window before id. Buckets
// later than id's are asked too: clocks go back.
func (b *batch) firstCopy(k event.Key, id event.ID, window time.Duration) (event.ID, bool, error) {
	oldest := markBucketOf(id.Time().Add(-window))
	for _, bucket := range b.ss.marks {
		if bucket < oldest {
			break
		}
		key := markKey(bucket, k)
		v, err := b.get(key)
		if err != nil {
			return event.ID{}, false, err
		}
		if v == nil {
			continue
		}
		m, ok := readMark(key, v)
		if !ok { // without it the event is taken once more, as at-least-once allows
			b.ss.damage("dedupe mark", "")
			continue
		}
		if id.Time().Sub(m.first.Time()) >= window {
			continue
		}
		counts := m.removed
		if !counts {
			if counts, err = b.has(eventKey(m.first)); err != nil {
				return event.ID{}, false, err
			}
		}
		if counts {
			return m.first, true, nil
		}
	}
	return event.ID{}, false, nil
}

// loadMarks finds out which buckets exist, by seeking from one to the next.
func (ss *session) loadMarks(txn *bdg.Txn) {
	it := newKeyIterator(txn, []byte{markKind})
	defer it.Close()
	for it.Rewind(); it.Valid(); {
		key := it.Item().Key()
		if len(key) < 5 {
			it.Next()
			continue
		}
		b := markBucket(binary.BigEndian.Uint32(key[1:]))
		ss.marks.add(b)
		it.Seek((b + 1).prefix())
	}
}
