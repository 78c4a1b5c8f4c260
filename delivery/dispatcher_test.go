package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

func TestRetriesFollowTheSchedule(t *testing.T) {
	bubble(t, func(r *rig) {
		var at []time.Duration
		r.configure(func(_ context.Context, _ *event.Event, _ *event.Delivery, n int) Outcome {
			at = append(at, time.Since(r.start))
			if n != len(at) {
				r.Errorf("attempt %d is called %d", len(at), n)
			}
			if n < 6 {
				return Outcome{Status: 503, Response: []byte("not now")}
			}
			return Outcome{Status: 200, Response: []byte("thanks")}
		}, func(p *Policy) { p.Max = 30 * time.Second })
		id := r.one()
		r.after(5 * time.Minute)

		want := []time.Duration{0, 5 * time.Second, 15 * time.Second, 35 * time.Second, 65 * time.Second, 95 * time.Second}
		if !slices.Equal(at, want) {
			r.Errorf("attempts at %v, want %v", at, want)
		}
		dl := r.wantState(id, event.Delivered, "")
		if got := string(dl.Attempts[4].Response); got != "not now" {
			r.Errorf("kept %q of a failed answer", got)
		}
		if got := dl.Attempts[5].Response; len(got) != 0 {
			r.Errorf("kept %q of a good answer", got)
		}
		if want := []string{"503", "503", "503", "503", "503", "200"}; !slices.Equal(r.codes, want) {
			r.Errorf("observed %v, want %v", r.codes, want)
		}
		if !slices.Equal(r.ended, []event.State{event.Delivered}) {
			r.Errorf("ended %v", r.ended)
		}
	})
}

func TestForEndsWithALastAttempt(t *testing.T) {
	bubble(t, func(r *rig) {
		r.configure(answers(503), func(p *Policy) { p.For = time.Minute })
		id := r.one()
		r.after(time.Hour)
		dl := r.wantState(id, event.Dead, "no attempt left within 1m: all 5 failed, last: status 503")
		if got := dl.Attempts[4].StartedAt.Sub(dl.Attempts[0].StartedAt); got != time.Minute {
			r.Errorf("the last attempt was made after %s, want 1m", got)
		}
		if !strings.Contains(r.logs.String(), "level=ERROR msg=\"a delivery is dead\" source=stripe route=billing event="+dl.Event.String()+" delivery="+id.String()) {
			r.Errorf("the death is not logged:\n%s", &r.logs)
		}
	})
}

func TestAttemptsEnd(t *testing.T) {
	bubble(t, func(r *rig) {
		r.configure(answers(500), func(p *Policy) { p.Attempts = 3 })
		id := r.one()
		r.after(time.Hour)
		r.wantState(id, event.Dead, "no attempt left: all 3 failed, last: status 500")
	})
}

func TestDowntimeIsNoDeathWithoutAnAttempt(t *testing.T) {
	bubble(t, func(r *rig) {
		r.configure(answers(500, 200))
		id := r.one()
		r.after(time.Second)
		r.stop()
		r.after(30 * 24 * time.Hour)
		r.d = r.dispatcher()
		r.configure(answers(200))
		r.after(time.Second)
		r.wantState(id, event.Delivered, "")
	})
}

func TestRetryAfter(t *testing.T) {
	bubble(t, func(r *rig) {
		asked := []time.Duration{40 * time.Second, 10 * 365 * 24 * time.Hour}
		var at []time.Duration
		r.configure(func(_ context.Context, _ *event.Event, _ *event.Delivery, n int) Outcome {
			at = append(at, time.Since(r.start))
			if n > len(asked) {
				return Outcome{Status: 200}
			}
			return Outcome{Status: 429, RetryAfter: asked[n-1]}
		})
		r.one()
		r.after(2 * time.Hour)
		if want := []time.Duration{0, 40 * time.Second, 40*time.Second + time.Hour}; !slices.Equal(at, want) {
			r.Errorf("attempts at %v, want %v", at, want)
		}
	})
}

