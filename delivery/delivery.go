// Package delivery brings stored events to the application: a queue of its own for each route,
// with workers, retries, hold and resume. It never gives up silently: what will not be delivered
// is a dead letter with a reason.
package delivery

import (
	"context"
	"time"

	"github.com/gatepost/gatepost/event"
)

// Route is a configured route: whose deliveries, how, and where to.
type Route struct {
	event.Route
	Policy      Policy
	Destination Destination
}

// Policy is how a route's deliveries are tried.
type Policy struct {
	Timeout     time.Duration // of one attempt
	Initial     time.Duration // first delay after a failure; doubled from then on, with full jitter
	Max         time.Duration // longest delay, also for what Retry-After asks
	For         time.Duration // no further attempt later than this after the first; 0: no such limit
	Attempts    int           // no more attempts than this; 0: no such limit
	NoRetry     []int         // statuses after which there is no further attempt
	Concurrency int           // attempts in flight
}

// DefaultPolicy is the policy of a route that says nothing.
func DefaultPolicy() Policy {
	return Policy{
		Timeout: 30 * time.Second, Initial: 5 * time.Second, Max: time.Hour, For: 72 * time.Hour,
		NoRetry: []int{400, 410, 413, 422, 501}, Concurrency: 16,
	}
}

// Destination takes one delivery to the application, once. It returns when ctx ends at the latest.
type Destination interface {
	Deliver(ctx context.Context, e *event.Event, d *event.Delivery, attempt int) Outcome
}

// Outcome is what became of one attempt. It succeeded if Status is 2xx and Error is empty.
type Outcome struct {
	Status     int           // that the application answered; 0 if it did not
	Error      string        // why there was no answer, or why it does not count
	Permanent  bool          // no further attempt can succeed
	RetryAfter time.Duration // that the application asked for; 0 if it did not
	Response   []byte        // the beginning of a failed answer
}
