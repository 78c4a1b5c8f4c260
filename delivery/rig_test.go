package delivery

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/gatepost/gatepost/event"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var billing = event.Route{Source: "stripe", Name: "billing"}

// deliverFunc is a Destination.
type deliverFunc func(ctx context.Context, e *event.Event, d *event.Delivery, attempt int) Outcome

func (f deliverFunc) Deliver(ctx context.Context, e *event.Event, d *event.Delivery, attempt int) Outcome {
	return f(ctx, e, d, attempt)
}

// answers gives these statuses, one after another, and the last for ever.
func answers(statuses ...int) deliverFunc {
	var mu sync.Mutex
	return func(context.Context, *event.Event, *event.Delivery, int) Outcome {
		mu.Lock()
		defer mu.Unlock()
		status := statuses[0]
		if len(statuses) > 1 {
			statuses = statuses[1:]
		}
		return Outcome{Status: status}
	}
}

// silent never answers.
func silent(ctx context.Context, _ *event.Event, _ *event.Delivery, _ int) Outcome {
	<-ctx.Done()
	return Outcome{Error: ctx.Err().Error()}
}

// takes answers 200 after some time.
func takes(d time.Duration) deliverFunc {
	return func(ctx context.Context, _ *event.Event, _ *event.Delivery, _ int) Outcome {
		select {
		case <-time.After(d):
			return Outcome{Status: 200}
		case <-ctx.Done():
			return Outcome{Error: ctx.Err().Error()}
		}
	}
}

// rig is a dispatcher on a fake queue, inside a synctest bubble. Jitter is 0: each delay is its
// ceiling.
type rig struct {
	*testing.T
	q     *fakeQueue
	d     *Dispatcher
	start time.Time
	skew  atomic.Int64 // of the wall clock, in nanoseconds
	logs  bytes.Buffer

	mu    sync.Mutex
	codes []string
	ended []event.State
}

// bubble runs f on a fresh rig.
func bubble(t *testing.T, f func(*rig)) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{T: t, q: newFakeQueue(), start: time.Now()}
		r.d = r.dispatcher()
		defer r.stop()
		f(r)
	})
}

func (r *rig) dispatcher() *Dispatcher {
	return New(r.q, Options{
		Now:    func() time.Time { return time.Now().Add(time.Duration(r.skew.Load())) },
		Jitter: func() float64 { return 0 }, Observer: r,
		Logger: slog.New(slog.NewTextHandler(&r.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
}

// restart ends the dispatcher as a process would, and makes another on the same queue.
func (r *rig) restart() {
	r.stop()
	r.d = r.dispatcher()
}

func (r *rig) stop() {
	r.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.d.Shutdown(ctx); err != nil {
		r.Error(err)
	}
	if _, leased := r.q.states(); leased != 0 {
		r.Errorf("%d leases were left", leased)
	}
	for _, m := range r.q.misuse {
		r.Errorf("the queue was misused: %s", m)
	}
}

func (r *rig) Attempted(_ event.Route, code string, _ time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.codes = append(r.codes, code)
}

func (r *rig) Ended(_ event.Route, d *event.Delivery) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = append(r.ended, d.State)
}

// configure gives the billing route alone this destination and the default policy, edited.
func (r *rig) configure(to deliverFunc, edits ...func(*Policy)) {
	p := DefaultPolicy()
	for _, edit := range edits {
		edit(&p)
	}
	r.d.Configure(r.Context(), "config", []Route{{Route: billing, Policy: p, Destination: to}})
}

// one delivers one event and returns its delivery's ID.
func (r *rig) one() event.DeliveryID {
	id := r.q.add(billing, 1)[0]
	r.d.Wake(billing)
	return id
}

// after lets the time pass and everything that is due then happen.
func (r *rig) after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (r *rig) wantState(id event.DeliveryID, state event.State, reason string) *event.Delivery {
	r.Helper()
	dl := r.q.get(id)
	if dl.State != state || dl.Reason != reason {
		r.Errorf("%s: %s, reason %q; want %s, %q", time.Since(r.start), dl.State, dl.Reason, state, reason)
	}
	return dl
}

func (r *rig) wantAttempts(id event.DeliveryID, n int) {
	r.Helper()
	if got := r.q.get(id).AttemptCount; got != n {
		r.Errorf("%s: %d attempts, want %d", time.Since(r.start), got, n)
	}
}
