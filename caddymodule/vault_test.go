package caddymodule

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/gatepost/gatepost/delivery"
	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// hanging is a destination that answers once it is cut.
type hanging struct{ begun, cut chan struct{} }

func (h hanging) Deliver(ctx context.Context, _ *event.Event, _ *event.Delivery, _ int) delivery.Outcome {
	close(h.begun)
	<-ctx.Done()
	close(h.cut)
	return delivery.Outcome{Error: "cut"}
}

// While attempts run a vault that configs left can be taken back, more than once; after the shutdown
// timeout it is closed, whatever runs.
func TestVaultIsTakenBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	take := func() *vault {
		t.Helper()
		v, err := takeVault(dir)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	leave := func() {
		t.Helper()
		if err := dropVault(dir); err != nil {
			t.Fatal(err)
		}
	}
	v := take()
	r := event.Route{Source: "shop", Name: "jobs"}
	app := hanging{make(chan struct{}), make(chan struct{})}
	v.dispatcher.Configure(t.Context(), "config", []delivery.Route{{Route: r, Policy: delivery.DefaultPolicy(), Destination: app}})
	now := time.Now()
	e := &event.Event{ID: v.ids.Event(now), Source: r.Source, ReceivedAt: now}
	d := &event.Delivery{ID: e.ID.Delivery(0), Event: e.ID, Route: r, State: event.Pending, NextAttemptAt: now, ChangedAt: now}
	if _, err := v.store.Accept(t.Context(), store.Acceptance{Event: e, Deliveries: []*event.Delivery{d}}); err != nil {
		t.Fatal(err)
	}
	<-app.begun
	v.dispatcher.Retire(t.Context(), "config")
	for range 3 {
		leave()
		if take() != v {
			t.Fatal("the store was to be opened anew")
		}
		if err := v.store.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-app.cut:
		t.Fatal("the attempt was cut")
	default:
	}

	v.app.Store(&App{ShutdownTimeout: caddy.Duration(time.Nanosecond)})
	leave()
	closing.Wait()
	<-app.cut
	if err := v.store.Open(t.Context()); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Open = %v, want ErrClosed", err)
	}
	after := take()
	if after == v {
		t.Fatal("a closed vault was taken")
	}
	if got, err := after.store.Delivery(t.Context(), d.ID); err != nil || got.State != event.Pending || got.AttemptCount != 0 {
		t.Errorf("the delivery is %+v, %v; want it pending, and the cut attempt uncounted", got, err)
	}
	leave()
	closing.Wait()
}
