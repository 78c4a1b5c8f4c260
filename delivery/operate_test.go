package delivery

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

func TestCancel(t *testing.T) {
	t.Run("waiting and dead", func(t *testing.T) {
		bubble(t, func(r *rig) {
			r.configure(answers(500, 410))
			waiting := r.one()
			r.after(time.Second)
			dead := r.one()
			r.after(time.Second)
			r.wantState(dead, event.Dead, "status 410 is not retried")
			for _, id := range []event.DeliveryID{waiting, dead} {
				dl, err := r.d.Cancel(r.Context(), id)
				if err != nil || dl.State != event.Cancelled {
					r.Errorf("%+v, %v", dl, err)
				}
				if _, err := r.d.Cancel(r.Context(), id); !errors.Is(err, event.ErrState) {
					r.Errorf("the second time: %v", err)
				}
			}
			r.after(time.Hour)
			r.wantAttempts(waiting, 1)
			if want := []event.State{event.Dead, event.Cancelled, event.Cancelled}; !slices.Equal(r.ended, want) {
				r.Errorf("ended %v, want %v", r.ended, want)
			}
			if _, err := r.d.Cancel(r.Context(), event.DeliveryID{1}); !errors.Is(err, store.ErrNotFound) {
				r.Errorf("an unknown one: %v", err)
			}
		})
	})
	t.Run("delivering", func(t *testing.T) {
		bubble(t, func(r *rig) {
			r.configure(func(ctx context.Context, e *event.Event, d *event.Delivery, n int) Outcome {
				defer time.Sleep(time.Second) // to wind up
				return silent(ctx, e, d, n)
			})
			id := r.one()
			r.after(time.Second)
			var both sync.WaitGroup
			for range 2 { // at the same time: each is told that it is done
				both.Go(func() {
					if dl, err := r.d.Cancel(r.Context(), id); err != nil || dl.State != event.Cancelled {
						r.Errorf("%+v, %v", dl, err)
					}
				})
			}
			both.Wait()
			if took := time.Since(r.start); took != 2*time.Second {
				r.Errorf("the attempt was not cut but ran until %s", took)
			}
			dl := r.wantState(id, event.Cancelled, "cancelled by an operator")
			if dl.AttemptCount != 1 || dl.Attempts[0].Error != errCancelled.Error() {
				r.Errorf("attempts %+v", dl.Attempts)
			}
			synctest.Wait()
			if !slices.Equal(r.ended, []event.State{event.Cancelled}) || !slices.Equal(r.codes, []string{"cancelled"}) {
				r.Errorf("ended %v, observed %v", r.ended, r.codes)
			}
			r.after(time.Hour)
			r.wantAttempts(id, 1)
		})
	})
	t.Run("too late", func(t *testing.T) {
		bubble(t, func(r *rig) {
			r.configure(func(ctx context.Context, _ *event.Event, _ *event.Delivery, _ int) Outcome {
				<-ctx.Done()
				return Outcome{Status: 200}
			})
			id := r.one()
			r.after(time.Second)
			if _, err := r.d.Cancel(r.Context(), id); !errors.Is(err, event.ErrState) {
				r.Errorf("got %v", err)
			}
			r.wantState(id, event.Delivered, "")
		})
	})
	t.Run("answered, but not well", func(t *testing.T) {
		bubble(t, func(r *rig) {
			r.configure(func(ctx context.Context, _ *event.Event, _ *event.Delivery, _ int) Outcome {
				<-ctx.Done()
				return Outcome{Status: 410}
			})
			id := r.one()
			r.after(time.Second)
			if _, err := r.d.Cancel(r.Context(), id); err != nil {
				r.Error(err)
			}
			dl := r.wantState(id, event.Cancelled, "cancelled by an operator")
			if dl.Attempts[0].Status != 410 {
				r.Errorf("attempts %+v", dl.Attempts)
			}
		})
	})
	t.Run("before its event could be read", func(t *testing.T) {
		bubble(t, func(r *rig) {
			r.q.setFail("Event", store.ErrUnavailable)
			r.configure(answers(200))
			id := r.one()
			r.after(time.Second)
			if _, err := r.d.Cancel(r.Context(), id); err != nil {
				r.Error(err)
			}
			r.wantState(id, event.Cancelled, "cancelled by an operator")
			r.wantAttempts(id, 0)
			if n := r.q.count("Release"); n != 0 {
				r.Errorf("it was given back %d times on the way", n)
			}
		})
	})
	t.Run("impatient", func(t *testing.T) {
		bubble(t, func(r *rig) {
			r.configure(func(ctx context.Context, _ *event.Event, _ *event.Delivery, _ int) Outcome {
				time.Sleep(10 * time.Second) // deaf for a while
				return Outcome{Error: "at last"}
			})
			id := r.one()
			r.after(time.Second)
			ctx, cancel := context.WithTimeout(r.Context(), time.Second)
			defer cancel()
			if _, err := r.d.Cancel(ctx, id); !errors.Is(err, context.DeadlineExceeded) {
				r.Errorf("got %v", err)
			}
			r.after(10 * time.Second)
			r.wantState(id, event.Cancelled, "cancelled by an operator")
		})
	})
	t.Run("the store fails", func(t *testing.T) {
		bubble(t, func(r *rig) {
			r.configure(answers(500))
			id := r.one()
			r.after(time.Second)
			r.q.setFail("Change", store.ErrUnavailable)
			if _, err := r.d.Cancel(r.Context(), id); !errors.Is(err, store.ErrUnavailable) {
				r.Errorf("cancel: %v", err)
			}
			if _, err := r.d.Retry(r.Context(), id); !errors.Is(err, store.ErrUnavailable) {
				r.Errorf("retry: %v", err)
			}
			if n := len(r.ended); n != 0 {
				r.Errorf("%d ended", n)
			}
		})
	})
}

