package ingest

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
	"github.com/gatepost/gatepost/verifier"
)

// Refusal is why a request was not accepted and what the sender is told. Faults of our own are
// always 503: some senders drop an event for good on a 4xx.
type Refusal struct {
	Status     int
	Code       string        // the sender's word for it, in the answer
	Message    string        // fit for the sender: it helps nobody to forge anything
	Allow      []string      // methods, with 405
	RetryAfter time.Duration // with 503
	Unread     bool          // the body was not read to its end, so the connection is of no more use
	// Quarantined says that the request is kept for the operator. The sender is not told.
	Quarantined bool
	cause       error // for our own log
}

func (r *Refusal) Error() string {
	if r.cause != nil {
		return fmt.Sprintf("%s: %s: %v", r.Code, r.Message, r.cause)
	}
	return r.Code + ": " + r.Message
}

func (r *Refusal) Unwrap() error { return r.cause }

// Fault reports whether the refusal is our own trouble rather than the request's.
func (r *Refusal) Fault() bool { return r.Status >= http.StatusInternalServerError }

func refuseMethod(methods []string) *Refusal {
	return &Refusal{
		Status: http.StatusMethodNotAllowed, Code: "method_not_allowed", Allow: methods, Unread: true,
		Message: "use " + strings.Join(methods, " or "),
	}
}

func refuseUnverified(err error) *Refusal {
	v, ok := errors.AsType[*verifier.Error](err)
	if !ok { // what it takes to judge the request could not be had, such as a key
		return &Refusal{
			Status: http.StatusServiceUnavailable, Code: "key_unavailable", RetryAfter: 5 * time.Second,
			Message: "the signature could not be checked; send it again", cause: err,
		}
	}
	return &Refusal{Status: http.StatusUnauthorized, Code: string(v.Code), Message: v.Message}
}

func refuseOverloaded() *Refusal {
	return &Refusal{
		Status: http.StatusServiceUnavailable, Code: "overloaded", RetryAfter: time.Second, Unread: true,
		Message: "too many bytes in flight",
	}
}

func refuseBacklog(r event.Route) *Refusal {
	return &Refusal{
		Status: http.StatusServiceUnavailable, Code: "backlog_full", RetryAfter: 30 * time.Second,
		Message: "too many deliveries are waiting", cause: fmt.Errorf("route %s is at max_pending", r),
	}
}

func refuseFault(err error) *Refusal {
	r := &Refusal{
		Status: http.StatusServiceUnavailable, Code: "store_unavailable", RetryAfter: 5 * time.Second,
		Message: "the event could not be stored; send it again", cause: err,
	}
	switch {
	case errors.Is(err, store.ErrDiskLow):
		r.Code, r.RetryAfter = "disk_low", 30*time.Second
	case errors.Is(err, store.ErrOverloaded):
		r.Code, r.RetryAfter = "overloaded", time.Second
	}
	return r
}
