// Package ingest is the receiving way: is the request genuine, what is its identity, who should
// get it, and then all of it in one write, after which it can be acknowledged.
package ingest

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/gatepost/gatepost/dedupe"
	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/expression"
	"github.com/gatepost/gatepost/router"
	"github.com/gatepost/gatepost/store"
	"github.com/gatepost/gatepost/verifier"
)

// Store is what the receiving way needs of a storage engine. It keeps no reference to what it is
// given once a call has returned.
type Store interface {
	store.Accepter
	// KeepRejected is store.Quarantine's.
	KeepRejected(*event.Rejected) bool
}

// Source is one configured source.
type Source struct {
	Name       string
	Provider   *verifier.Provider
	Verifier   verifier.Verifier
	Handshake  *verifier.Handshake // nil: the provider makes none
	Identity   *dedupe.Identity    // of a whole request
	Window     time.Duration       // for how long an event excludes copies
	Split      *Split              // nil: a request is one event
	Router     *router.Router
	Routes     []event.Route // by the router's index
	MaxBody    int64         // bytes
	MaxPending int           // deliveries waiting on one route above which nothing is taken; 0: no limit
	Quarantine *Quarantine   // nil: what fails verification is not kept
}

// Request is what arrived: its head as it was before any rewrite, and the body still to be read.
type Request struct {
	event.Request
	Body          Body
	ContentLength int64 // -1 if it is not known
}

// Receipt is what an accepted request is answered with.
type Receipt struct {
	ID        event.ID         // of the stored event; zero after a handshake
	Duplicate bool             // ID is of the first copy
	EventID   string           // the provider's
	Type      string           // the provider's
	Parts     int              // into how many events it was split, of which the above is the first; 0: into none
	NewTypes  []string         // of those that are not duplicates, which all are if Duplicate is true
	Handshake *verifier.Answer // the answer the provider asked for; nothing was stored
}

// Receiver takes requests for any number of sources into one store.
type Receiver struct {
	Store  Store
	IDs    *event.IDs
	Now    func() time.Time
	Budget *Budget // of bytes in flight, shared by all sources
	// RouteError is told of each rule that could not be evaluated on an event that was stored. May
	// be nil.
	RouteError func(event.Route, string)
	// SplitError is told why a request that was to be split was stored as one event. May be nil.
	SplitError func(text string)
}

// Receive takes one request the whole way. An error is a *Refusal.
func (rc *Receiver) Receive(ctx context.Context, src *Source, in *Request) (Receipt, error) {
	arrived := rc.Now()
	if err := src.allowMethod(in.Method); err != nil {
		return Receipt{}, err
	}
	body, release, err := rc.readBody(src, in)
	if err != nil {
		return Receipt{}, err
	}
	defer release()

	proof, answer, err := src.verify(src.Verifiable(&in.Request, body), arrived)
	if err != nil {
		return Receipt{}, rc.quarantine(src, &event.Rejected{ReceivedAt: arrived, Request: in.Request, Body: body}, err)
	}
	if answer != nil {
		return Receipt{Handshake: answer}, nil
	}
	return rc.accept(ctx, src, event.RejectedID{}, &event.Event{
		ReceivedAt: arrived, Request: in.Request, Body: body, Verification: proof,
	})
}

// accept completes the event of a genuine request, or makes events of its parts, and stores all with
// their deliveries. The request leaves the quarantine in the same write, if it was there.
func (rc *Receiver) accept(ctx context.Context, src *Source, rejected event.RejectedID, e *event.Event) (Receipt, error) {
	e.ID, e.Source, e.Provider, e.Size = rc.IDs.Event(e.ReceivedAt), src.Name, src.Provider.Name, len(e.Body)
	if err := rc.checkBacklog(src); err != nil {
		return Receipt{}, err
	}
	if src.Split != nil {
		return rc.acceptParts(ctx, src, rejected, e)
	}
	return rc.acceptWhole(ctx, src, rejected, e)
}

