package ingest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
	"github.com/gatepost/gatepost/verifier"
)

// The bounds on what is kept do not bound what is written, for each new request takes the place of
// an old one. So a source keeps at most 50 requests and 1 MiB a second, headers included.
const (
	keptPerSecond = 50
	bytesPerToken = 20 << 10
)

// Quarantine is a source's leave to keep requests that failed verification: a bucket of tokens that
// fills by keptPerSecond and holds a second's worth. The zero value is ready to use, and full.
type Quarantine struct {
	mu    sync.Mutex
	spent float64
	at    time.Time // when spent was right
}

// allow reports whether a request of so many bytes may be kept now.
func (q *Quarantine) allow(size int, now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if passed := now.Sub(q.at).Seconds(); passed > 0 {
		q.spent = max(0, q.spent-passed*keptPerSecond)
	}
	q.at = now
	cost := 1 + float64(size)/bytesPerToken
	if q.spent+cost > keptPerSecond {
		return false
	}
	q.spent += cost
	return true
}

// quarantine keeps a request that was refused, if its source does and nothing speaks against it. The
// refusal stays the same for the sender.
func (rc *Receiver) quarantine(src *Source, r *event.Rejected, err error) error {
	refusal, ok := errors.AsType[*Refusal](err)
	if src.Quarantine == nil || !ok || refusal.Fault() {
		return err
	}
	size := sizeOf(r)
	if size > store.MaxRejectedSize || !src.Quarantine.allow(size, r.ReceivedAt) {
		return err
	}
	r.ID, r.Size = rc.IDs.Rejected(r.ReceivedAt), len(r.Body)
	r.Source, r.Provider = src.Name, src.Provider.Name
	r.Code, r.Message = refusal.Code, refusal.Message
	refusal.Quarantined = rc.Store.KeepRejected(r)
	return err
}

// sizeOf is about how many bytes a request takes where it is kept: all that its sender can make large.
func sizeOf(r *event.Rejected) int {
	n := len(r.Body) + len(r.Request.URI) + len(r.Request.Host)
	for name, values := range r.Request.Header {
		n += len(name)
		for _, v := range values {
			n += 1 + len(v)
		}
	}
	return n
}

// Release takes a rejected request up where Receive left it: it is judged as of its arrival, with
// the settings of now, and if it is genuine goes the same way as any other. The event gets its ID
// and time now. The write that accepts it removes the rejected request, so that it becomes one event
// whoever else releases it at the same time; the error wraps store.ErrNotFound if it is gone already.
//
// A handshake is answered to nobody, and the rejected request is left to the caller. One that the
// provider does not sign is not even looked at: the answer can have an effect, such as that a secret
// which a stranger sent is taken.
//
// A dry run ends once the request has verified. Neither marks nor routes are looked at, and no
// handshake is answered.
func (rc *Receiver) Release(ctx context.Context, src *Source, r *event.Rejected, dryRun bool) (Receipt, error) {
	request := src.Verifiable(&r.Request, r.Body)
	if dryRun {
		_, err := src.prove(request, r.ReceivedAt)
		return Receipt{}, err
	}
	proof, answer, err := src.verifySigned(request, r.ReceivedAt)
	if err != nil || answer != nil {
		return Receipt{Handshake: answer}, err
	}
	if proof.Result == event.VerifiedResult {
		proof.Result = event.ReleasedResult
	}
	return rc.accept(ctx, src, r.ID, &event.Event{
		ReceivedAt: rc.Now(), Request: r.Request, Body: r.Body, Verification: proof,
	})
}

// Verifiable is the request as a verifier wants to see it.
func (src *Source) Verifiable(r *event.Request, body []byte) *verifier.Request {
	return &verifier.Request{
		Method: r.Method, Scheme: r.Scheme, Host: r.Host, URI: r.URI, Header: r.Header, Body: body,
	}
}
