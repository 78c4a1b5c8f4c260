// Package event says what an event, a delivery and an attempt are: their IDs, their states and
// the steps between them, and the bytes they are stored as.
package event

import (
	"net/http"
	"time"
)

// Event is one accepted, unique, stored request, or one part of such a request that was split.
type Event struct {
	ID       ID
	Source   string // name of the configured source
	Provider string // name of its provider

	EventID   string // the provider's own ID; may be empty
	Type      string // the provider's event type; may be empty
	DedupeKey string // what was compared, as text for people; the mark itself is Key
	Key       Key    // where the dedupe mark is kept; zero if de-duplication is off

	ReceivedAt   time.Time
	Request      Request
	Size         int    // length of the body in bytes
	Body         []byte // nil where only the rest was asked for
	BodyError    string // why expressions saw no body although there is one; "" if they did
	Verification Verification
	RouteErrors  []RouteError // rules that could not be evaluated

	Part       int    // which part of a request that was split it is, from 1; 0: of none
	Parts      int    // how many there are; 0: the request was not split
	SplitError string // why a request that was to be split is one event; "" if it was, or was not to be
}

// Key is the fixed-size identity of a dedupe key within its source.
type Key [32]byte

// IsZero reports whether there is no key, so that nothing is compared.
func (k Key) IsZero() bool { return k == Key{} }

// Request is what arrived, before any rewrite, less the body.
type Request struct {
	Method   string
	Scheme   string // http or https
	Host     string
	URI      string // as on the request line: path and query
	Proto    string // HTTP/1.1, HTTP/2.0, HTTP/3.0
	PeerAddr string // address and port of the connection
	ClientIP string // the client's address as Caddy's trusted_proxies determine it
	Header   http.Header
}

// Verification is how the request proved to be genuine.
type Verification struct {
	Result   string    // VerifiedResult, InsecureResult or ReleasedResult
	Secret   int       // index of the configured secret that verified
	SignedAt time.Time // the timestamp that the signature covers; zero if none
}

// The results that an accepted request can have.
const (
	VerifiedResult = "verified"
	InsecureResult = "insecure" // the source verifies nothing, by explicit configuration
	ReleasedResult = "released" // it failed at first, was quarantined, and verified later as of its arrival
)

// RouteError is a rule that failed to evaluate; its route did not take the event.
type RouteError struct {
	Route string `json:"route"`
	Error string `json:"error"`
}

// Route names a route of a source.
type Route struct {
	Source string
	Name   string
}

func (r Route) String() string { return r.Source + "/" + r.Name }

// Delivery is one event for one route.
type Delivery struct {
	ID     DeliveryID
	Event  ID
	Route  Route
	State  State
	Replay bool
	Reason string // why it is dead or cancelled; "" otherwise

	AttemptCount  int       // attempts ever made; never goes down
	NextAttemptAt time.Time // when it is due; only in state Pending
	ChangedAt     time.Time // when the state last changed: dead letters are kept from here on

	// What the retry budget is counted from. It begins anew after a retry by hand or a resume.
	BudgetSince    time.Time // start of the first attempt of this budget; zero before it
	BudgetAttempts int       // attempts made of this budget

	Attempts []Attempt // the newest MaxAttemptsKept, oldest first
}

// Attempt is one try of a delivery.
type Attempt struct {
	Number    int
	StartedAt time.Time
	Duration  time.Duration
	Status    int    // the answer's status; 0 if there was none
	Error     string // why there was none, or why it does not count
	Response  []byte // the first MaxResponseKept bytes of a failed answer
}

// Bounds on what is kept of attempts.
const (
	MaxAttemptsKept = 20
	MaxResponseKept = 4 << 10
)
