package delivery

import (
	"context"
	"errors"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

const (
	// poll is how long a lane sleeps at most: it bounds what a missed hint or a clock that was
	// set forward can cost.
	poll = 30 * time.Second
	// The pauses after an error of the store, doubled from the first to the last.
	firstPause = 250 * time.Millisecond
	lastPause  = 30 * time.Second
	// farAhead is later than anything can be due.
	farAhead = 100 * 365 * 24 * time.Hour
)

// lane is one route's way out. Its fields are guarded by Dispatcher.mu, except for hint.
type lane struct {
	route    event.Route
	config   *Route // nil while the route is not configured
	working  bool   // its goroutine runs
	inFlight int
	hint     chan struct{}
}

func (l *lane) wake() {
	select {
	case l.hint <- struct{}{}:
	default:
	}
}

// work leases what a lane has room for whenever it could be due, until the lane is no longer
// configured or the dispatcher ends.
func (d *Dispatcher) work(l *lane) {
	var pause pause
	timer := time.NewTimer(poll)
	defer timer.Stop()
	for {
		room, policy, ok := d.room(l)
		if !ok {
			return
		}
		wait := poll
		if room > 0 {
			var err error
			if wait, err = d.fetch(l, room, policy); err != nil {
				if pause == 0 && d.fetching.Err() == nil {
					d.log.Warn("the store gives no deliveries; trying again", "source", l.route.Source, "route", l.route.Name, "error", err)
				}
				pause.sleep(d.fetching)
				continue
			}
			pause = 0
		}
		timer.Reset(wait)
		select {
		case <-timer.C:
		case <-l.hint:
		case <-d.fetching.Done():
		}
	}
}

// room is how many attempts may begin now. It ends the lane's work if there is nothing to do any
// more.
func (d *Dispatcher) room(l *lane) (n int, p Policy, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if l.config == nil || d.closed {
		l.working = false
		d.tidy(l)
		return 0, p, false
	}
	if d.open(l) {
		n = l.config.Policy.Concurrency - l.inFlight
	}
	return n, l.config.Policy, true
}

// open reports whether attempts may begin. d.mu is held.
func (d *Dispatcher) open(l *lane) bool {
	mark := d.marks[l.route]
	return d.marks != nil && !d.closed && l.config != nil && !mark.Held && !mark.Missing
}

// fetch leases up to room deliveries, starts their attempts, and returns for how long there is
// nothing more to do unless the lane is woken.
func (d *Dispatcher) fetch(l *lane, room int, p Policy) (wait time.Duration, err error) {
	d.gate.RLock()
	defer d.gate.RUnlock()
	now := d.now()
	ds, next, err := d.queue.Lease(d.fetching, l.route, now, room)
	if err != nil {
		return 0, err
	}
	d.start(l, ds)
	// No delay is longer than Max. What waits far longer was scheduled before the clock was set
	// back, or before Max was lowered, and has waited enough.
	if len(ds) < room && next.Sub(now)/2 > p.Max {
		ds, next, err = d.queue.Lease(d.fetching, l.route, now.Add(farAhead), room-len(ds))
		if err != nil {
			return 0, err
		}
		d.start(l, ds)
	}
	if next.IsZero() {
		return poll, nil
	}
	return min(max(next.Sub(now), time.Millisecond), poll), nil
}

// start begins the attempts of leased deliveries. One for which an attempt is in flight already,
// because the store forgot its lease or that attempt is just ending, is not attempted twice at once:
// it stays leased until finish.
func (d *Dispatcher) start(l *lane, ds []*event.Delivery) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, dl := range ds {
		if a := d.attempts[dl.ID]; a != nil {
			a.leasedAgain = true
			continue
		}
		a := &attempt{lane: l, delivery: dl, done: make(chan struct{})}
		a.ctx, a.cut = context.WithCancelCause(d.attempting)
		d.attempts[dl.ID] = a
		l.inFlight++
		d.goroutines.Go(func() { d.run(a) })
	}
}

// finish frees the attempt's place.
func (d *Dispatcher) finish(a *attempt) {
	a.cut(nil)
	d.mu.Lock()
	for a.leasedAgain {
		a.leasedAgain = false
		d.mu.Unlock()
		d.queue.Release(a.delivery.ID)
		d.mu.Lock()
	}
	delete(d.attempts, a.delivery.ID)
	a.lane.inFlight--
	a.lane.wake()
	d.tidy(a.lane)
	d.mu.Unlock()
	close(a.done)
}

// insist calls f, with pauses, until it succeeds or fails for good or ctx ends.
func insist(ctx context.Context, f func() error) error {
	var pause pause
	for {
		err := f()
		switch {
		case err == nil, errors.Is(err, event.ErrState), errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrDamaged), errors.Is(err, store.ErrClosed):
			return err
		}
		if !pause.sleep(ctx) {
			return err
		}
	}
}

// pause is the last pause that was made because of an error; zero if there was none.
type pause time.Duration

// sleep makes the next pause and reports whether it lasted to its end.
func (p *pause) sleep(ctx context.Context) bool {
	*p = pause(min(max(2*time.Duration(*p), firstPause), lastPause))
	timer := time.NewTimer(time.Duration(*p))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
