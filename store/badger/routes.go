package badger

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	bdg "github.com/dgraph-io/badger/v4"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// queues is what is known in memory of routes and of the deliveries that are out. docs/invariants.md
// has the order of their locks.
type queues struct {
	ss *session

	mu     sync.RWMutex
	routes map[event.Route]*route
	out    map[event.DeliveryID]*out // leased, or being changed
	spans  map[span]*spanCount       // by arrival of the event
}

// route is the queue of one route.
type route struct {
	name    event.Route
	pending atomic.Int64
	dead    atomic.Int64
	leasing sync.Mutex // one Lease at a time

	mu      sync.Mutex
	window  window
	minutes map[int64]int // unfinished deliveries by the minute they were made in
	mark    store.RouteMark
}

// spanCount is how many deliveries keep events of a span from being removed.
type spanCount struct {
	pending, dead int
	changes       int // counts each time there was one less
}

func (q *queues) init(ss *session) {
	q.ss = ss
	q.routes = map[event.Route]*route{}
	q.out = map[event.DeliveryID]*out{}
	q.spans = map[span]*spanCount{}
}

// find returns the route, or nil if nothing is known of it.
func (q *queues) find(name event.Route) *route {
	q.mu.RLock()
	defer q.mu.RUnlock()
	return q.routes[name]
}

