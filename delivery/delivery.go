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

// Policy is how a route's deliveries are tried. Timeout, Initial, Max and Concurrency that are not
// positive mean the default.
type Policy struct {
	Timeout     time.Duration // of one attempt
	Initial     time.Duration // first delay after a failure; doubled from then on, with full jitter
	Max         time.Duration // longest delay, also for what Retry-After asks
	For         time.Duration // from the first attempt to the last, which is made at its end; 0: no such limit
	Attempts    int           // no more attempts than this; 0: no such limit
	NoRetry     []int         // statuses after which there is no further attempt
	Concurrency int           // attempts in flight, those that began under an earlier config included
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

// Outcome is what became of one attempt.
type Outcome struct {
	Status     int           // that the application answered; 0 if it did not
	Error      string        // why there was no answer, or why it does not count
	Permanent  bool          // no further attempt can succeed
	RetryAfter time.Duration // that the application asked for; 0 if it did not
	Response   []byte        // the beginning of a failed answer
}

// Succeeded reports whether the application took the delivery: a 2xx that counts.
func (o Outcome) Succeeded() bool { return o.Status/100 == 2 && o.Error == "" }

// answered reports whether the application's answer arrived whole, whatever it says.
func (o Outcome) answered() bool { return o.Status != 0 && o.Error == "" }
