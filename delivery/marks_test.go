package delivery

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

func (r *rig) hold(held bool) {
	r.Helper()
	f := r.d.Resume
	if held {
		f = r.d.Hold
	}
	if s, err := f(r.Context(), billing); err != nil || s.Held != held {
		r.Errorf("%+v, %v", s, err)
	}
}

func TestHoldAndResume(t *testing.T) {
	bubble(t, func(r *rig) {
		r.configure(takes(10 * time.Second))
		inFlight := r.one()
		r.after(time.Second)
		r.hold(true)
		r.hold(true)
		id := r.one()
		r.after(time.Hour)
		r.wantState(inFlight, event.Delivered, "")
		r.wantAttempts(id, 0)

		r.configure(takes(time.Second)) // survives a reload
		r.after(time.Hour)
		r.restart() // and a restart
		r.configure(takes(time.Second))
		r.after(time.Hour)
		r.wantAttempts(id, 0)

		r.hold(false)
		r.hold(false)
		r.after(time.Second)
		r.wantState(id, event.Delivered, "")
		if n := r.q.count("MarkRoute"); n != 2 {
			r.Errorf("%d marks written, want 2", n)
		}
		unknown := event.Route{Source: "no", Name: "such"}
		if _, err := r.d.Hold(r.Context(), unknown); !errors.Is(err, store.ErrNotFound) {
			r.Errorf("hold of an unknown route: %v", err)
		}
		if _, err := r.d.Resume(r.Context(), unknown); !errors.Is(err, store.ErrNotFound) {
			r.Errorf("resume of an unknown route: %v", err)
		}
	})
}

func TestHoldThatCannotBeStored(t *testing.T) {
	for _, method := range []string{"Routes", "MarkRoute"} {
		bubble(t, func(r *rig) {
			r.configure(answers(200))
			r.q.setFail(method, store.ErrUnavailable)
			if _, err := r.d.Hold(r.Context(), billing); !errors.Is(err, store.ErrUnavailable) {
				r.Errorf("%s: %v", method, err)
			}
			id := r.one()
			r.after(0)
			r.wantState(id, event.Delivered, "")
		})
	}
}

// What was leased but not begun when the hold came stays.
func TestHoldBetweenLeaseAndAttempt(t *testing.T) {
	bubble(t, func(r *rig) {
		r.q.setFail("Event", store.ErrUnavailable)
		r.configure(answers(200))
		id := r.one()
		r.after(time.Second)
		r.hold(true)
		r.q.setFail("Event", nil)
		r.after(time.Hour)
		r.wantAttempts(id, 0)
		if _, leased := r.q.states(); leased != 0 {
			r.Errorf("%d leased", leased)
		}
	})
}

// Waiting on a held or missing route spends nothing: the budget begins anew.
func TestBudgetsBeginAnew(t *testing.T) {
	for name, c := range map[string]struct{ stop, start func(*rig) }{
		"held":    {func(r *rig) { r.hold(true) }, func(r *rig) { r.hold(false) }},
		"missing": {func(r *rig) { r.d.Configure(r.Context(), "empty", nil) }, func(r *rig) { r.configure(answers(503), brief) }},
		"retired": {func(r *rig) { r.d.Retire(r.Context(), "config") }, func(r *rig) { r.configure(answers(503), brief) }},
		"missing over a restart": {func(r *rig) {
			r.d.Configure(r.Context(), "empty", nil)
			r.restart()
		}, func(r *rig) { r.configure(answers(503), brief) }},
		"missing from the start": {func(r *rig) {
			r.restart()
			r.d.Configure(r.Context(), "empty", nil)
		}, func(r *rig) { r.configure(answers(503), brief) }},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				r.configure(answers(503), brief)
				id := r.one()
				r.after(21 * time.Second) // at 0, 5 and 15 s
				r.wantAttempts(id, 3)
				c.stop(r)
				r.after(24 * time.Hour)
				r.wantAttempts(id, 3)
				c.start(r)
				r.after(0)
				r.wantAttempts(id, 4)
				r.after(59 * time.Second)
				r.wantState(id, event.Pending, "")
				r.after(2 * time.Second)
				r.wantState(id, event.Dead, "no attempt left within 1m: all 5 failed, last: status 503")
				r.wantAttempts(id, 8)
			})
		})
	}
}

func brief(p *Policy) { p.For = time.Minute }

// A restart alone is not a reason to begin anew.
func TestBudgetsOutliveARestart(t *testing.T) {
	bubble(t, func(r *rig) {
		r.configure(answers(503), brief)
		id := r.one()
		r.after(21 * time.Second)
		r.stop()
		r.d.Retire(r.Context(), "config") // as a config that ends with the process does
		r.d = r.dispatcher()
		r.configure(answers(503), brief)
		r.after(2 * time.Minute)
		r.wantState(id, event.Dead, "no attempt left within 1m: all 5 failed, last: status 503")
		if n := r.q.count("MarkRoute"); n != 0 {
			r.Errorf("%d marks written", n)
		}
	})
}

func TestRetire(t *testing.T) {
	bubble(t, func(r *rig) {
		a, b := new(int), new(int)
		routes := []Route{{Route: billing, Destination: answers(200)}}
		r.d.Configure(r.Context(), a, routes)
		r.d.Configure(r.Context(), b, routes)
		r.d.Retire(r.Context(), a)
		id := r.one()
		r.after(0)
		r.wantState(id, event.Delivered, "")

		failing := new(int) // to start: what was in force before comes back
		r.d.Configure(r.Context(), failing, nil)
		r.d.Retire(r.Context(), failing)
		id = r.one()
		r.after(0)
		r.wantState(id, event.Delivered, "")

		r.d.Retire(r.Context(), b)
		id = r.one()
		r.after(time.Hour)
		r.wantAttempts(id, 0)
		if len(r.d.lanes) != 0 {
			r.Errorf("%d lanes are left", len(r.d.lanes))
		}
	})
}