func TestWhatBecomesOfAnAttempt(t *testing.T) {
	for name, c := range map[string]struct {
		to    deliverFunc
		code  string
		error string
		state event.State
	}{
		"good":       {answers(202), "202", "", event.Delivered},
		"bad":        {answers(500), "500", "", event.Pending},
		"redirect":   {answers(301), "301", "", event.Pending},
		"no retry":   {answers(422), "422", "", event.Dead},
		"no status":  {answers(0), "no_answer", "no answer", event.Pending},
		"odd status": {answers(9999), "invalid_status", "", event.Pending},
		"silent":     {silent, "timeout", "no answer within 30s", event.Pending},
		"refused": {func(context.Context, *event.Event, *event.Delivery, int) Outcome {
			return Outcome{Error: "connection refused"}
		}, "connection_error", "connection refused", event.Pending},
		"panic": {func(context.Context, *event.Event, *event.Delivery, int) Outcome { panic("the secret") }, "panic", "the destination panicked", event.Pending},
		"answered at the deadline": {func(ctx context.Context, _ *event.Event, _ *event.Delivery, _ int) Outcome {
			<-ctx.Done()
			return Outcome{Status: 200}
		}, "200", "", event.Delivered},
		"a long error": {func(context.Context, *event.Event, *event.Delivery, int) Outcome {
			return Outcome{Error: strings.Repeat("é", 1000)}
		}, "connection_error", strings.Repeat("é", maxError/2) + "…", event.Pending},
		"permanent": {func(context.Context, *event.Event, *event.Delivery, int) Outcome {
			return Outcome{Error: "no such header can be sent", Permanent: true}
		}, "connection_error", "no such header can be sent", event.Dead},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				r.configure(c.to, func(p *Policy) { p.Initial = time.Hour })
				id := r.one()
				r.after(time.Minute)
				dl := r.q.get(id)
				if dl.State != c.state || dl.AttemptCount != 1 || dl.Attempts[0].Error != c.error {
					r.Errorf("got %+v", dl)
				}
				if !slices.Equal(r.codes, []string{c.code}) {
					r.Errorf("observed %v, want %s", r.codes, c.code)
				}
				if strings.Contains(r.logs.String(), "the secret") {
					r.Errorf("a panic's value is logged:\n%s", &r.logs)
				}
			})
		})
	}
}

// Events that cannot be delivered die with a reason, after one look, and the others go on.
func TestPoisonDoesNotBlock(t *testing.T) {
	bubble(t, func(r *rig) {
		ids := r.q.add(billing, 40)
		r.q.lost[r.q.get(ids[0]).Event] = fmt.Errorf("event: %w", store.ErrDamaged)
		r.q.lost[r.q.get(ids[1]).Event] = store.ErrNotFound
		r.q.lost[r.q.get(ids[2]).Event] = errors.New("input/output error")
		panics := ids[3]
		r.configure(func(_ context.Context, _ *event.Event, d *event.Delivery, _ int) Outcome {
			if d.ID == panics {
				panic("poison")
			}
			return Outcome{Status: 200}
		}, func(p *Policy) { p.Concurrency = 2; p.Attempts = 2 })
		r.after(10 * time.Minute)
		r.wantState(ids[0], event.Dead, "the stored event is damaged")
		r.wantState(ids[1], event.Dead, "the stored event is gone")
		r.wantState(ids[2], event.Pending, "")
		r.wantAttempts(ids[2], 0)
		r.wantState(ids[3], event.Dead, "no attempt left: all 2 failed, last: the destination panicked")
		for _, id := range ids[4:] {
			r.wantState(id, event.Delivered, "")
		}
		if n := r.q.count("Event"); n > 40+1+30 {
			r.Errorf("events were read %d times", n)
		}
	})
}

func TestRoutesDoNotDisturbEachOther(t *testing.T) {
	bubble(t, func(r *rig) {
		slow := event.Route{Source: "stripe", Name: "slow"}
		r.q.add(slow, 100)
		fast := r.q.add(billing, 100)
		r.d.Configure(r.Context(), "config", []Route{
			{Route: slow, Destination: deliverFunc(silent)},
			{Route: billing, Destination: answers(200)},
		})
		r.after(0)
		for _, id := range fast {
			r.wantState(id, event.Delivered, "")
		}
	})
}

