// Package store is the contract of a storage engine: what the receiving way, the delivery queue
// and the operator's tools may rely on, whatever keeps the bytes. Package storetest checks an
// engine against it.
package store

import (
	"context"
	"time"

	"github.com/gatepost/gatepost/event"
)

// Engine keeps events, dedupe marks, deliveries and the state of routes. All methods are safe for
// concurrent use. A method that is called while the engine cannot work, or after Close, returns an
// error that wraps one of this package's; it never panics and never blocks past its context.
//
// Nothing here promises that reading is cheap, that iteration is local, or that this process is
// the only one: an engine may be a database server shared by several.
type Engine interface {
	Accepter
	Queue
	Reader
	Operator
	Quarantine

	// SetPolicy replaces the limits that the engine keeps to. It may be called at any time.
	SetPolicy(Policy)
	// SetReady registers what is called, soon after, for each route that got something to lease.
	// The call must not block. It is a hint: a missed one costs a delay, never a delivery.
	SetReady(func(event.Route))
	// Health is the reasons, as short codes, for which the engine cannot take events now; empty
	// while it can.
	Health() []string
	// Stats are counters and sizes, read without touching the disk.
	Stats() Stats
	// Close ends the use of the engine. Writes that were accepted are completed first. Later calls
	// of any method return ErrClosed.
	Close() error
}

// Accepter is what the receiving way needs.
type Accepter interface {
	// Accept stores an event, its dedupe mark and its deliveries in one atomic write, and returns
	// once that write is on stable storage. If the key was accepted within the window before, it
	// stores nothing and returns the first copy, again only once that copy is on stable storage.
	// Of any number of concurrent calls with one key exactly one is not a duplicate.
	//
	// After any error nothing may be acknowledged: the write may or may not have happened.
	Accept(context.Context, Acceptance) (Receipt, error)
	// AcceptAll does what Accept does with several in one atomic write, and returns a receipt for
	// each, in their order. Each is a duplicate or not on its own, of an earlier one of them too;
	// those that are not are stored together or not at all. ErrTooLarge if they are too much for
	// one write: then nothing was stored, and Accept may still take each.
	AcceptAll(context.Context, []Acceptance) ([]Receipt, error)
	// Pending is how many unfinished deliveries a route has. It is cheap and may be slightly old.
	Pending(event.Route) int
}

// Acceptance is one event and what is written with it.
type Acceptance struct {
	Event *event.Event
	// Window is for how long Event.Key excludes another copy. Zero, or a zero key: no mark.
	Window time.Duration
	// Deliveries are of this event, pending, with the IDs of Event.ID.Delivery.
	Deliveries []*event.Delivery
	// Rejected is the request in the quarantine that the event was made of; zero: of none. The same
	// write removes it, also if the event is a duplicate. ErrNotFound, and nothing is stored, if it is
	// gone: then it became an event already, or made room. Those that AcceptAll takes together are all
	// made of one request.
	Rejected event.RejectedID
}

// Receipt is the outcome of an Acceptance.
type Receipt struct {
	ID        event.ID // of the stored event: this one or the first copy
	Duplicate bool
}

// Step changes a delivery by one of its methods. It must be quick and free of side effects: an
// engine may call it again if it has to repeat its write. An error refuses the change.
type Step func(*event.Delivery) error

// Queue is what the dispatcher needs.
type Queue interface {
	// Lease takes up to n pending deliveries of a route that are due at now, the longest due
	// first, so that no other Lease returns them until Settle or Release. If it returns fewer than
	// n, next is when the next one is due (zero: none is waiting).
	Lease(ctx context.Context, r event.Route, now time.Time, n int) (ds []*event.Delivery, next time.Time, err error)
	// Settle applies step to a leased delivery and ends the lease. It returns once that is bound
	// to happen, not once it is on stable storage: losing an outcome repeats an attempt, which
	// at-least-once allows. It is there at the latest when a later write that is waited for is. A
	// step that is refused leaves the delivery as it is, and ends the lease too. ErrNotFound if the
	// delivery is not leased, or was removed meanwhile.
	Settle(ctx context.Context, id event.DeliveryID, step Step) error
	// Release ends a lease and leaves the delivery as it was.
	Release(event.DeliveryID)
	// Event reads one event, body included. ErrNotFound, or ErrDamaged if it fails its checksum.
	Event(context.Context, event.ID) (*event.Event, error)
	// Routes lists the routes that have or had something: a backlog, dead letters, or a mark.
	Routes(context.Context) ([]RouteState, error)
	// MarkRoute stores what must be remembered of a route across restarts.
	MarkRoute(context.Context, event.Route, RouteMark) error
}

