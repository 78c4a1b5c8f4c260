package delivery

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gatepost/gatepost/event"
)

// trial is an attempt that was made, and all that decides what follows from it.
type trial struct {
	event.Attempt
	outcome Outcome
	policy  Policy
	ended   time.Time
	resumed time.Time // budgets that began before this begin anew
	jitter  float64   // in [0, 1)
}

// record applies the trial to the delivery: it is delivered, due again later, or dead.
func (t *trial) record(d *event.Delivery) error {
	if t.outcome.Succeeded() {
		return d.Succeed(t.Attempt)
	}
	if d.BudgetSince.Before(t.resumed) {
		d.BudgetSince, d.BudgetAttempts = time.Time{}, 0
	}
	since := d.BudgetSince
	if since.IsZero() {
		since = t.StartedAt
	}
	failed := d.BudgetAttempts + 1
	if reason := t.exhausted(since, failed); reason != "" {
		return d.Fail(t.Attempt, time.Time{}, reason)
	}
	return d.Fail(t.Attempt, t.next(since, failed), "")
}

// exhausted is the reason for which there is no further attempt; "" if there is one.
func (t *trial) exhausted(since time.Time, failed int) string {
	p := &t.policy
	switch {
	case t.outcome.Permanent:
		return "no further attempt can succeed: " + t.what()
	case slices.Contains(p.NoRetry, t.outcome.Status):
		return fmt.Sprintf("status %d is not retried", t.outcome.Status)
	case p.Attempts > 0 && failed >= p.Attempts:
		return fmt.Sprintf("no attempt left: all %d failed, last: %s", failed, t.what())
	case p.For > 0 && t.ended.Sub(since) >= p.For:
		return fmt.Sprintf("no attempt left within %s: all %d failed, last: %s", short(p.For), failed, t.what())
	}
	return ""
}

// next is when the next attempt is due. A delay that would pass the end of Policy.For is cut to
// it, so that the last attempt is made then: "for 72h" means no less.
func (t *trial) next(since time.Time, failed int) time.Time {
	p := &t.policy
	delay := max(p.backoff(failed, t.jitter), min(t.outcome.RetryAfter, p.Max))
	next := t.ended.Add(delay)
	if end := since.Add(p.For); p.For > 0 && next.After(end) {
		return end
	}
	return next
}

func (t *trial) what() string {
	switch {
	case t.Status == 0:
		return t.Error
	case t.Error == "":
		return fmt.Sprintf("status %d", t.Status)
	}
	return fmt.Sprintf("status %d, %s", t.Status, t.Error)
}

// backoff is the delay after so many failures: uniform in (0, ceiling], where the ceiling is
// Initial, doubled with each failure, up to Max.
func (p *Policy) backoff(failed int, jitter float64) time.Duration {
	ceiling := min(p.Initial, p.Max)
	for i := 1; i < failed && ceiling < p.Max; i++ {
		if ceiling > p.Max/2 {
			ceiling = p.Max
		} else {
			ceiling *= 2
		}
	}
	return ceiling - time.Duration(float64(ceiling)*jitter)
}

// complete replaces what is not set by the default.
func (p Policy) complete() Policy {
	def := DefaultPolicy()
	if p.Timeout <= 0 {
		p.Timeout = def.Timeout
	}
	if p.Initial <= 0 {
		p.Initial = def.Initial
	}
	if p.Max <= 0 {
		p.Max = def.Max
	}
	if p.Concurrency <= 0 {
		p.Concurrency = def.Concurrency
	}
	return p
}

// short writes a duration without the zero units that Duration.String puts at its end.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
