package delivery

import (
	"math"
	"testing"
	"time"

	"github.com/gatepost/gatepost/event"
)

func TestBackoffIsWithinItsCeiling(t *testing.T) {
	almost1 := math.Nextafter(1, 0)
	for _, c := range []struct {
		initial, max time.Duration
		failed       int
		ceiling      time.Duration
	}{
		{5 * time.Second, time.Hour, 1, 5 * time.Second},
		{5 * time.Second, time.Hour, 2, 10 * time.Second},
		{5 * time.Second, time.Hour, 10, 2560 * time.Second},
		{5 * time.Second, time.Hour, 11, time.Hour},
		{5 * time.Second, time.Hour, math.MaxInt, time.Hour},
		{time.Minute, time.Second, 1, time.Second},
		{1, math.MaxInt64, 63, 1 << 62},
		{1, math.MaxInt64, 64, math.MaxInt64},
		{1, math.MaxInt64, 1 << 40, math.MaxInt64},
		{1, 1, 3, 1},
	} {
		p := Policy{Initial: c.initial, Max: c.max}
		if got := p.backoff(c.failed, 0); got != c.ceiling {
			t.Errorf("%v after %d failures: %s, want the ceiling %s", p, c.failed, got, c.ceiling)
		}
		if got, want := p.backoff(c.failed, 0.25), c.ceiling/4*3; c.ceiling > 1 && (got < want-want/1000 || got > want+want/1000+1) {
			t.Errorf("%v after %d failures: %s at a quarter, want about %s", p, c.failed, got, want)
		}
		if got := p.backoff(c.failed, almost1); got <= 0 || got > c.ceiling/1000+1 {
			t.Errorf("%v after %d failures: %s at the bottom, want just above 0", p, c.failed, got)
		}
	}
}