func (q *queues) route(name event.Route) *route {
	if r := q.find(name); r != nil {
		return r
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	r := q.routes[name]
	if r == nil {
		r = &route{name: name, minutes: map[int64]int{}}
		r.window.init(nil)
		q.routes[name] = r
	}
	return r
}

// place is where a delivery stands, as far as counting and queueing need to know.
type place struct {
	state event.State
	slot  slot
}

func placeOf(d *event.Delivery) place { return place{d.State, slotOf(d)} }

// key is that of the entry in the queue or in the list of dead letters; nil if there is none.
func (p place) key(r event.Route) []byte {
	switch p.state {
	case event.Pending:
		return p.slot.key(r)
	case event.Dead:
		return deadKey(r, p.slot.id, p.slot.event)
	}
	return nil
}

// count adds n deliveries in this place.
func (q *queues) count(r *route, p place, n int) {
	pending, dead := 0, 0
	switch p.state {
	case event.Pending:
		pending = n
	case event.Dead:
		dead = n
	default:
		return
	}
	r.pending.Add(int64(pending))
	r.dead.Add(int64(dead))
	if pending != 0 {
		minute := p.slot.id.Time().Unix() / 60
		r.mu.Lock()
		if r.minutes[minute] += n; r.minutes[minute] <= 0 {
			delete(r.minutes, minute)
		}
		r.mu.Unlock()
	}
	s := spanOf(p.slot.event)
	q.mu.Lock()
	defer q.mu.Unlock()
	c := q.spans[s]
	if c == nil {
		c = new(spanCount)
		q.spans[s] = c
	}
	c.pending += pending
	c.dead += dead
	if n < 0 {
		c.changes++
	}
}

// added takes a new delivery that was stored.
func (q *queues) added(d *event.Delivery, ready readySet) {
	r, p := q.route(d.Route), placeOf(d)
	q.count(r, p, 1)
	if p.state != event.Pending {
		return
	}
	r.mu.Lock()
	if !q.isOut(d.ID) {
		r.window.put(p.slot, d)
	}
	r.mu.Unlock()
	ready[d.Route] = struct{}{}
}

func (q *queues) isOut(id event.DeliveryID) bool {
	q.mu.RLock()
	defer q.mu.RUnlock()
	return q.out[id] != nil
}

// pending is how many unfinished deliveries there are.
func (q *queues) pending() (n int64) {
	q.mu.RLock()
	defer q.mu.RUnlock()
	for _, r := range q.routes {
		n += r.pending.Load()
	}
	return n
}

// waiting lists the routes that have something unfinished.
func (q *queues) waiting() (names []event.Route) {
	q.mu.RLock()
	defer q.mu.RUnlock()
	for name, r := range q.routes {
		if r.pending.Load() > 0 {
			names = append(names, name)
		}
	}
	return names
}

// span tells how many deliveries keep a span's events, and how often that became less.
func (q *queues) span(s span) (c spanCount) {
	q.mu.RLock()
	defer q.mu.RUnlock()
	if p := q.spans[s]; p != nil {
		c = *p
	}
	return c
}

// Pending is how many unfinished deliveries a route has; 0 while the store is not open.
func (s *Store) Pending(name event.Route) int {
	ss := s.current.Load()
	if ss == nil {
		return 0
	}
	if r := ss.queues.find(name); r != nil {
		return int(r.pending.Load())
	}
	return 0
}

// Routes lists the routes by name.
func (s *Store) Routes(ctx context.Context) ([]store.RouteState, error) {
	ss, err := s.use(ctx)
	if err != nil {
		return nil, err
	}
	defer ss.users.leave()
	q := &ss.queues
	q.mu.RLock()
	routes := make([]*route, 0, len(q.routes))
	for _, r := range q.routes {
		routes = append(routes, r)
	}
	q.mu.RUnlock()
	states := make([]store.RouteState, 0, len(routes))
	for _, r := range routes {
		states = append(states, r.state())
	}
	slices.SortFunc(states, func(a, b store.RouteState) int {
		return cmp.Or(cmp.Compare(a.Route.Source, b.Route.Source), cmp.Compare(a.Route.Name, b.Route.Name))
	})
	return states, nil
}

func (r *route) state() store.RouteState {
	r.mu.Lock()
	defer r.mu.Unlock()
	st := store.RouteState{Route: r.name, RouteMark: r.mark, Pending: int(r.pending.Load()), Dead: int(r.dead.Load())}
	oldest, found := int64(0), false
	for minute := range r.minutes {
		if !found || minute < oldest {
			oldest, found = minute, true
		}
	}
	if found {
		st.OldestPending = time.Unix(oldest*60, 0).UTC()
	}
	return st
}

// MarkRoute stores the mark.
func (s *Store) MarkRoute(ctx context.Context, name event.Route, m store.RouteMark) error {
	if err := checkRoute(name); err != nil {
		return err
	}
	ss, err := s.use(ctx)
	if err != nil {
		return err
	}
	defer ss.users.leave()
	key := routePrefix(routeKind, name)
	p := newPlain(diskFull, pair{key, markValue(key, m)})
	p.after = func() {
		r := ss.queues.route(name)
		r.mu.Lock()
		r.mark = m
		r.mu.Unlock()
	}
	return ss.writer.do(ctx, p)
}

const (
	heldFlag    = 1
	missingFlag = 2
)

func markValue(key []byte, m store.RouteMark) []byte {
	flags := byte(0)
	if m.Held {
		flags |= heldFlag
	}
	if m.Missing {
		flags |= missingFlag
	}
	return seal(key, binary.BigEndian.AppendUint64([]byte{flags}, uint64(nanos(m.ResumedAt))))
}

// load reads the counters and where each queue begins.
func (q *queues) load(txn *bdg.Txn) error {
	if err := q.loadMarks(txn); err != nil {
		return err
	}
	for _, kind := range []byte{queueKind, deadKind} {
		q.loadKind(txn, kind)
	}
	return nil
}

func (q *queues) loadKind(txn *bdg.Txn, kind byte) {
	it := newKeyIterator(txn, []byte{kind})
	defer it.Close()
	size := map[byte]int{queueKind: slotSize, deadKind: 2 * idSize}[kind]
	var r *route
	var prefix []byte // of r's keys
	for it.Rewind(); it.Valid(); it.Next() {
		key := it.Item().Key()
		if r == nil || len(key) != len(prefix)+size || !bytes.HasPrefix(key, prefix) {
			name, ok := splitRoute(key, size)
			if !ok {
				q.ss.damage("queue key", "")
				continue
			}
			r, prefix = q.route(name), routePrefix(kind, name)
		}
		rest := key[len(prefix):]
		p := place{state: event.Dead}
		if kind == queueKind {
			p = place{event.Pending, slotOfKey(rest)}
			if r.window.rest == nil {
				first := p.slot
				r.window.rest = &first
			}
		} else {
			copy(p.slot.id[:], rest)
			copy(p.slot.event[:], rest[idSize:])
		}
		q.count(r, p, 1)
	}
}

func (q *queues) loadMarks(txn *bdg.Txn) error {
	it := newKeyIterator(txn, []byte{routeKind})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		key := it.Item().KeyCopy(nil)
		name, ok := splitRoute(key, 0)
		v, err := it.Item().ValueCopy(nil)
		if err != nil {
			return err
		}
		b, sealed := unseal(key, v)
		if !ok || !sealed || len(b) != 9 {
			q.ss.damage("mark of a route", name)
			continue
		}
		q.route(name).mark = store.RouteMark{
			Held:      b[0]&heldFlag != 0,
			Missing:   b[0]&missingFlag != 0,
			ResumedAt: fromNanos(int64(binary.BigEndian.Uint64(b[1:]))),
		}
	}
	return nil
}