func TestConcurrencyIsNeverExceeded(t *testing.T) {
	bubble(t, func(r *rig) {
		running, most := 0, 0
		count := func(n int) (int, int) {
			r.mu.Lock()
			defer r.mu.Unlock()
			running += n
			most = max(most, running)
			return running, most
		}
		to := func(ctx context.Context, e *event.Event, d *event.Delivery, n int) Outcome {
			count(1)
			defer count(-1)
			return takes(10*time.Second)(ctx, e, d, n)
		}
		configure := func(concurrency int) { r.configure(to, func(p *Policy) { p.Concurrency = concurrency }) }
		want := func(wantRunning, wantMost int) {
			r.Helper()
			if running, most := count(0); running != wantRunning || most != wantMost {
				r.Errorf("%d run and %d did at most, want %d and %d", running, most, wantRunning, wantMost)
			}
		}
		r.q.add(billing, 100)
		configure(7)
		r.after(time.Second)
		want(7, 7)
		for range 5 { // what began under an earlier config counts
			configure(7)
			r.after(time.Second)
			want(7, 7)
		}
		configure(3)
		r.after(5 * time.Second)
		want(3, 7)
		configure(12)
		r.after(time.Second)
		want(12, 12)
	})
}

func TestMissedHintCostsADelayOnly(t *testing.T) {
	bubble(t, func(r *rig) {
		r.configure(answers(200))
		r.after(time.Second)
		id := r.q.add(billing, 1)[0]
		r.after(30 * time.Second)
		r.wantState(id, event.Delivered, "")

		r.d.Wake(event.Route{Source: "no", Name: "such"})
		if n := r.q.count("Lease"); n > 5 {
			r.Errorf("%d leases for one event", n)
		}
	})
}

// Whatever the clock does, nothing stalls for long and nothing is repeated in a storm.
func TestClockJumps(t *testing.T) {
	for name, jump := range map[string]time.Duration{
		"+10m": 10 * time.Minute, "-10m": -10 * time.Minute, "+8d": 8 * 24 * time.Hour, "-8d": -8 * 24 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				var up atomic.Bool
				r.configure(func(context.Context, *event.Event, *event.Delivery, int) Outcome {
					if up.Load() {
						return Outcome{Status: 200}
					}
					return Outcome{Status: 503}
				}, func(p *Policy) { p.Max = time.Minute; p.For = 30 * 24 * time.Hour })
				const n = 20
				ids := r.q.add(billing, n)
				r.after(30 * time.Minute)
				before := r.q.get(ids[0]).AttemptCount

				r.skew.Store(int64(jump))
				r.after(10 * time.Minute)
				if got := r.q.get(ids[0]).AttemptCount - before; got < 8 || got > 12 {
					r.Errorf("%d attempts within 10m after the jump, want one each minute", got)
				}
				up.Store(true)
				r.after(2 * time.Minute)
				for _, id := range ids {
					r.wantState(id, event.Delivered, "")
				}
			})
		})
	}
}

