package delivery

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// maxError bounds the error text that is kept of an attempt, in bytes.
const maxError = 512

// attempt is a leased delivery on its way.
type attempt struct {
	lane     *lane
	delivery *event.Delivery // as it was leased
	ctx      context.Context // its cause is errShutdown or errCancelled once it was cut
	cut      context.CancelCauseFunc
	done     chan struct{} // closed when it is over and settled

	leasedAgain bool // guarded by Dispatcher.mu
}

func (a *attempt) cancelled() bool { return errors.Is(context.Cause(a.ctx), errCancelled) }

// run takes a leased delivery through one attempt and ends the lease.
func (d *Dispatcher) run(a *attempt) {
	var after *event.Delivery
	if step := d.try(a); step != nil {
		after = d.settle(a, step)
	} else {
		d.queue.Release(a.delivery.ID)
	}
	d.finish(a)
	if after != nil && after.State.Finished() {
		d.ended(after)
	}
}

// try makes the attempt and returns the step that records it; nil if there is nothing to record.
func (d *Dispatcher) try(a *attempt) store.Step {
	var e *event.Event
	err := insist(a.ctx, func() (err error) {
		e, err = d.queue.Event(a.ctx, a.delivery.Event)
		return err
	})
	switch {
	case a.cancelled():
		return func(dl *event.Delivery) error { return dl.Cancel(d.now()) }
	case errors.Is(err, store.ErrDamaged):
		return func(dl *event.Delivery) error { return dl.Die(d.now(), "the stored event is damaged") }
	case errors.Is(err, store.ErrNotFound):
		return func(dl *event.Delivery) error { return dl.Die(d.now(), "the stored event is gone") }
	case err != nil:
		return nil
	}
	r, ok := d.begin(a)
	if !ok {
		return nil
	}
	t, code := d.call(a, r, e)
	if code == "" {
		return nil
	}
	d.observer.Attempted(r.Route, code, t.Duration)
	if !t.outcome.Succeeded() {
		d.log.Debug("a delivery failed", append(about(a.delivery), "attempt", t.Number, "code", code, "error", t.Error)...)
	}
	return func(dl *event.Delivery) error {
		if dl.AttemptCount >= t.Number {
			return fmt.Errorf("%w: attempt %d is recorded already", event.ErrState, t.Number)
		}
		if a.cancelled() && !t.outcome.Succeeded() {
			return errors.Join(dl.Fail(t.Attempt, t.ended, ""), dl.Cancel(t.ended))
		}
		return t.record(dl)
	}
}

// begin returns the route as it is configured now, unless it was held, removed or stopped since
// the delivery was leased.
func (d *Dispatcher) begin(a *attempt) (Route, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.open(a.lane) {
		return Route{}, false
	}
	return *a.lane.config, true
}

// call calls the destination. The code says how it went; it is empty if the attempt was cut by
// a shutdown and does not count.
func (d *Dispatcher) call(a *attempt, r Route, e *event.Event) (t *trial, code string) {
	ctx, cancel := context.WithTimeout(a.ctx, r.Policy.Timeout)
	defer cancel()
	number := a.delivery.AttemptCount + 1
	started, clock := d.now(), time.Now() // the second for its monotonic reading
	o, panicked := d.contain(ctx, r.Destination, e, a.delivery, number)
	took := time.Since(clock)

	switch cause := context.Cause(a.ctx); {
	case o.answered() && o.Status >= 100 && o.Status <= 599:
		code = strconv.Itoa(o.Status)
	case o.answered():
		code = "invalid_status"
	case errors.Is(cause, errShutdown):
		return nil, ""
	case cause != nil:
		code, o.Error = "cancelled", cause.Error()
	case panicked:
		code = "panic"
	case ctx.Err() != nil:
		code, o.Error = "timeout", "no answer within "+short(r.Policy.Timeout)
	case o.Error != "":
		code = "connection_error"
	default:
		code, o.Error = "no_answer", "no answer"
	}
	t = &trial{
		Attempt: event.Attempt{Number: number, StartedAt: started, Duration: took, Status: o.Status, Error: cutText(o.Error)},
		outcome: o, policy: r.Policy, ended: d.now(), resumed: d.mark(r.Route).ResumedAt, jitter: d.jitter(),
	}
	if !o.Succeeded() {
		t.Response = o.Response
	}
	return t, code
}

// contain calls the destination and turns a panic into a failed attempt.
func (d *Dispatcher) contain(ctx context.Context, to Destination, e *event.Event, dl *event.Delivery, number int) (o Outcome, panicked bool) {
	defer func() {
		if v := recover(); v != nil { // its value may hold anything, also what must not be logged
			d.log.Error("a destination panicked", append(about(dl), "type", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))...)
			o, panicked = Outcome{Error: "the destination panicked"}, true
		}
	}()
	return to.Deliver(ctx, e, dl, number), false
}

// settle applies the step and returns the delivery as it is then. While the store cannot take it
// the attempt keeps its lease and its place: to repeat attempts whose outcome cannot be recorded
// would flood the application.
func (d *Dispatcher) settle(a *attempt, step store.Step) *event.Delivery {
	var after event.Delivery
	noted := func(dl *event.Delivery) error {
		err := step(dl)
		after = *dl
		return err
	}
	ctx, id := context.WithoutCancel(a.ctx), a.delivery.ID
	err := insist(d.attempting, func() error { return d.queue.Settle(ctx, id, noted) })
	if errors.Is(err, store.ErrNotFound) { // a store that was opened anew has forgotten its leases
		err = insist(d.attempting, func() error {
			_, err := d.queue.Change(ctx, id, noted)
			return err
		})
	}
	if err == nil {
		return &after
	}
	d.queue.Release(id)
	if errors.Is(err, event.ErrState) || errors.Is(err, store.ErrNotFound) {
		d.log.Debug("a delivery was changed or removed while it was attempted", append(about(a.delivery), "error", err)...)
	} else {
		d.log.Error("an attempt could not be recorded and will be repeated", append(about(a.delivery), "error", err)...)
	}
	return nil
}

// ended tells of a delivery that reached its end.
func (d *Dispatcher) ended(dl *event.Delivery) {
	if dl.State == event.Dead {
		d.log.Error("a delivery is dead", append(about(dl), "reason", dl.Reason, "attempts", dl.AttemptCount)...)
	}
	d.observer.Ended(dl.Route, dl)
}

func about(dl *event.Delivery) []any {
	return []any{"source", dl.Route.Source, "route", dl.Route.Name, "event", dl.Event, "delivery", dl.ID}
}

func cutText(s string) string {
	if len(s) > maxError {
		s = s[:maxError] + "…"
	}
	return strings.ToValidUTF8(s, "")
}