// An attempt in flight finishes although its route is gone.
func TestRouteGoesDuringAnAttempt(t *testing.T) {
	bubble(t, func(r *rig) {
		r.configure(takes(10 * time.Second))
		id := r.one()
		r.after(time.Second)
		r.d.Configure(r.Context(), "empty", nil)
		r.after(10 * time.Second)
		r.wantState(id, event.Delivered, "")
		if len(r.d.lanes) != 0 {
			r.Errorf("%d lanes are left", len(r.d.lanes))
		}
	})
}

// As long as it is not known whether a route is held, it delivers nothing.
func TestMarksThatCannotBeRead(t *testing.T) {
	bubble(t, func(r *rig) {
		held := event.Route{Source: "stripe", Name: "held"}
		ids := append(r.q.add(held, 1), r.q.add(billing, 1)...)
		r.q.marks[held] = store.RouteMark{Held: true}
		r.q.setFail("Routes", store.ErrUnavailable)
		routes := []Route{{Route: billing, Destination: answers(200)}, {Route: held, Destination: answers(200)}}
		for i := range 3 {
			r.d.Configure(r.Context(), i, routes)
			r.after(time.Minute)
		}
		if n := r.q.count("Lease"); n != 0 {
			r.Errorf("%d leases before the marks were read", n)
		}
		if n := r.q.count("Routes"); n > 30 {
			r.Errorf("the marks were read %d times in 3m", n)
		}
		r.q.setFail("Routes", nil)
		r.after(lastPause)
		r.wantAttempts(ids[0], 0)
		r.wantState(ids[1], event.Delivered, "")
	})
}

// The mark of one route is not the marks of all.
func TestHoldBeforeTheMarksWereRead(t *testing.T) {
	bubble(t, func(r *rig) {
		held := event.Route{Source: "stripe", Name: "held"}
		id := r.q.add(held, 1)[0]
		r.q.marks[held] = store.RouteMark{Held: true}
		r.q.setFail("Routes", store.ErrUnavailable)
		r.d.Configure(r.Context(), "config", []Route{{Route: billing, Destination: answers(200)}, {Route: held, Destination: answers(200)}})
		r.q.setFail("Routes", nil)
		r.hold(true)
		r.after(time.Hour)
		r.wantAttempts(id, 0)
	})
}

// A route that comes back delivers once its mark says so, and not on its old budget.
func TestMissingMarkThatCannotBeWritten(t *testing.T) {
	bubble(t, func(r *rig) {
		id := r.one()
		r.q.marks[billing] = store.RouteMark{Missing: true}
		r.q.setFail("MarkRoute", store.ErrDiskLow)
		r.configure(answers(200))
		r.after(time.Minute)
		r.wantAttempts(id, 0)
		r.q.setFail("MarkRoute", nil)
		r.after(lastPause)
		r.wantState(id, event.Delivered, "")
		if m := r.q.marks[billing]; m.Missing || m.ResumedAt.IsZero() {
			r.Errorf("mark %+v", m)
		}
		if !strings.Contains(r.logs.String(), "configured again") {
			r.Errorf("not logged:\n%s", &r.logs)
		}
	})
}

// Ten reloads under load, each moving some route out or in, lose nothing and send nothing twice.
func TestReloadUnderLoad(t *testing.T) {
	bubble(t, func(r *rig) {
		sent := make(map[event.DeliveryID]int)
		to := func(config int) deliverFunc {
			return func(ctx context.Context, e *event.Event, d *event.Delivery, n int) Outcome {
				o := takes(time.Duration(d.ID[10])*time.Millisecond)(ctx, e, d, n)
				r.mu.Lock()
				defer r.mu.Unlock()
				sent[d.ID]++
				if n == 1 && d.ID[11]%8 == 0 {
					return Outcome{Status: 503}
				}
				return o
			}
		}
		var routes []event.Route
		for i := range 4 {
			routes = append(routes, event.Route{Source: "s", Name: fmt.Sprint("r", i)})
		}
		var ids []event.DeliveryID
		for config := range 10 {
			var configured []Route
			for i, route := range routes {
				if (config+i)%4 != 0 || config == 9 {
					configured = append(configured, Route{Route: route, Destination: to(config), Policy: Policy{Concurrency: 1 + config%5}})
				}
			}
			r.d.Configure(r.Context(), config, configured)
			if config > 0 {
				r.d.Retire(r.Context(), config-1)
			}
			for _, route := range routes {
				ids = append(ids, r.q.add(route, 25)...)
				r.d.Wake(route)
			}
			r.after(200 * time.Millisecond)
		}
		r.after(10 * time.Minute)
		for _, id := range ids {
			if dl := r.wantState(id, event.Delivered, ""); sent[id] != dl.AttemptCount || sent[id] > 2 {
				r.Errorf("%s was sent %d times in %d attempts", id, sent[id], dl.AttemptCount)
			}
		}
		if len(r.d.lanes) != len(routes) || len(r.d.attempts) != 0 {
			r.Errorf("%d lanes and %d attempts are left", len(r.d.lanes), len(r.d.attempts))
		}
	})
}