func TestStoreErrors(t *testing.T) {
	t.Run("lease", func(t *testing.T) {
		bubble(t, func(r *rig) {
			r.q.setFail("Lease", store.ErrUnavailable)
			r.configure(answers(200))
			id := r.one()
			for range 600 {
				r.after(time.Second)
				r.d.Wake(billing)
			}
			if n := r.q.count("Lease"); n < 20 || n > 40 {
				r.Errorf("%d leases tried in 10m", n)
			}
			r.q.setFail("Lease", nil)
			r.after(lastPause)
			r.wantState(id, event.Delivered, "")
			if n := strings.Count(r.logs.String(), "level=WARN"); n != 1 {
				r.Errorf("%d warnings, want 1:\n%s", n, &r.logs)
			}
		})
	})
	t.Run("event", func(t *testing.T) {
		bubble(t, func(r *rig) {
			r.q.setFail("Event", store.ErrUnavailable)
			r.configure(answers(200))
			id := r.one()
			r.after(10 * time.Minute)
			if n := r.q.count("Event"); n < 20 || n > 40 {
				r.Errorf("the event was read %d times in 10m", n)
			}
			r.wantAttempts(id, 0)
			r.q.setFail("Event", nil)
			r.after(lastPause)
			r.wantState(id, event.Delivered, "")
		})
	})
	t.Run("settle", func(t *testing.T) {
		bubble(t, func(r *rig) {
			r.q.setFail("Settle", store.ErrDiskLow)
			var sent atomic.Int32
			r.configure(func(context.Context, *event.Event, *event.Delivery, int) Outcome {
				sent.Add(1)
				return Outcome{Status: 503}
			}, func(p *Policy) { p.Concurrency = 4 })
			ids := r.q.add(billing, 10)
			r.d.Wake(billing)
			r.after(10 * time.Minute)
			if n := r.q.count("Settle"); sent.Load() != 4 || n > 4*40 {
				r.Errorf("%d attempts and %d settlements while nothing could be recorded, want 4 attempts", sent.Load(), n)
			}
			r.q.setFail("Settle", nil)
			r.after(lastPause)
			for _, id := range ids {
				if r.q.get(id).AttemptCount == 0 {
					r.Errorf("%s was not attempted", id)
				}
			}
		})
	})
	t.Run("settle, until the shutdown", func(t *testing.T) {
		bubble(t, func(r *rig) {
			r.q.setFail("Settle", store.ErrUnavailable)
			r.configure(answers(200))
			id := r.one()
			r.after(time.Second)
			r.stop()
			r.wantAttempts(id, 0)
		})
	})
	t.Run("settle, not sure whether it worked", func(t *testing.T) {
		bubble(t, func(r *rig) {
			r.configure(func(_ context.Context, _ *event.Event, d *event.Delivery, n int) Outcome {
				if n == 1 { // another settlement of this very attempt is in the store already
					r.q.edit(d.ID, func(dl *event.Delivery) {
						_ = dl.Fail(event.Attempt{StartedAt: time.Now()}, time.Now().Add(time.Minute), "")
					})
				}
				return Outcome{Status: 503}
			})
			id := r.one()
			r.after(time.Second)
			r.wantAttempts(id, 1)
		})
	})
	t.Run("opened anew during an attempt", func(t *testing.T) {
		for _, asleep := range []bool{true, false} { // the lane, until the attempt ends
			bubble(t, func(r *rig) {
				r.configure(takes(10 * time.Second))
				id := r.one()
				r.after(time.Second)
				r.q.reopen()
				for range 3 {
					if !asleep {
						r.d.Wake(billing)
					}
					r.after(2 * time.Second)
				}
				r.after(time.Minute)
				r.wantState(id, event.Delivered, "")
				r.wantAttempts(id, 1)
				if len(r.codes) != 1 {
					r.Errorf("sent %d times", len(r.codes))
				}
			})
		}
	})
	t.Run("removed meanwhile", func(t *testing.T) {
		bubble(t, func(r *rig) {
			r.configure(func(_ context.Context, _ *event.Event, d *event.Delivery, _ int) Outcome {
				r.q.mu.Lock()
				defer r.q.mu.Unlock()
				delete(r.q.stored, d.ID)
				return Outcome{Status: 200}
			})
			r.one()
			r.after(time.Minute)
			if len(r.ended) != 0 || r.q.count("Settle") != 1 {
				r.Errorf("ended %v after %d settlements", r.ended, r.q.count("Settle"))
			}
		})
	})
	t.Run("closed", func(t *testing.T) {
		bubble(t, func(r *rig) {
			r.configure(func(context.Context, *event.Event, *event.Delivery, int) Outcome {
				for _, m := range []string{"Lease", "Event", "Settle", "Routes"} {
					r.q.setFail(m, store.ErrClosed)
				}
				return Outcome{Status: 200}
			})
			r.one()
			r.after(10 * time.Minute)
			if n := r.q.count("Settle") + r.q.count("Lease"); n > 40 {
				r.Errorf("%d calls to a closed store in 10m", n)
			}
		})
	})
}

