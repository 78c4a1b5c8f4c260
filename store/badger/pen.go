package badger

import (
	"bytes"
	"container/heap"
	"container/list"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	bdg "github.com/dgraph-io/badger/v4"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// quarantine knows what is kept of rejected requests: where, whose and how large, but not what is
// in them. It decides who makes room. The bounds of the sources bound it too.
type quarantine struct {
	mu   sync.Mutex
	kept map[event.RejectedID]*kept
	pens map[string]*pen // by source

	waiting atomic.Int64 // bytes that are yet to be written
}

// kept is one request. It does not change, its place apart.
type kept struct {
	id     event.RejectedID
	source string
	from   sender
	size   int           // of the record, in bytes
	place  *list.Element // in its share
}

func (k *kept) key() []byte { return rejectedKey(k.source, k.id, k.from) }

// pen is what is kept of one source.
type pen struct {
	store.QuarantineSize
	shares   map[sender]*share // none is empty
	rankings [2]ranking
}

// share is what of a pen came from one sender, the oldest first.
type share struct {
	list  list.List
	bytes int64
	at    [2]int // in the pen's rankings
}

func (s *share) oldest() *kept { return s.list.Front().Value.(*kept) }

// sender is the client address that a request came from. Of an IPv6 address it is the network of 64
// bits, since whoever has one address has the others too.
type sender [8]byte

func senderOf(ip string) (s sender) {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return s
	}
	if addr = addr.Unmap(); addr.Is4() {
		b := addr.As4()
		copy(s[4:], b[:])
		return s
	}
	b := addr.As16()
	copy(s[:], b[:])
	return s
}

func (q *quarantine) init() {
	q.kept = make(map[event.RejectedID]*kept)
	q.pens = make(map[string]*pen)
}

// load finds what is kept by its keys.
func (q *quarantine) load(txn *bdg.Txn) {
	q.mu.Lock()
	defer q.mu.Unlock()
	it := newKeyIterator(txn, []byte{rejectedKind})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if k, ok := keptOfKey(it.Item().Key()); ok {
			k.size = int(it.Item().ValueSize())
			q.add(k)
		}
	}
}

// add needs q.mu.
func (q *quarantine) add(k *kept) {
	if twin := q.kept[k.id]; twin != nil {
		q.drop(twin)
	}
	p := q.pens[k.source]
	if p == nil {
		p = &pen{shares: make(map[sender]*share), rankings: newRankings()}
		q.pens[k.source] = p
	}
	q.kept[k.id] = k
	p.Requests++
	p.Bytes += int64(k.size)
	s, isNew := p.shares[k.from], false
	if s == nil {
		s, isNew = new(share), true
		p.shares[k.from] = s
	}
	k.place = s.list.PushBack(k)
	s.bytes += int64(k.size)
	for i := range p.rankings {
		if isNew {
			heap.Push(&p.rankings[i], s)
		} else {
			p.rankings[i].changed(s)
		}
	}
}

// drop needs q.mu. It does nothing about one that is gone already.
func (q *quarantine) drop(k *kept) {
	if q.kept[k.id] != k {
		return
	}
	delete(q.kept, k.id)
	p := q.pens[k.source]
	p.Requests--
	p.Bytes -= int64(k.size)
	s := p.shares[k.from]
	s.list.Remove(k.place)
	s.bytes -= int64(k.size)
	for i := range p.rankings {
		p.rankings[i].changed(s)
	}
	if s.list.Len() == 0 {
		delete(p.shares, k.from)
	}
}

// take adds k and returns those that had to make room for it.
func (q *quarantine) take(k *kept, b store.QuarantineBounds) []*kept {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.add(k)
	return q.makeRoom(k.source, b)
}

func (q *quarantine) remove(k *kept) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.drop(k)
}

func (q *quarantine) find(id event.RejectedID) *kept {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.kept[id]
}

// makeRoom drops what is above the bounds of a source and returns it. A flood from one address
// takes the place of its own, and not that of what others sent. It needs q.mu.
func (q *quarantine) makeRoom(source string, b store.QuarantineBounds) (gone []*kept) {
	p := q.pens[source]
	for p.Requests > 0 {
		var of *share
		switch {
		case p.Requests > b.Requests:
			of = p.rankings[byRequests].top()
		case p.Bytes > b.Bytes:
			of = p.rankings[byBytes].top()
		default:
			return gone
		}
		k := of.oldest()
		q.drop(k)
		gone = append(gone, k)
	}
	return gone
}

func before(a, b *kept) bool { return bytes.Compare(a.id[:], b.id[:]) < 0 }

// expire drops what is past its age, and what is above bounds that were lowered.
func (q *quarantine) expire(bounds map[string]store.QuarantineBounds, now time.Time) (gone []*kept) {
	var longest time.Duration
	for _, b := range bounds {
		longest = max(longest, b.Age)
	}
	if longest == 0 {
		longest = store.DefaultQuarantineAge
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for source, p := range q.pens {
		b, configured := bounds[source]
		if !configured {
			b.Age = longest
		}
		for _, s := range p.shares {
			for s.list.Len() > 0 && s.oldest().id.Time().Before(now.Add(-b.Age)) {
				k := s.oldest()
				q.drop(k)
				gone = append(gone, k)
			}
		}
		if configured {
			gone = append(gone, q.makeRoom(source, b)...)
		}
		if p.Requests == 0 {
			delete(q.pens, source)
		}
	}
	return gone
}

// list is what a query may select, as far as that can be told without reading, in its order.
func (q *quarantine) list(query store.RejectedQuery) []*kept {
	order := func(a, b event.RejectedID) int {
		if query.Oldest {
			return bytes.Compare(a[:], b[:])
		}
		return bytes.Compare(b[:], a[:])
	}
	q.mu.Lock()
	var all []*kept
	for _, k := range q.kept {
		if (query.Source == "" || query.Source == k.source) && (query.After.IsZero() || order(k.id, query.After) > 0) {
			all = append(all, k)
		}
	}
	q.mu.Unlock()
	slices.SortFunc(all, func(a, b *kept) int { return order(a.id, b.id) })
	return all
}

// sizes adds what is kept of each source.
func (q *quarantine) sizes(sizes map[string]store.QuarantineSize) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for source, p := range q.pens {
		sizes[source] = p.QuarantineSize
	}
}
