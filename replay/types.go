package replay

import (
	"encoding/json"
	"time"

	"github.com/gatepost/gatepost/event"
)

// The types of this file are the admin API's JSON, written by the handler and read by Client.

// List is one page of a list, newest first.
type List[T any] struct {
	Items []T `json:"items"`
	// Next is the cursor of the next page, "" on the last. A page may hold fewer items than were
	// asked for, even none, while there is a next one.
	Next string `json:"next,omitempty"`
	// Warning says for people what may be missing from this page; "" if nothing is.
	Warning string `json:"warning,omitempty"`
}

// Event is a stored event.
type Event struct {
	ID           event.ID           `json:"id"`
	Source       string             `json:"source"`
	Provider     string             `json:"provider"`
	EventID      string             `json:"event_id"`
	Type         string             `json:"type"`
	Status       event.Status       `json:"status"`
	ReceivedAt   Time               `json:"received_at"`
	Size         int                `json:"size"` // of the body, in bytes
	DedupeKey    string             `json:"dedupe_key"`
	BodyError    string             `json:"body_error"`
	RouteErrors  []event.RouteError `json:"route_errors"`
	Part         int                `json:"part,omitempty"`        // which part of a request that was split it is, from 1
	Parts        int                `json:"parts,omitempty"`       // how many there are
	SplitError   string             `json:"split_error,omitempty"` // why a request that was to be split is one event
	Request      *Request           `json:"request,omitzero"`      // not in lists
	Verification Verification       `json:"verification"`
	Deliveries   []Delivery         `json:"deliveries"`
}

// Request is what arrived, less the query and the body. Secret header values are redacted.
type Request struct {
	Method   string              `json:"method"`
	Path     string              `json:"path"`
	RemoteIP string              `json:"remote_ip"`
	Headers  map[string][]string `json:"headers"`
}

// Verification is how the request proved to be genuine.
type Verification struct {
	Result   string `json:"result"`    // verified, insecure, or released from the quarantine
	Secret   int    `json:"secret"`    // index of the configured secret
	SignedAt Time   `json:"signed_at"` // null if the signature covers no timestamp
}

// Delivery is one event for one route.
type Delivery struct {
	ID            event.DeliveryID `json:"id"`
	Event         event.ID         `json:"event"`
	Source        string           `json:"source"`
	Route         string           `json:"route"`
	State         string           `json:"state"` // pending, held, delivering, delivered, dead or cancelled
	AttemptCount  int              `json:"attempt_count"`
	NextAttemptAt Time             `json:"next_attempt_at"` // null unless pending
	Reason        string           `json:"reason"`
	Replay        bool             `json:"replay"`
	Attempts      []Attempt        `json:"attempts,omitzero"` // the newest, oldest first; not in lists
}

// Attempt is one try of a delivery.
type Attempt struct {
	Number     int    `json:"number"`
	StartedAt  Time   `json:"started_at"`
	DurationMS int64  `json:"duration_ms"`
	Status     int    `json:"status"` // 0 if the application did not answer
	Error      string `json:"error"`
	Response   string `json:"response"` // the beginning of a failed answer
}

// Source is a configured source, without its secrets.
type Source struct {
	Name         string            `json:"name"`
	Provider     string            `json:"provider"`
	DedupeWindow Duration          `json:"dedupe_window"`
	OnUnverified string            `json:"on_unverified"` // reject or quarantine
	Routes       []string          `json:"routes"`        // in the order of the configuration
	Policies     map[string]Policy `json:"policies"`      // by route
}

// Policy is how a route's deliveries are tried.
type Policy struct {
	Timeout     Duration `json:"timeout"`
	Retry       Retry    `json:"retry"`
	Concurrency int      `json:"concurrency"`
}

// Retry is when a failed delivery is tried again.
type Retry struct {
	Initial  Duration `json:"initial"`
	Max      Duration `json:"max"`
	For      Duration `json:"for"`      // 0s: no such limit
	Attempts int      `json:"attempts"` // 0: no such limit
	NoRetry  []int    `json:"no_retry"`
}

// Route is the backlog and state of a route.
type Route struct {
	Source          string `json:"source"`
	Name            string `json:"name"`
	Configured      bool   `json:"configured"`
	Held            bool   `json:"held"` // by an operator
	Pending         int    `json:"pending"`
	Delivering      int    `json:"delivering"`
	Dead            int    `json:"dead"`
	OldestPendingAt Time   `json:"oldest_pending_at"` // null if none is pending
}

// Stats are counts since Since, and the backlog now.
type Stats struct {
	Since      Time           `json:"since"`
	Requests   RequestCounts  `json:"requests"`
	Deliveries DeliveryCounts `json:"deliveries"`
	StoreBytes int64          `json:"store_bytes"`
}

// RequestCounts says what became of the requests that arrived.
type RequestCounts struct {
	Accepted    int64 `json:"accepted"`
	Duplicate   int64 `json:"duplicate"`
	Rejected    int64 `json:"rejected"`
	Quarantined int64 `json:"quarantined"` // rejected, and kept for an operator
	Handshake   int64 `json:"handshake"`
	Failed      int64 `json:"failed"` // for a reason of ours: answered 503
}

// DeliveryCounts are the backlog now (pending, held, delivering) and how many deliveries ended so
// since the start (delivered, dead, cancelled). Each unfinished delivery is counted once.
type DeliveryCounts struct {
	Pending    int64 `json:"pending"`
	Held       int64 `json:"held"`
	Delivering int64 `json:"delivering"`
	Delivered  int64 `json:"delivered"`
	Dead       int64 `json:"dead"`
	Cancelled  int64 `json:"cancelled"`
}

// Health says whether events can be taken now.
type Health struct {
	Status  string   `json:"status"` // HealthOK or HealthFailing
	Reasons []string `json:"reasons,omitempty"`
}

// The values of Health.Status.
const (
	HealthOK      = "ok"
	HealthFailing = "failing"
)

// ReplayRequest is the body of a replay.
type ReplayRequest struct {
	Routes []string `json:"routes,omitempty"` // none: those that match now
}

// ReplayResult is the answer to a replay.
type ReplayResult struct {
	Deliveries []Delivery `json:"deliveries"`
}

// Time is RFC 3339 in UTC with milliseconds in JSON, and null for the zero time.
type Time struct{ time.Time }

const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// MarshalJSON implements json.Marshaler.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(t.UTC().Format(timeLayout))
}

// UnmarshalJSON implements json.Unmarshaler.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*t = Time{}
		return nil
	}
	return t.Time.UnmarshalJSON(b)
}

// Duration is text such as 1h30m0s in JSON.
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = Duration(v)
	return err
}