func TestRecord(t *testing.T) {
	t0 := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	policy := Policy{Initial: time.Minute, Max: time.Hour, For: 24 * time.Hour, Attempts: 5, NoRetry: []int{410}}
	forever := policy
	forever.For, forever.Attempts = 0, 0
	old := event.Delivery{BudgetSince: t0.Add(-23*time.Hour - 50*time.Minute), BudgetAttempts: 3}
	for name, c := range map[string]struct {
		policy  Policy
		before  event.Delivery
		outcome Outcome
		resumed time.Time
		state   event.State
		next    time.Duration // from the end of the attempt
		reason  string
	}{
		"success":                     {policy: policy, outcome: Outcome{Status: 204}, state: event.Delivered},
		"a 2xx that does not count":   {policy: policy, outcome: Outcome{Status: 200, Error: "broke off"}, state: event.Pending, next: time.Minute},
		"redirect":                    {policy: policy, outcome: Outcome{Status: 302}, state: event.Pending, next: time.Minute},
		"no answer":                   {policy: policy, outcome: Outcome{Error: "refused"}, state: event.Pending, next: time.Minute},
		"the fourth":                  {policy: policy, before: event.Delivery{BudgetSince: t0, BudgetAttempts: 3}, outcome: Outcome{Status: 500}, state: event.Pending, next: 8 * time.Minute},
		"the last":                    {policy: policy, before: event.Delivery{BudgetSince: t0, BudgetAttempts: 4}, outcome: Outcome{Status: 503}, state: event.Dead, reason: "no attempt left: all 5 failed, last: status 503"},
		"the last, no answer":         {policy: policy, before: event.Delivery{BudgetSince: t0, BudgetAttempts: 4}, outcome: Outcome{Error: "refused"}, state: event.Dead, reason: "no attempt left: all 5 failed, last: refused"},
		"the last, broke off":         {policy: policy, before: event.Delivery{BudgetSince: t0, BudgetAttempts: 4}, outcome: Outcome{Status: 200, Error: "broke off"}, state: event.Dead, reason: "no attempt left: all 5 failed, last: status 200, broke off"},
		"attempts lowered":            {policy: policy, before: event.Delivery{BudgetSince: t0, BudgetAttempts: 9}, outcome: Outcome{Status: 500}, state: event.Dead, reason: "no attempt left: all 10 failed, last: status 500"},
		"not retried":                 {policy: policy, outcome: Outcome{Status: 410}, state: event.Dead, reason: "status 410 is not retried"},
		"permanent":                   {policy: policy, outcome: Outcome{Error: "bad header", Permanent: true}, state: event.Dead, reason: "no further attempt can succeed: bad header"},
		"permanent, with a status":    {policy: policy, outcome: Outcome{Status: 599, Permanent: true}, state: event.Dead, reason: "no further attempt can succeed: status 599"},
		"for cuts the delay":          {policy: policy, before: event.Delivery{BudgetSince: t0.Add(-23*time.Hour - 58*time.Minute), BudgetAttempts: 3}, outcome: Outcome{Status: 500}, state: event.Pending, next: 2*time.Minute - time.Second},
		"for is over":                 {policy: policy, before: event.Delivery{BudgetSince: t0.Add(-24 * time.Hour), BudgetAttempts: 2}, outcome: Outcome{Status: 500}, state: event.Dead, reason: "no attempt left within 24h: all 3 failed, last: status 500"},
		"for cuts Retry-After":        {policy: policy, before: old, outcome: Outcome{Status: 503, RetryAfter: 30 * time.Minute}, state: event.Pending, next: 10*time.Minute - time.Second},
		"Retry-After is later":        {policy: policy, outcome: Outcome{Status: 429, RetryAfter: 7 * time.Minute}, state: event.Pending, next: 7 * time.Minute},
		"Retry-After is earlier":      {policy: policy, before: event.Delivery{BudgetSince: t0, BudgetAttempts: 3}, outcome: Outcome{Status: 429, RetryAfter: time.Second}, state: event.Pending, next: 8 * time.Minute},
		"Retry-After is absurd":       {policy: policy, outcome: Outcome{Status: 429, RetryAfter: math.MaxInt64}, state: event.Pending, next: time.Hour},
		"Retry-After is negative":     {policy: policy, outcome: Outcome{Status: 429, RetryAfter: math.MinInt64}, state: event.Pending, next: time.Minute},
		"no limits":                   {policy: forever, before: event.Delivery{BudgetSince: t0.AddDate(-9, 0, 0), BudgetAttempts: 1e6}, outcome: Outcome{Status: 500}, state: event.Pending, next: time.Hour},
		"resumed since":               {policy: policy, before: old, outcome: Outcome{Status: 500}, resumed: t0.Add(-time.Hour), state: event.Pending, next: time.Minute},
		"resumed before":              {policy: policy, before: old, outcome: Outcome{Status: 500}, resumed: t0.AddDate(0, 0, -3), state: event.Pending, next: 8 * time.Minute},
		"resumed, and not retried":    {policy: policy, before: old, outcome: Outcome{Status: 410}, resumed: t0, state: event.Dead, reason: "status 410 is not retried"},
		"the clock was set back":      {policy: policy, before: event.Delivery{BudgetSince: t0.AddDate(0, 0, 8), BudgetAttempts: 1}, outcome: Outcome{Status: 500}, state: event.Pending, next: 2 * time.Minute},
		"an exhausted one that works": {policy: policy, before: event.Delivery{BudgetSince: t0.AddDate(0, 0, -9), BudgetAttempts: 99}, outcome: Outcome{Status: 200}, state: event.Delivered},
	} {
		dl := c.before
		dl.State = event.Pending
		tr := trial{
			Attempt: event.Attempt{StartedAt: t0, Duration: time.Second, Status: c.outcome.Status, Error: c.outcome.Error},
			outcome: c.outcome, policy: c.policy, ended: t0.Add(time.Second), resumed: c.resumed,
		}
		if err := tr.record(&dl); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if dl.State != c.state || dl.Reason != c.reason {
			t.Errorf("%s: %s, reason %q; want %s, %q", name, dl.State, dl.Reason, c.state, c.reason)
		}
		if dl.State == event.Pending && dl.NextAttemptAt.Sub(tr.ended) != c.next {
			t.Errorf("%s: due in %s, want %s", name, dl.NextAttemptAt.Sub(tr.ended), c.next)
		}
	}
}

func TestShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		72 * time.Hour: "72h", 90 * time.Minute: "1h30m", time.Hour + time.Second: "1h0m1s",
		30 * time.Second: "30s", 10 * time.Minute: "10m", 0: "0s", 1500 * time.Millisecond: "1.5s",
	} {
		if got := short(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}

func TestPolicyIsCompleted(t *testing.T) {
	p, def := Policy{Concurrency: 3, Timeout: -1}.complete(), DefaultPolicy()
	if p.Concurrency != 3 || p.Timeout != def.Timeout || p.Initial != def.Initial || p.Max != def.Max || p.For != 0 || p.Attempts != 0 {
		t.Errorf("got %+v", p)
	}
}
