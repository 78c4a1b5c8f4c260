package ingest

import (
	"context"
	"crypto/sha256"
	"errors"
	"maps"
	"net/http"

	"github.com/gatepost/gatepost/dedupe"
	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/expression"
	"github.com/gatepost/gatepost/router"
	"github.com/gatepost/gatepost/store"
)

// Split says how one request becomes several events.
type Split struct {
	List     *expression.Program // yields the list of them
	Identity *dedupe.Identity    // of one of them
}

// acceptParts makes an event of each part of the request and stores them in one write. A request
// that cannot be split, for whatever reason, is stored as the one event that it would be otherwise,
// with that reason: the sender did nothing wrong, and nothing of it may be lost.
func (rc *Receiver) acceptParts(ctx context.Context, src *Source, rejected event.RejectedID, whole *event.Event) (Receipt, error) {
	bodies, err := src.Split.List.Parts(router.ScopeOf(whole))
	if err != nil {
		whole.SplitError = err.Error()
		return rc.acceptWhole(ctx, src, rejected, whole)
	}
	if len(bodies) == 0 { // a heartbeat, say
		return rc.acceptWhole(ctx, src, rejected, whole)
	}
	parts := rc.partsOf(src, whole, bodies)
	for i := range parts {
		parts[i].Rejected = rejected
	}
	receipts, err := rc.Store.AcceptAll(ctx, parts)
	if errors.Is(err, store.ErrTooLarge) {
		whole.SplitError = "its parts are too much for one write: " + err.Error()
		return rc.acceptWhole(ctx, src, rejected, whole)
	}
	if err != nil {
		return Receipt{}, refuseFault(err)
	}
	first := parts[0].Event
	receipt := Receipt{ID: receipts[0].ID, Duplicate: true, EventID: first.EventID, Type: first.Type, Parts: len(parts)}
	for i, r := range receipts {
		rc.tell(parts[i].Event, r)
		if !r.Duplicate {
			receipt.Duplicate = false
			receipt.NewTypes = append(receipt.NewTypes, parts[i].Event.Type)
		}
	}
	return receipt, nil
}

// partsOf completes the events of a request's parts.
func (rc *Receiver) partsOf(src *Source, whole *event.Event, bodies [][]byte) []store.Acceptance {
	digest, header := sha256.Sum256(whole.Body), partHeader(whole.Request.Header)
	parts := make([]store.Acceptance, len(bodies))
	for i, body := range bodies {
		e := *whole
		e.ID = rc.IDs.Event(e.ReceivedAt)
		e.Request.Header, e.Size, e.Body = header, len(body), body
		e.Part, e.Parts = i+1, len(bodies)
		scope := router.ScopeOf(&e)
		identify(&e, src.Split.Identity.OfPart(scope, digest, e.Part))
		parts[i] = store.Acceptance{Event: &e, Window: src.Window, Deliveries: rc.route(src, &e, scope)}
	}
	return parts
}

// partHeader is the request's header less what describes bytes that a part does not have.
func partHeader(h http.Header) http.Header {
	h = maps.Clone(h)
	for _, name := range []string{"Content-Length", "Content-Encoding", "Content-Md5", "Digest", "Content-Digest", "Repr-Digest"} {
		h.Del(name)
	}
	h.Set("Content-Type", "application/json")
	return h
}
