package storetest

import (
	"bytes"
	"cmp"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// The engine and a plain model of it take the same random steps, and must agree after each.
var modelTests = []testCase{
	{"with a short queue", func(k *kit) { newModel(k, 1).play(1000, 0) }},
	{"with a backlog", func(k *kit) { newModel(k, 2).play(600, 2500) }},
}

const modelRetention = 40 * time.Hour

// model is what an engine must hold.
type model struct {
	*kit
	rnd        *rand.Rand
	routes     []event.Route
	events     map[event.ID]*modelEvent
	order      []event.ID // of events, also of those that are gone
	deliveries map[event.DeliveryID]*event.Delivery
	marks      map[string]event.ID // the last event that was taken under a key
	removed    map[event.ID]bool   // by hand: their marks count on
	leased     map[event.DeliveryID]bool
	fresh      map[event.DeliveryID]bool // settled or released, and perhaps not back in the queue yet
	route      map[event.Route]store.RouteMark
}

type modelEvent struct {
	*event.Event
	deliveries []event.DeliveryID // oldest first
}

func newModel(k *kit, seed uint64) *model {
	k.SetPolicy(store.Policy{Retention: modelRetention, DedupeWindow: window})
	return &model{
		kit: k, rnd: rand.New(rand.NewPCG(seed, 7)), routes: []event.Route{orders, audit},
		events: map[event.ID]*modelEvent{}, deliveries: map[event.DeliveryID]*event.Delivery{},
		marks: map[string]event.ID{}, removed: map[event.ID]bool{}, leased: map[event.DeliveryID]bool{},
		fresh: map[event.DeliveryID]bool{}, route: map[event.Route]store.RouteMark{},
	}
}

// play takes random steps on top of a backlog, and then has the engine run empty.
func (m *model) play(steps, backlog int) {
	for n := 0; n < backlog; n += 250 {
		m.acceptAll(250)
	}
	for range steps {
		switch n := m.rnd.IntN(100); {
		case n < 22:
			m.acceptOne()
		case n < 26:
			m.acceptAll(1 + m.rnd.IntN(20))
		case n < 46:
			m.takeSome(m.routes[m.rnd.IntN(2)], 1+m.rnd.IntN(12))
		case n < 66:
			m.settleOne()
		case n < 71:
			m.releaseOne()
		case n < 80:
			m.changeOne()
		case n < 84:
			m.addSome()
		case n < 86:
			m.removeOne()
		case n < 88:
			m.markOne()
		case n < 96:
			m.clock.Advance(time.Duration(m.rnd.Int64N(int64(30 * time.Minute))))
		case n < 97:
			m.clock.Advance(-time.Duration(m.rnd.Int64N(int64(time.Hour)))) // clocks go back
		case n < 98:
			m.sweepAway()
		case n < 99:
			m.restart()
		default:
			m.compare()
		}
	}
	m.compare()
	m.runEmpty()
}

func (m *model) acceptOne() {
	a := m.newAcceptance()
	receipt, err := m.Accept(ctx, a)
	m.must(err)
	m.took(a, receipt)
}

func (m *model) acceptAll(n int) {
	var as []store.Acceptance
	for range n {
		as = append(as, m.newAcceptance())
	}
	receipts, err := m.AcceptAll(ctx, as)
	m.must(err)
	for i, a := range as {
		m.took(a, receipts[i])
	}
}

func (m *model) newAcceptance() store.Acceptance {
	key := ""
	if m.rnd.IntN(3) == 0 {
		key = name("key", m.rnd.IntN(30))
	}
	e := m.newEvent(key, []byte("body"))
	routes := [][]event.Route{m.routes, m.routes, m.routes[:1], m.routes[1:], nil}[m.rnd.IntN(5)]
	a := m.acceptance(e, routes...)
	a.Window = 20 * time.Hour
	return a
}

func (m *model) took(a store.Acceptance, got store.Receipt) {
	m.Helper()
	e := a.Event
	want := store.Receipt{ID: e.ID}
	if first, ok := m.marks[e.DedupeKey]; ok && e.DedupeKey != "" && e.ID.Time().Sub(first.Time()) < a.Window && (m.events[first] != nil || m.removed[first]) {
		want = store.Receipt{ID: first, Duplicate: true}
	}
	m.same("receipt", got, want)
	if want.Duplicate {
		return
	}
	m.marks[e.DedupeKey] = e.ID
	m.order = append(m.order, e.ID)
	kept := &modelEvent{Event: e}
	m.events[e.ID] = kept
	for _, d := range a.Deliveries {
		m.deliveries[d.ID] = d
		kept.deliveries = append(kept.deliveries, d.ID)
	}
}

// queue is what a Lease has to choose from, in its order.
func (m *model) queue(r event.Route) (ds []*event.Delivery) {
	for id, d := range m.deliveries {
		if d.Route == r && d.State == event.Pending && !m.leased[id] {
			ds = append(ds, d)
		}
	}
	slices.SortFunc(ds, func(a, b *event.Delivery) int {
		return cmp.Or(a.NextAttemptAt.Compare(b.NextAttemptAt), bytes.Compare(a.ID[:], b.ID[:]))
	})
	return ds
}

func (m *model) takeSome(r event.Route, n int) {
	exact := m.rnd.IntN(2) == 0
	if exact {
		m.settled()
	}
	now := m.clock.Now()
	got, next, err := m.Lease(ctx, r, now, n)
	m.must(err)
	queue := m.queue(r)
	var want []event.DeliveryID
	var wantNext time.Time
	for _, d := range queue {
		if d.NextAttemptAt.After(now) {
			if len(want) < n {
				wantNext = d.NextAttemptAt
			}
			break
		}
		if len(want) < n {
			want = append(want, d.ID)
		}
	}
	var ids []event.DeliveryID
	for _, d := range got {
		ids = append(ids, d.ID)
		if known := m.deliveries[d.ID]; known == nil || known.Route != r || m.leased[d.ID] {
			m.Fatalf("leased %s of %s, which is not in its queue", d.ID, r)
		}
		m.same("leased", d, m.deliveries[d.ID])
		if d.State != event.Pending || d.NextAttemptAt.After(now) {
			m.Fatalf("leased %+v at %s", d, now)
		}
		m.leased[d.ID] = true
	}
	if exact {
		m.same("leased of "+r.Name, ids, want)
		if !next.Equal(wantNext) && !m.isLeased(next) {
			m.Fatalf("the next is due at %s, want %s", next, wantNext)
		}
		return
	}
	for _, id := range want { // one that was settled may be on its way back
		if len(got) < n && !m.leased[id] && !m.fresh[id] {
			m.Fatalf("leased %d of %d, and left out %s", len(got), n, id)
		}
	}
}

// isLeased reports whether a delivery that was due then is leased: where the clock was set back after
// that, it may count as the next one, which costs a look at the queue.
func (m *model) isLeased(due time.Time) bool {
	for id := range m.leased {
		if m.deliveries[id].NextAttemptAt.Equal(due) {
			return true
		}
	}
	return false
}

// pick chooses a key of a map, the same one for the same seed.
func pick[K ~[16]byte, V any](m *model, from map[K]V) (k K, ok bool) {
	if len(from) == 0 {
		return k, false
	}
	keys := slices.SortedFunc(maps.Keys(from), func(a, b K) int {
		x, y := [16]byte(a), [16]byte(b)
		return bytes.Compare(x[:], y[:])
	})
	return keys[m.rnd.IntN(len(keys))], true
}

// randomStep changes a delivery in one of the ways in which a dispatcher or an operator does.
func (m *model) randomStep() store.Step {
	now, a := m.clock.Now(), m.attempt()
	later := now.Add(time.Duration(m.rnd.Int64N(int64(2 * time.Hour))))
	return []store.Step{
		func(d *event.Delivery) error { return d.Succeed(a) },
		func(d *event.Delivery) error { return d.Succeed(a) },
		func(d *event.Delivery) error { return d.Fail(a, later, "") },
		func(d *event.Delivery) error { return d.Fail(a, later, "") },
		func(d *event.Delivery) error { return d.Fail(a, time.Time{}, "no more") },
		func(d *event.Delivery) error { return d.Cancel(now) },
		func(d *event.Delivery) error { return d.Retry(now) },
		func(*event.Delivery) error { return event.ErrState },
	}[m.rnd.IntN(8)]
}

// apply takes the step in the model.
func (m *model) apply(id event.DeliveryID, step store.Step) error {
	d := m.deliveries[id]
	if d == nil {
		return store.ErrNotFound
	}
	c := *d
	c.Attempts = slices.Clone(d.Attempts)
	if err := step(&c); err != nil {
		return err
	}
	m.deliveries[id] = &c
	return nil
}

// alike compares what went wrong.
func (m *model) alike(what string, got, want error) {
	m.Helper()
	for _, sentinel := range []error{event.ErrState, store.ErrNotFound} {
		if errors.Is(got, sentinel) != errors.Is(want, sentinel) {
			m.Fatalf("%s = %v, want %v", what, got, want)
		}
	}
	if want == nil {
		m.must(got)
	}
}

func (m *model) settleOne() {
	if m.rnd.IntN(20) == 0 {
		if id, ok := pick(m, m.deliveries); ok && !m.leased[id] {
			m.notFound("Settle of what is not leased", m.Settle(ctx, id, m.randomStep()))
		}
		return
	}
	id, ok := pick(m, m.leased)
	if !ok {
		return
	}
	step := m.randomStep()
	m.alike("Settle", m.Settle(ctx, id, step), m.apply(id, step))
	delete(m.leased, id)
	m.fresh[id] = true
}

func (m *model) releaseOne() {
	if id, ok := pick(m, m.leased); ok {
		m.Instance.Release(id)
		delete(m.leased, id)
		m.fresh[id] = true
	}
}

func (m *model) changeOne() {
	id, ok := pick(m, m.deliveries)
	if !ok {
		return
	}
	step := m.randomStep()
	got, err := m.Change(ctx, id, step)
	m.alike("Change", err, m.apply(id, step))
	if err == nil {
		m.same("changed", got, m.deliveries[id])
	}
}

func (m *model) addSome() {
	if len(m.order) == 0 {
		return
	}
	id := m.order[m.rnd.IntN(len(m.order))]
	var ds []*event.Delivery
	for range 1 + m.rnd.IntN(3) {
		ds = append(ds, m.added(id, m.routes[m.rnd.IntN(2)]))
	}
	err := m.Add(ctx, id, ds)
	e := m.events[id]
	if e == nil {
		m.notFound("Add", err)
		return
	}
	m.must(err)
	for _, d := range ds {
		m.deliveries[d.ID] = d
		e.deliveries = append(e.deliveries, d.ID)
	}
}

func (m *model) removeOne() {
	if len(m.order) == 0 {
		return
	}
	id := m.order[m.rnd.IntN(len(m.order))]
	err := m.Remove(ctx, id)
	if m.events[id] == nil {
		m.notFound("Remove", err)
		return
	}
	m.must(err)
	m.removed[id] = true
	m.gone(id)
}

func (m *model) gone(id event.ID) {
	for _, d := range m.events[id].deliveries {
		delete(m.deliveries, d)
		delete(m.leased, d)
		delete(m.fresh, d)
	}
	delete(m.events, id)
}

func (m *model) markOne() {
	r := m.routes[m.rnd.IntN(2)]
	mark := store.RouteMark{Held: m.rnd.IntN(2) == 0, Missing: m.rnd.IntN(2) == 0, ResumedAt: m.clock.Now()}
	m.must(m.MarkRoute(ctx, r, mark))
	m.route[r] = mark
}

// sweepAway has the engine remove what is past its retention, and takes note of what it did.
func (m *model) sweepAway() {
	m.settled()
	m.sweep()
	cutoff := m.clock.Now().Add(-modelRetention)
	for id, e := range m.events {
		_, err := m.Instance.Event(ctx, id)
		if err == nil {
			continue
		}
		m.notFound("Event", err)
		if !e.ReceivedAt.Before(cutoff) {
			m.Fatalf("%s went before its time", id)
		}
		for _, did := range e.deliveries {
			if d := m.deliveries[did]; !d.State.Finished() || d.State == event.Dead && !d.ChangedAt.Before(cutoff) {
				m.Fatalf("%s went with %+v", id, d)
			}
		}
		m.gone(id)
	}
}

func (m *model) restart() {
	m.reopen()
	m.SetPolicy(store.Policy{Retention: modelRetention, DedupeWindow: window})
	clear(m.leased)
	clear(m.fresh)
}

// settled waits until outcomes are in the queue again.
func (m *model) settled() {
	m.barrier()
	clear(m.fresh)
}
