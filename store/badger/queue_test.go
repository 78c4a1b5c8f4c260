package badger

import (
	"fmt"
	"testing"
	"time"

	"github.com/gatepost/gatepost/event"
)

// Row F39 of the fault matrix: a queue never looks at what it finished. After any number of
// deliveries there is nothing left to read, and what comes next comes from memory.
func TestTheQueueDoesNotLookBack(t *testing.T) {
	r := openRig(t, Hooks{})
	r.putMany(3 * windowMost) // a backlog first, so that the window has to be read
	var last slot
	for n := 0; n < 3*windowMost; {
		ds, _, err := r.Lease(bg, jobs, r.clock.Now(), 100)
		r.must(err)
		for _, d := range ds {
			last = slotOf(d)
			r.must(r.Settle(bg, d.ID, r.done))
		}
		n += len(ds)
		w := &r.current.Load().queues.route(jobs).window
		if w.rest != nil && w.rest.before(last) {
			t.Fatal("the queue would be read again from where it has been")
		}
		if len(w.slots) > windowMost {
			t.Fatalf("%d slots are in memory", len(w.slots))
		}
	}
	if ds, next, err := r.Lease(bg, jobs, r.clock.Now(), 1); len(ds) != 0 || !next.IsZero() || err != nil {
		t.Fatalf("Lease = %v, %v, %v after the end", ds, next, err)
	}
	w := &r.current.Load().queues.route(jobs).window
	if w.rest != nil || len(w.slots) != 0 {
		t.Errorf("%d slots in memory and more on disk (%v) after the end", len(w.slots), w.rest != nil)
	}
	r.put("next")
	if x := w.first(); x == nil || x.delivery == nil {
		t.Error("the next delivery would be read from disk")
	}
}

func (r *rig) done(d *event.Delivery) error {
	return d.Succeed(event.Attempt{StartedAt: r.clock.Now(), Status: 200})
}

// BenchmarkLease claims from a queue in which a million deliveries were finished, and which was
// just opened.
func BenchmarkLease(b *testing.B) {
	const finished, backlog = 1_000_000, 100_000
	r := openRig(b, Hooks{})
	wb := r.current.Load().db.NewWriteBatch()
	at := r.clock.Now().Add(-time.Hour)
	record := func(n int) *event.Delivery {
		id := r.ids.Event(at)
		return &event.Delivery{ID: id.Delivery(0), Event: id, Route: jobs, State: event.Pending, NextAttemptAt: at.Add(time.Duration(n))}
	}
	var keys [][]byte
	for n := range finished + backlog {
		d := record(n)
		key := slotOf(d).key(jobs)
		if n < finished {
			keys = append(keys, key)
		} else {
			r.must(wb.Set(deliveryKey(d.ID, d.Event), d.AppendRecord(nil)))
		}
		r.must(wb.Set(key, present))
	}
	r.must(wb.Flush())
	wb = r.current.Load().db.NewWriteBatch()
	for _, key := range keys {
		r.must(wb.Delete(key))
	}
	r.must(wb.Flush())
	r.reopen()

	for _, n := range []int{1, 16} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			var worst time.Duration
			for range b.N {
				started := time.Now()
				ds, _, err := r.Lease(bg, jobs, r.clock.Now(), n)
				worst = max(worst, time.Since(started))
				if err != nil || len(ds) != n {
					b.Fatal(len(ds), err)
				}
				b.StopTimer()
				for _, d := range ds {
					r.Release(d.ID)
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(worst.Microseconds()), "µs-worst")
		})
	}
}