// RouteMark is what is remembered of a route.
type RouteMark struct {
	Held      bool      // by an operator
	Missing   bool      // it had a backlog when it was last seen to be absent from the config
	ResumedAt time.Time // when it last stopped being held or missing: retry budgets begin anew here
}

// RouteState is a route's mark and backlog.
type RouteState struct {
	Route event.Route
	RouteMark
	Pending       int       // unfinished deliveries, leased ones included
	Dead          int       // dead letters
	OldestPending time.Time // when the oldest unfinished one was made, to the minute; zero if none
}

// Reader is what an operator's look inside needs. Lists are newest first. An engine skips what
// fails its checksum, counts it, and goes on.
type Reader interface {
	// Event is Queue's.
	Event(context.Context, event.ID) (*event.Event, error)
	// Events calls visit for each matching event with its deliveries, oldest delivery first, until
	// visit returns false or the context ends (then the context's error is returned).
	Events(ctx context.Context, q EventQuery, visit func(*event.Event, []*event.Delivery) bool) error
	// Delivery reads one. ErrNotFound.
	Delivery(context.Context, event.DeliveryID) (*event.Delivery, error)
	// DeliveriesOf lists those of one event, oldest first; none is not an error.
	DeliveriesOf(context.Context, event.ID) ([]*event.Delivery, error)
	// Deliveries is like Events.
	Deliveries(ctx context.Context, q DeliveryQuery, visit func(*event.Delivery) bool) error
}

// EventQuery selects events. Zero fields select all.
type EventQuery struct {
	Source string
	Type   string
	Since  time.Time // received then or later
	Until  time.Time // received before then
	Before event.ID  // only those with smaller IDs: where a page goes on
	Body   bool      // read bodies too; without it Event.Body is nil
}

// DeliveryQuery selects deliveries. Zero fields select all.
type DeliveryQuery struct {
	Source string
	Route  string
	Before event.DeliveryID
}

// Operator is what an operator's hand needs. Each returns once its change is on stable storage.
type Operator interface {
	// Add stores new deliveries of a stored event. ErrNotFound if it is gone.
	Add(ctx context.Context, id event.ID, ds []*event.Delivery) error
	// Change applies step to a delivery, leased or not, and returns it as it is now. ErrNotFound,
	// or the error of step.
	Change(ctx context.Context, id event.DeliveryID, step Step) (*event.Delivery, error)
	// Remove deletes an event and its deliveries, whatever their state. Its dedupe mark stays. If
	// there are many deliveries, an error may leave the event with some of them: then Remove deletes
	// what is left. ErrNotFound.
	Remove(context.Context, event.ID) error
}

// Policy is the limits that an engine keeps to.
type Policy struct {
	// Retention is how long an event is kept from its arrival. One with an unfinished delivery
	// stays until that is finished; one with a dead letter at most this long after it died.
	Retention time.Duration
	// DedupeWindow is the longest window in use; marks older than it may go.
	DedupeWindow time.Duration
	// MinFreeDisk is the free space in bytes below which Accept returns ErrDiskLow. Zero: no limit.
	MinFreeDisk int64
	// Quarantine is what each source may keep of requests that failed verification. A source that
	// is not in it keeps nothing, and what it kept goes at the largest age of the others.
	Quarantine map[string]QuarantineBounds
}

// Stats are an engine's counters since it was made, and its sizes now.
type Stats struct {
	Bytes   int64                 // on disk
	Damaged int64                 // records that failed their checksum
	Removed int64                 // events removed after retention
	Commits CommitStats           // of the atomic writes
	Ended   map[event.State]int64 // deliveries that became delivered, dead or cancelled
	// Quarantine is what is kept now, by source.
	Quarantine map[string]QuarantineSize
}

// CommitStats describe the atomic writes.
type CommitStats struct {
	Count   int64
	Seconds float64
}