func TestRetry(t *testing.T) {
	t.Run("waiting, dead and cancelled", func(t *testing.T) {
		bubble(t, func(r *rig) {
			r.configure(answers(500), func(p *Policy) { p.Attempts = 2; p.Initial = time.Hour })
			id := r.one()
			retry := func() {
				r.Helper()
				if dl, err := r.d.Retry(r.Context(), id); err != nil || dl.State != event.Pending || dl.BudgetAttempts != 0 {
					r.Errorf("%+v, %v", dl, err)
				}
				r.after(0)
			}
			r.after(time.Second)
			r.wantAttempts(id, 1)
			retry() // waiting
			r.wantState(id, event.Pending, "")
			r.wantAttempts(id, 2)
			r.after(2 * time.Hour)
			r.wantState(id, event.Dead, "no attempt left: all 2 failed, last: status 500")
			retry()
			r.wantState(id, event.Pending, "")
			r.wantAttempts(id, 4)
			if _, err := r.d.Cancel(r.Context(), id); err != nil {
				r.Error(err)
			}
			retry()
			r.wantAttempts(id, 5)
		})
	})
	t.Run("refused", func(t *testing.T) {
		bubble(t, func(r *rig) {
			r.configure(takes(10 * time.Second))
			id := r.one()
			r.after(time.Second)
			if _, err := r.d.Retry(r.Context(), id); !errors.Is(err, event.ErrState) {
				r.Errorf("delivering: %v", err)
			}
			r.after(10 * time.Second)
			if _, err := r.d.Retry(r.Context(), id); !errors.Is(err, event.ErrState) {
				r.Errorf("delivered: %v", err)
			}
			r.wantAttempts(id, 1)
			if _, err := r.d.Retry(r.Context(), event.DeliveryID{1}); !errors.Is(err, store.ErrNotFound) {
				r.Errorf("an unknown one: %v", err)
			}
		})
	})
	t.Run("right when it has died", func(t *testing.T) {
		bubble(t, func(r *rig) {
			r.configure(answers(410, 200))
			r.d.observer = onDead(func(id event.DeliveryID) {
				if _, err := r.d.Retry(r.Context(), id); err != nil {
					r.Error(err)
				}
			})
			id := r.one()
			r.after(time.Second)
			r.wantState(id, event.Delivered, "")
		})
	})
}

// onDead is an observer of deaths.
type onDead func(event.DeliveryID)

func (onDead) Attempted(event.Route, string, time.Duration) {}
func (f onDead) Ended(_ event.Route, d *event.Delivery) {
	if d.State == event.Dead {
		f(d.ID)
	}
}

