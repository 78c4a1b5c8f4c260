package delivery_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/gatepost/gatepost/delivery"
	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
	"github.com/gatepost/gatepost/store/badger"
)

// flaky fails the first attempt of some deliveries, and counts attempts.
type flaky struct {
	mu   sync.Mutex
	sent map[event.DeliveryID]int
}

func (f *flaky) Deliver(_ context.Context, e *event.Event, d *event.Delivery, attempt int) delivery.Outcome {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent[d.ID]++
	switch {
	case string(e.Body) != "body":
		return delivery.Outcome{Error: "not the body that was stored", Permanent: true}
	case attempt == 1 && f.fails(d.ID):
		return delivery.Outcome{Status: 503}
	}
	return delivery.Outcome{Status: 200}
}

func (*flaky) fails(id event.DeliveryID) bool { return id[13]%4 == 0 }

// ends passes on which deliveries ended.
type ends chan event.DeliveryID

func (ends) Attempted(event.Route, string, time.Duration) {}
func (c ends) Ended(_ event.Route, d *event.Delivery)     { c <- d.ID }

// With the embedded engine: across reloads and a restart everything is delivered, no more often
// than the engine counts attempts.
func TestOnBadger(t *testing.T) {
	const events = 400
	routes := []event.Route{{Source: "s", Name: "a"}, {Source: "s", Name: "b"}}
	const deliveries = 2 * events
	to := &flaky{sent: make(map[event.DeliveryID]int)}
	var config []delivery.Route
	for _, r := range routes {
		config = append(config, delivery.Route{Route: r, Destination: to, Policy: delivery.Policy{Initial: 10 * time.Millisecond}})
	}
	dir := t.TempDir()
	ended := make(ends, 2*deliveries)
	start := func() (*badger.Store, *delivery.Dispatcher, func()) {
		engine := badger.New(badger.Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
		if err := engine.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		d := delivery.New(engine, delivery.Options{Observer: ended})
		engine.SetReady(d.Wake)
		return engine, d, func() {
			if err := d.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			if err := engine.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	wait := func(n int) {
		for range n {
			<-ended
		}
	}

	engine, d, stop := start()
	d.Configure(t.Context(), 0, config)
	var ids event.IDs
	var senders sync.WaitGroup
	for range 8 {
		senders.Go(func() {
			for range events / 8 {
				now := time.Now()
				e := &event.Event{ID: ids.Event(now), Source: "s", ReceivedAt: now, Size: 4, Body: []byte("body")}
				var ds []*event.Delivery
				for i, r := range routes {
					ds = append(ds, &event.Delivery{ID: e.ID.Delivery(i), Event: e.ID, Route: r, State: event.Pending, NextAttemptAt: now, ChangedAt: now})
				}
				if _, err := engine.Accept(t.Context(), store.Acceptance{Event: e, Deliveries: ds}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for reload := range 10 {
		d.Configure(t.Context(), reload+1, config)
		d.Retire(t.Context(), reload)
		wait(deliveries / 40)
	}
	senders.Wait()
	stop()

	_, d, stop = start()
	d.Configure(t.Context(), "again", config)
	wait(deliveries - deliveries/4)
	stop()

	engine, d, stop = start() // now every outcome is on disk
	defer stop()
	if len(to.sent) != deliveries {
		t.Errorf("%d deliveries were sent, want %d", len(to.sent), deliveries)
	}
	for id, sent := range to.sent {
		want := 1
		if to.fails(id) {
			want = 2
		}
		dl, err := engine.Delivery(t.Context(), id)
		if err != nil || dl.State != event.Delivered || dl.AttemptCount != want || sent != want {
			t.Errorf("sent %d times, want %d: %+v, %v", sent, want, dl, err)
		}
	}
	if left, err := d.Routes(t.Context()); err != nil || len(left) != 0 {
		t.Errorf("left: %+v, %v", left, err)
	}
}
