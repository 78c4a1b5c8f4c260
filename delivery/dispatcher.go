package delivery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// Queue is what the dispatcher needs of a store; every store.Engine is one.
type Queue interface {
	store.Queue
	// Change is store.Operator's.
	Change(ctx context.Context, id event.DeliveryID, step store.Step) (*event.Delivery, error)
}

// Options are what a dispatcher can be given. Each field may be left out.
type Options struct {
	Now      func() time.Time // wall clock; default time.Now
	Jitter   func() float64   // uniform in [0, 1); default math/rand/v2
	Logger   *slog.Logger     // default: nothing is logged
	Observer Observer         // default: nobody is told
}

// Observer is told what happens, for metrics and alarms. Its methods are called by many goroutines
// at once and must not block.
type Observer interface {
	// Attempted is told of each attempt that counts. The code is the status of the answer, or
	// timeout, connection_error, no_answer, cancelled, panic or invalid_status.
	Attempted(r event.Route, code string, took time.Duration)
	// Ended is told of each delivery that became delivered, dead or cancelled.
	Ended(r event.Route, d *event.Delivery)
}

type nobody struct{}

func (nobody) Attempted(event.Route, string, time.Duration) {}
func (nobody) Ended(event.Route, *event.Delivery)           {}

// Dispatcher delivers what a store's queues hold, as the routes that it is configured with say.
// It outlives configs: attempts that began under one finish under it, and count against the same
// limits as those that begin under the next. All methods are safe for concurrent use.
type Dispatcher struct {
	queue    Queue
	now      func() time.Time
	jitter   func() float64
	log      *slog.Logger
	observer Observer

	fetching     context.Context // ends when Shutdown begins: nothing more is leased
	stopFetching context.CancelFunc
	attempting   context.Context // ends when Shutdown cuts what still runs
	cutAll       context.CancelCauseFunc
	goroutines   sync.WaitGroup

	// gate makes a lease and the note of it in attempts one step for whoever changes a delivery by
	// hand: fetch holds it for reading, they for writing.
	gate sync.RWMutex
	// marking makes reading and writing a route's mark one step.
	marking sync.Mutex

	mu          sync.Mutex // taken last, and never held during a call to the queue
	closed      bool
	configs     []config              // those not retired; the last is in force
	lanes       map[event.Route]*lane // those configured or with attempts in flight
	attempts    map[event.DeliveryID]*attempt
	marks       map[event.Route]store.RouteMark // as stored; nil until read, and nothing is delivered before
	stopReading context.CancelFunc              // ends what still tries to read the marks
}

// config is the routes that one owner brought.
type config struct {
	owner  any
	routes []Route
}

// cutGrace is how long Shutdown waits for attempts that it cut.
const cutGrace = 2 * time.Second

var (
	errShutdown  = errors.New("cut by a shutdown")
	errCancelled = errors.New("cut: cancelled by an operator")
)

