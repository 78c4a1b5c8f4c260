package storetest

import (
	"bytes"
	"slices"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// compare holds all that the engine shows against the model.
func (m *model) compare() {
	m.Helper()
	m.settled()
	shown := 0
	m.must(m.Events(ctx, store.EventQuery{}, func(e *event.Event, ds []*event.Delivery) bool {
		shown++
		known := m.events[e.ID]
		if known == nil {
			m.Fatalf("%s is shown, and was removed", e.ID)
		}
		var want []*event.Delivery
		for _, id := range known.deliveries {
			want = append(want, m.deliveries[id])
		}
		byID := func(a, b *event.Delivery) int { return bytes.Compare(a.ID[:], b.ID[:]) }
		slices.SortFunc(ds, byID) // the clock may have been set back between them
		slices.SortFunc(want, byID)
		m.same("deliveries of "+e.ID.String(), ds, want)
		return true
	}))
	m.same("number of events", shown, len(m.events))
	shown = 0
	m.must(m.Deliveries(ctx, store.DeliveryQuery{}, func(d *event.Delivery) bool {
		shown++
		m.same("delivery", d, m.deliveries[d.ID])
		return true
	}))
	m.same("number of deliveries", shown, len(m.deliveries))
	for _, r := range m.routes {
		pending, dead := 0, 0
		var oldest time.Time
		for id, d := range m.deliveries {
			if d.Route != r {
				continue
			}
			switch d.State {
			case event.Pending:
				if pending++; oldest.IsZero() || id.Time().Before(oldest) {
					oldest = id.Time()
				}
			case event.Dead:
				dead++
			}
		}
		m.counts(r, pending, dead)
		got := m.state(r)
		m.same("mark of "+r.Name, got.RouteMark, m.route[r])
		if want := oldest.Truncate(time.Minute); !got.OldestPending.Equal(want) && !oldest.IsZero() || got.OldestPending.IsZero() != oldest.IsZero() {
			m.Fatalf("the oldest pending one of %s is of %s, want %s", r.Name, got.OldestPending, want)
		}
	}
	m.same("damaged", m.Stats().Damaged, int64(0))
}

// runEmpty delivers all that waits and lets all of it pass its retention.
func (m *model) runEmpty() {
	for id := range m.leased {
		m.Instance.Release(id)
	}
	clear(m.leased)
	m.clock.Advance(4 * time.Hour) // longer than anything waits, however the clock went back
	for _, r := range m.routes {
		for len(m.queue(r)) > 0 {
			m.takeSome(r, 100)
			for id := range m.leased {
				m.must(m.Settle(ctx, id, m.succeed))
				m.must(m.apply(id, m.succeed))
				delete(m.leased, id)
			}
		}
	}
	m.compare()
	m.restart()
	m.compare()
	for range 2 { // a dead letter stays as long again
		m.clock.Advance(10 * modelRetention)
		m.sweepAway()
	}
	m.same("events that are left", len(m.events), 0)
	m.compare()
}
