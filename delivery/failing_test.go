package delivery_test

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatepost/gatepost/delivery"
	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
	"github.com/gatepost/gatepost/store/badger"
)

// While commits fail now and then, written or not, and the store is opened anew each time: what was
// accepted is delivered, nothing stays behind, and no delivery is attempted twice at once.
func TestOnAStoreThatFails(t *testing.T) {
	const events = 160
	route := event.Route{Source: "s", Name: "a"}
	var commits, failures atomic.Int64
	var steady atomic.Bool
	engine := badger.New(badger.Options{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler), Hooks: badger.Hooks{
		Backoff: func(int) time.Duration { return time.Millisecond },
		Commit: func(commit func() error) error {
			n := commits.Add(1)
			if steady.Load() || n%7 != 0 {
				return commit()
			}
			failures.Add(1)
			if n%14 == 0 {
				return errors.New("not written")
			}
			return errors.Join(commit(), errors.New("written, perhaps"))
		},
	}})
	defer func() { _ = engine.Close() }()
	to := &once{sent: make(map[event.ID]int), running: make(map[event.DeliveryID]bool)}
	ended := make(ends, 100*events)
	d := delivery.New(engine, delivery.Options{Observer: ended})
	engine.SetReady(d.Wake)
	d.Configure(t.Context(), 0, []delivery.Route{{Route: route, Destination: to, Policy: delivery.Policy{Initial: 5 * time.Millisecond}}})

	var ids event.IDs
	var mu sync.Mutex
	var accepted []event.ID
	var senders sync.WaitGroup
	for range 8 {
		senders.Go(func() {
			for n := 0; n < events/8; {
				now := time.Now()
				e := &event.Event{ID: ids.Event(now), Source: "s", ReceivedAt: now, Size: 4, Body: []byte("body")}
				dl := &event.Delivery{ID: e.ID.Delivery(0), Event: e.ID, Route: route, State: event.Pending, NextAttemptAt: now, ChangedAt: now}
				if _, err := engine.Accept(t.Context(), store.Acceptance{Event: e, Deliveries: []*event.Delivery{dl}}); err != nil {
					continue // and send again
				}
				n++
				mu.Lock()
				accepted = append(accepted, e.ID)
				mu.Unlock()
				_, _ = d.Retry(t.Context(), dl.ID) // which may be refused
			}
		})
	}
	senders.Wait()
	steady.Store(true)
	for {
		// What was settled is stored by the time that a later write is.
		if engine.MarkRoute(t.Context(), event.Route{Source: "s", Name: "none"}, store.RouteMark{}) != nil {
			continue // the last failure is not over
		}
		left, err := d.Routes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(left) == 1 && left[0].Pending+left[0].Delivering == 0 {
			break
		}
		<-ended
	}
	if err := d.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	to.mu.Lock()
	defer to.mu.Unlock()
	for _, id := range accepted {
		if to.sent[id] == 0 {
			t.Errorf("%s was accepted and not delivered", id)
		}
	}
	if failures.Load() < 5 {
		t.Errorf("%d commits failed: this tests nothing", failures.Load())
	}
	if to.twice > 0 {
		t.Errorf("%d attempts ran beside another one of their delivery", to.twice)
	}
}

// once counts attempts, and those that run beside another one of their delivery.
type once struct {
	mu      sync.Mutex
	sent    map[event.ID]int
	running map[event.DeliveryID]bool
	twice   int
}

func (o *once) Deliver(_ context.Context, _ *event.Event, d *event.Delivery, attempt int) delivery.Outcome {
	o.mu.Lock()
	if o.running[d.ID] {
		o.twice++
	}
	o.running[d.ID] = true
	o.mu.Unlock()
	runtime.Gosched()
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.running, d.ID)
	if d.ID[13]%4 == 0 && attempt == 1 {
		return delivery.Outcome{Status: 503}
	}
	o.sent[d.Event]++
	return delivery.Outcome{Status: 200}
}
