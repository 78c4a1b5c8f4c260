package event

import (
	"errors"
	"fmt"
	"time"
)

// State is where a delivery stands.
type State uint8

// The states of a delivery. Delivering is never stored: it is what a Pending delivery is called
// while an attempt runs, and Held what it is called while its route is held or not configured.
const (
	Pending State = iota + 1
	Delivering
	Delivered
	Dead
	Cancelled
	Held
)

var stateNames = [...]string{Pending: "pending", Delivering: "delivering", Delivered: "delivered", Dead: "dead", Cancelled: "cancelled", Held: "held"}

func (s State) String() string {
	if int(s) < len(stateNames) && stateNames[s] != "" {
		return stateNames[s]
	}
	return fmt.Sprintf("State(%d)", uint8(s))
}

// ParseState reads the name of a state.
func ParseState(name string) (State, error) {
	for s, n := range stateNames {
		if n != "" && n == name {
			return State(s), nil
		}
	}
	return 0, fmt.Errorf("unknown state %q: use pending, held, delivering, delivered, dead or cancelled", name)
}

// Finished reports whether no further attempt will be made unless an operator asks for one.
func (s State) Finished() bool { return s == Delivered || s == Dead || s == Cancelled }

// ErrState says that a delivery's state does not allow the step.
var ErrState = errors.New("the delivery's state does not allow this")

// The steps between states, each a method below; every other step is refused with ErrState.
//
//	pending   ─ Succeed ─▶ delivered
//	pending   ─ Fail    ─▶ pending (later) | dead
//	pending   ─ Cancel  ─▶ cancelled
//	dead      ─ Cancel  ─▶ cancelled
//	pending, dead, cancelled ─ Retry ─▶ pending (now, with a fresh budget)

// Succeed ends the delivery with a successful attempt.
func (d *Delivery) Succeed(a Attempt) error {
	if d.State != Pending {
		return d.refuse("delivered")
	}
	d.record(a)
	d.become(Delivered, "", a.StartedAt.Add(a.Duration))
	return nil
}

// Fail records a failed attempt. The next one is due at next; if next is zero the delivery is
// dead for the given reason.
func (d *Delivery) Fail(a Attempt, next time.Time, reason string) error {
	if d.State != Pending {
		return d.refuse("failed")
	}
	d.record(a)
	if next.IsZero() {
		d.become(Dead, reason, a.StartedAt.Add(a.Duration))
		return nil
	}
	d.NextAttemptAt = next
	return nil
}

// Die ends the delivery without an attempt, because none can be made.
func (d *Delivery) Die(now time.Time, reason string) error {
	if d.State != Pending {
		return d.refuse("dead")
	}
	d.become(Dead, reason, now)
	return nil
}

// Cancel ends the delivery for good, by an operator.
func (d *Delivery) Cancel(now time.Time) error {
	if d.State != Pending && d.State != Dead {
		return d.refuse("cancelled")
	}
	d.become(Cancelled, "cancelled by an operator", now)
	return nil
}

// Retry makes the delivery due now with a fresh budget, by an operator.
func (d *Delivery) Retry(now time.Time) error {
	if d.State == Delivered {
		return d.refuse("retried")
	}
	d.become(Pending, "", now)
	d.NextAttemptAt = now
	d.BudgetSince, d.BudgetAttempts = time.Time{}, 0
	return nil
}

func (d *Delivery) become(s State, reason string, now time.Time) {
	d.State, d.Reason, d.ChangedAt = s, reason, now
	d.NextAttemptAt = time.Time{}
}

func (d *Delivery) record(a Attempt) {
	d.AttemptCount++
	d.BudgetAttempts++
	if d.BudgetSince.IsZero() {
		d.BudgetSince = a.StartedAt
	}
	a.Number = d.AttemptCount
	if len(a.Response) > MaxResponseKept {
		a.Response = a.Response[:MaxResponseKept]
	}
	d.Attempts = append(d.Attempts, a)
	if n := len(d.Attempts); n > MaxAttemptsKept {
		d.Attempts = append(d.Attempts[:0:0], d.Attempts[n-MaxAttemptsKept:]...)
	}
}

func (d *Delivery) refuse(step string) error {
	return fmt.Errorf("%w: a delivery that is %s cannot be %s", ErrState, d.State, step)
}

// Status is an event's state as a whole.
type Status string

// The statuses of an event, in the order in which the first that applies is taken.
const (
	StatusPending   Status = "pending"
	StatusDead      Status = "dead"
	StatusDelivered Status = "delivered"
	StatusCancelled Status = "cancelled"
	StatusUnrouted  Status = "unrouted"
)

// ParseStatus reads the name of a status.
func ParseStatus(name string) (Status, error) {
	switch s := Status(name); s {
	case StatusPending, StatusDead, StatusDelivered, StatusCancelled, StatusUnrouted:
		return s, nil
	}
	return "", fmt.Errorf("unknown status %q: use pending, dead, delivered, cancelled or unrouted", name)
}

// StatusOf is the status of an event with these deliveries.
func StatusOf(deliveries []*Delivery) Status {
	var seen [Held + 1]bool
	for _, d := range deliveries {
		seen[d.State] = true
	}
	switch {
	case seen[Pending] || seen[Delivering] || seen[Held]:
		return StatusPending
	case seen[Dead]:
		return StatusDead
	case seen[Delivered]:
		return StatusDelivered
	case seen[Cancelled]:
		return StatusCancelled
	}
	return StatusUnrouted
}