// New returns a dispatcher that does nothing until it is configured. It is ended by Shutdown.
func New(q Queue, o Options) *Dispatcher {
	d := &Dispatcher{
		queue: q, now: o.Now, jitter: o.Jitter, log: o.Logger, observer: o.Observer,
		lanes: make(map[event.Route]*lane), attempts: make(map[event.DeliveryID]*attempt),
		stopReading: func() {},
	}
	if d.now == nil {
		d.now = time.Now
	}
	if d.jitter == nil {
		d.jitter = rand.Float64
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if d.observer == nil {
		d.observer = nobody{}
	}
	d.fetching, d.stopFetching = context.WithCancel(context.Background())
	d.attempting, d.cutAll = context.WithCancelCause(context.Background())
	return d
}

// Configure replaces the routes in one step. Attempts in flight finish under the destinations they
// began with; deliveries go on under the new ones at once. What is known of the routes is then
// read from the store, within ctx; if that fails it is tried again in the background, and nothing
// is delivered before it was read once. The owner is any comparable value; Retire must follow.
func (d *Dispatcher) Configure(ctx context.Context, owner any, routes []Route) {
	d.mu.Lock()
	d.remove(owner)
	d.configs = append(d.configs, config{owner, slices.Clone(routes)})
	d.replace(routes)
	d.mu.Unlock()
	d.log.Info("deliveries configured", "routes", len(routes))
	d.refreshMarks(ctx)
}

// Retire forgets what owner configured. If that was in force, what was configured before and is
// not retired comes back: a config that fails to start leaves the one before it at work. What waits
// on routes that are gone then is remembered as missing a route. A process that ends calls Shutdown
// first: to be stopped is not to be missing.
func (d *Dispatcher) Retire(ctx context.Context, owner any) {
	d.mu.Lock()
	inForce := d.remove(owner)
	if inForce {
		var routes []Route
		if n := len(d.configs); n > 0 {
			routes = d.configs[n-1].routes
		}
		d.replace(routes)
	}
	d.mu.Unlock()
	if inForce {
		d.refreshMarks(ctx)
	}
}

// remove forgets the owner's config and reports whether it was the one in force. d.mu is held.
func (d *Dispatcher) remove(owner any) bool {
	n := len(d.configs)
	inForce := n > 0 && d.configs[n-1].owner == owner
	d.configs = slices.DeleteFunc(d.configs, func(c config) bool { return c.owner == owner })
	return inForce
}

// replace makes routes the configured ones. d.mu is held.
func (d *Dispatcher) replace(routes []Route) {
	for _, l := range d.lanes {
		l.config = nil
	}
	for _, r := range routes {
		r.Policy = r.Policy.complete()
		l := d.lanes[r.Route]
		if l == nil {
			l = &lane{route: r.Route, hint: make(chan struct{}, 1)}
			d.lanes[r.Route] = l
		}
		l.config = &r
		if !l.working && !d.closed {
			l.working = true
			d.goroutines.Go(func() { d.work(l) })
		}
	}
	for _, l := range d.lanes {
		l.wake()
		d.tidy(l)
	}
}

// tidy forgets a lane that is of no more use. d.mu is held.
func (d *Dispatcher) tidy(l *lane) {
	if l.config == nil && !l.working && l.inFlight == 0 {
		delete(d.lanes, l.route)
	}
}

// Wake says that the route got something to deliver. It is a hint, and does not block.
func (d *Dispatcher) Wake(r event.Route) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if l := d.lanes[r]; l != nil {
		l.wake()
	}
}

// AwaitIdle waits until no attempt is in flight, or ctx ends. With no config in force it stays so.
func (d *Dispatcher) AwaitIdle(ctx context.Context) {
	for {
		var last *attempt
		d.mu.Lock()
		for _, a := range d.attempts {
			last = a
		}
		d.mu.Unlock()
		if last == nil {
			return
		}
		select {
		case <-last.done:
		case <-ctx.Done():
			return
		}
	}
}

// Shutdown begins no more attempts and waits for those in flight until ctx ends; then it cuts
// them. A cut attempt is not counted, and is made again after the next start. Shutdown returns
// once none runs, or an error if some do not end although they were cut. It is for good.
func (d *Dispatcher) Shutdown(ctx context.Context) error {
	d.mu.Lock()
	first := !d.closed
	d.closed = true
	running := len(d.attempts)
	d.mu.Unlock()
	if first {
		d.log.Info("deliveries are stopping", "in_flight", running)
	}
	d.stopFetching()
	defer d.cutAll(errShutdown)

	idle := make(chan struct{})
	go func() { d.goroutines.Wait(); close(idle) }()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
	}
	d.mu.Lock()
	running = len(d.attempts)
	d.mu.Unlock()
	d.log.Info("attempts are cut, to be made again after the next start", "in_flight", running)
	d.cutAll(errShutdown)
	select {
	case <-idle:
		return nil
	case <-time.After(cutGrace):
		return fmt.Errorf("deliveries: attempts still run %s after they were cut: %w", cutGrace, ctx.Err())
	}
}