func (rc *Receiver) acceptWhole(ctx context.Context, src *Source, rejected event.RejectedID, e *event.Event) (Receipt, error) {
	scope := router.ScopeOf(e)
	identify(e, src.Identity.Of(scope))
	deliveries := rc.route(src, e, scope)
	receipt, err := rc.Store.Accept(ctx, store.Acceptance{Event: e, Window: src.Window, Deliveries: deliveries, Rejected: rejected})
	if err != nil {
		return Receipt{}, refuseFault(err)
	}
	rc.tell(e, receipt)
	return Receipt{ID: receipt.ID, Duplicate: receipt.Duplicate, EventID: e.EventID, Type: e.Type}, nil
}

func identify(e *event.Event, r dedupe.Result) {
	e.EventID, e.Type, e.DedupeKey, e.Key = r.EventID, r.Type, r.DedupeKey, r.Key
}

// tell tells of what went wrong with an event that was stored.
func (rc *Receiver) tell(e *event.Event, r store.Receipt) {
	if r.Duplicate {
		return
	}
	if rc.RouteError != nil {
		for _, f := range e.RouteErrors {
			rc.RouteError(event.Route{Source: e.Source, Name: f.Route}, f.Error)
		}
	}
	if rc.SplitError != nil && e.SplitError != "" {
		rc.SplitError(e.SplitError)
	}
}

func (src *Source) allowMethod(method string) error {
	methods := src.Provider.Methods
	if len(methods) == 0 {
		methods = []string{http.MethodPost}
	}
	if slices.Contains(methods, method) {
		return nil
	}
	return refuseMethod(methods)
}

// verify says whether the request is genuine, or what it must be answered with instead of an ack.
func (src *Source) verify(r *verifier.Request, now time.Time) (event.Verification, *verifier.Answer, error) {
	if h := src.Handshake; h != nil && h.BeforeVerify {
		if answer := h.Answer(r); answer != nil {
			return event.Verification{}, answer, nil
		}
	}
	return src.verifySigned(r, now)
}

// verifySigned is verify without the handshakes that need not be genuine.
func (src *Source) verifySigned(r *verifier.Request, now time.Time) (event.Verification, *verifier.Answer, error) {
	proof, err := src.prove(r, now)
	if err != nil {
		return event.Verification{}, nil, err
	}
	if h := src.Handshake; h != nil && !h.BeforeVerify {
		if answer := h.Answer(r); answer != nil {
			return event.Verification{}, answer, nil
		}
	}
	return proof, nil, nil
}

// prove says whether the request is genuine, and how that was proven.
func (src *Source) prove(r *verifier.Request, now time.Time) (event.Verification, error) {
	proof, err := src.Verifier.Verify(r, now)
	if err != nil {
		return event.Verification{}, refuseUnverified(err)
	}
	v := event.Verification{Result: event.VerifiedResult, Secret: proof.Secret, SignedAt: proof.SignedAt}
	if proof.Insecure {
		v.Result = event.InsecureResult
	}
	return v, nil
}

// route makes a pending delivery for each route that takes the event, and notes in it which rules
// failed and whether rules saw its body.
func (rc *Receiver) route(src *Source, e *event.Event, scope *expression.Scope) []*event.Delivery {
	taken, failed := src.Router.Match(scope, e.Type)
	e.RouteErrors = failed
	e.BodyError = scope.BodyError()
	deliveries := make([]*event.Delivery, len(taken))
	for n, i := range taken {
		deliveries[n] = &event.Delivery{
			ID: e.ID.Delivery(n), Event: e.ID, Route: src.Routes[i], State: event.Pending,
			NextAttemptAt: e.ReceivedAt, ChangedAt: e.ReceivedAt,
		}
	}
	return deliveries
}

func (rc *Receiver) checkBacklog(src *Source) error {
	if src.MaxPending <= 0 {
		return nil
	}
	for _, r := range src.Routes {
		if rc.Store.Pending(r) >= src.MaxPending {
			return refuseBacklog(r)
		}
	}
	return nil
}