// Once Cancel has returned, no attempt of the delivery begins; an attempt that it reports to have
// come first did deliver.
func TestCancelAndAttemptsDoNotCross(t *testing.T) {
	bubble(t, func(r *rig) {
		var mu sync.Mutex
		over, sent := make(map[event.DeliveryID]bool), make(map[event.DeliveryID]bool)
		r.configure(func(ctx context.Context, _ *event.Event, d *event.Delivery, _ int) Outcome {
			mu.Lock()
			defer mu.Unlock()
			if over[d.ID] {
				r.Errorf("%s is attempted after it was cancelled", d.ID)
			}
			if ctx.Err() != nil {
				return Outcome{Error: ctx.Err().Error()}
			}
			sent[d.ID] = true
			return Outcome{Status: 200}
		})
		ids := r.q.add(billing, 300)
		var all sync.WaitGroup
		for _, id := range ids {
			all.Go(func() {
				_, err := r.d.Cancel(r.Context(), id)
				mu.Lock()
				defer mu.Unlock()
				over[id] = true
				if (err != nil) != sent[id] {
					r.Errorf("Cancel returned %v, sent: %t", err, sent[id])
				}
			})
			r.d.Wake(billing)
		}
		all.Wait()
	})
}

func TestShowAndRoutes(t *testing.T) {
	bubble(t, func(r *rig) {
		other := event.Route{Source: "stripe", Name: "archive"}
		gone := event.Route{Source: "github", Name: "gone"}
		idle := event.Route{Source: "github", Name: "idle"}
		done := event.Route{Source: "github", Name: "done"}
		lost := r.q.add(gone, 2)
		past := r.q.add(done, 1)[0]
		r.q.edit(past, func(dl *event.Delivery) { _ = dl.Succeed(event.Attempt{}) })
		if _, err := r.d.Hold(r.Context(), gone); err != nil {
			r.Error(err)
		}
		r.d.Configure(r.Context(), "config", []Route{
			{Route: billing, Destination: deliverFunc(silent), Policy: Policy{Concurrency: 1}},
			{Route: other, Destination: answers(410), Policy: DefaultPolicy()},
			{Route: idle, Destination: answers(200)},
		})
		held := r.q.add(other, 1)[0]
		r.d.Wake(other)
		r.after(0)
		if _, err := r.d.Hold(r.Context(), other); err != nil {
			r.Error(err)
		}
		waits := r.q.add(other, 1)[0]
		running := r.q.add(billing, 3)
		r.d.Wake(billing)
		r.after(0)

		for id, want := range map[event.DeliveryID]struct {
			state  event.State
			reason string
		}{
			running[0]: {event.Delivering, ""}, running[1]: {event.Pending, ""}, waits: {event.Held, "route is held"},
			lost[0]: {event.Held, "route not configured"}, held: {event.Dead, "status 410 is not retried"}, past: {event.Delivered, ""},
		} {
			dl := r.q.get(id)
			r.d.Show(dl)
			if dl.State != want.state || dl.Reason != want.reason {
				r.Errorf("shown as %s, %q; want %s, %q", dl.State, dl.Reason, want.state, want.reason)
			}
		}

		got, err := r.d.Routes(r.Context())
		minute := r.start.UTC().Truncate(time.Minute)
		want := []RouteStatus{
			{Route: gone, Held: true, Pending: 2, OldestPendingAt: minute},
			{Route: idle, Configured: true},
			{Route: other, Configured: true, Held: true, Pending: 1, Dead: 1, OldestPendingAt: minute},
			{Route: billing, Configured: true, Pending: 2, Delivering: 1, OldestPendingAt: minute},
		}
		same := func(a, b RouteStatus) bool {
			eq := a.OldestPendingAt.Equal(b.OldestPendingAt)
			a.OldestPendingAt, b.OldestPendingAt = time.Time{}, time.Time{}
			return eq && a == b
		}
		if err != nil || !slices.EqualFunc(got, want, same) {
			r.Errorf("got  %+v, %v\nwant %+v", got, err, want)
		}
		if stopped := []bool{got[0].Stopped(), got[1].Stopped(), got[2].Stopped()}; !slices.Equal(stopped, []bool{true, false, true}) {
			r.Errorf("stopped: %v", stopped)
		}

		r.q.setFail("Routes", store.ErrUnavailable)
		if _, err := r.d.Routes(r.Context()); !errors.Is(err, store.ErrUnavailable) {
			r.Errorf("got %v", err)
		}
	})
}