func TestAwaitIdle(t *testing.T) {
	bubble(t, func(r *rig) {
		r.d.AwaitIdle(r.Context()) // nothing was ever in flight
		var n atomic.Int64
		r.configure(func(context.Context, *event.Event, *event.Delivery, int) Outcome {
			time.Sleep(time.Duration(n.Add(1)) * time.Second)
			return Outcome{Status: 200}
		}, func(p *Policy) { p.Concurrency = 3 })
		r.q.add(billing, 5)
		r.d.Wake(billing)
		synctest.Wait()
		r.d.Retire(r.Context(), "config")

		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		r.d.AwaitIdle(ctx)
		if got := time.Since(r.start); got != time.Second {
			r.Errorf("it waited for %s, past its context", got)
		}
		r.d.AwaitIdle(r.Context())
		if got := time.Since(r.start); got != 3*time.Second {
			r.Errorf("it waited until %s, want the end of the last attempt after 3s", got)
		}
		if states, _ := r.q.states(); states[event.Delivered] != 3 || states[event.Pending] != 2 {
			r.Errorf("%v, want three delivered", states)
		}
	})
}

func TestShutdown(t *testing.T) {
	t.Run("waits", func(t *testing.T) {
		bubble(t, func(r *rig) {
			r.configure(takes(5*time.Second), func(p *Policy) { p.Concurrency = 2 })
			ids := r.q.add(billing, 3)
			r.d.Wake(billing)
			r.after(time.Second)
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			if err := r.d.Shutdown(ctx); err != nil || time.Since(r.start) != 5*time.Second {
				r.Errorf("Shutdown returned %v after %s", err, time.Since(r.start))
			}
			r.wantState(ids[0], event.Delivered, "")
			r.wantState(ids[1], event.Delivered, "")
			r.wantAttempts(ids[2], 0)

			r.configure(answers(200)) // for good means for good
			r.after(time.Hour)
			r.wantAttempts(ids[2], 0)
		})
	})
	t.Run("cuts", func(t *testing.T) {
		bubble(t, func(r *rig) {
			var answered atomic.Bool
			r.configure(func(ctx context.Context, _ *event.Event, _ *event.Delivery, _ int) Outcome {
				<-ctx.Done()
				if answered.CompareAndSwap(false, true) {
					return Outcome{Status: 200} // just in time
				}
				return Outcome{Error: ctx.Err().Error()}
			}, func(p *Policy) { p.Timeout = time.Hour; p.Attempts = 1; p.Concurrency = 2 })
			r.q.add(billing, 2)
			r.d.Wake(billing)
			r.after(time.Minute)
			r.stop()
			states, _ := r.q.states()
			if states[event.Delivered] != 1 || states[event.Pending] != 1 || !slices.Equal(r.codes, []string{"200"}) {
				r.Errorf("%v, observed %v", states, r.codes)
			}

			r.d = r.dispatcher()
			r.configure(func(_ context.Context, _ *event.Event, _ *event.Delivery, n int) Outcome {
				if n != 1 {
					r.Errorf("attempt %d: the one that was cut counts", n)
				}
				return Outcome{Status: 200}
			})
			r.after(time.Second)
			if states, _ := r.q.states(); states[event.Delivered] != 2 {
				r.Errorf("after the restart: %v", states)
			}
		})
	})
	t.Run("does not wait for ever", func(t *testing.T) {
		bubble(t, func(r *rig) {
			stuck := make(chan struct{})
			r.configure(func(context.Context, *event.Event, *event.Delivery, int) Outcome {
				<-stuck
				return Outcome{Error: "at last"}
			})
			r.one()
			r.after(time.Second)
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			if err := r.d.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
				r.Errorf("Shutdown returned %v", err)
			}
			if took := time.Since(r.start); took != 2*time.Second+cutGrace {
				r.Errorf("Shutdown took until %s", took)
			}
			close(stuck)
		})
	})
	t.Run("before anything", func(t *testing.T) {
		bubble(t, func(r *rig) { r.stop() })
	})
}
