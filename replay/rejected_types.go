package replay

import (
	"strconv"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/verifier"
)

// Rejected is a request that failed verification and was quarantined.
type Rejected struct {
	ID         event.RejectedID `json:"id"`
	Source     string           `json:"source"`
	Provider   string           `json:"provider"`
	ReceivedAt Time             `json:"received_at"`
	RemoteIP   string           `json:"remote_ip"`
	Code       string           `json:"code"` // what the sender was told
	Message    string           `json:"message"`
	Size       int              `json:"size"`             // of the body, in bytes
	Request    *Request         `json:"request,omitzero"` // not in lists
	// Explanation is what the source's settings of now make of it as of its arrival. It is not in
	// lists, and absent if the source is not configured.
	Explanation *verifier.Explanation `json:"explanation,omitzero"`
}

// VerifyRequest selects rejected requests to be verified again. Zero fields select all.
type VerifyRequest struct {
	Source string             `json:"source,omitempty"`
	IDs    []event.RejectedID `json:"ids,omitempty"` // at most 1000
	Code   string             `json:"code,omitempty"`
	Since  string             `json:"since,omitempty"` // RFC 3339, or a duration back from now
	Until  string             `json:"until,omitempty"`
	DryRun bool               `json:"dry_run,omitempty"` // verify, and leave everything as it is
	Limit  int                `json:"limit,omitempty"`   // how many at most, up to 1000; default 50
	Cursor string             `json:"cursor,omitempty"`  // Next of the result before
}

// params are those of the fields that a list has as parameters.
func (in *VerifyRequest) params() map[string]string {
	p := map[string]string{"source": in.Source, "code": in.Code, "since": in.Since, "until": in.Until, "cursor": in.Cursor}
	if in.Limit != 0 {
		p["limit"] = strconv.Itoa(in.Limit)
	}
	return p
}

// VerifyResult is what became of those that were verified again.
type VerifyResult struct {
	Checked       int          `json:"checked"`
	Released      int          `json:"released"`
	Duplicate     int          `json:"duplicate"`
	Handshake     int          `json:"handshake"`
	Failed        int          `json:"failed"`
	Error         int          `json:"error"`
	UnknownSource int          `json:"unknown_source"`
	NotFound      int          `json:"not_found"`
	Items         []VerifyItem `json:"items"`          // in the order of arrival
	Next          string       `json:"next,omitempty"` // where to go on; "" once all were checked
}

// Add adds what another page found.
func (r *VerifyResult) Add(page *VerifyResult) {
	r.Items = append(r.Items, page.Items...)
	for _, item := range page.Items {
		r.Checked++
		*r.count(item.Outcome)++
	}
}

// VerifyItem is what became of one.
type VerifyItem struct {
	ID      event.RejectedID `json:"id"`
	Source  string           `json:"source,omitempty"`
	Outcome Outcome          `json:"outcome"`
	Event   event.ID         `json:"event,omitzero"`
	Code    string           `json:"code,omitempty"` // why it was not released
}

// Outcome is what became of a rejected request that was verified again.
type Outcome string

// The outcomes. The first three leave the quarantine.
const (
	OutcomeReleased      Outcome = "released"       // it is an event now, or would be but for the dry run
	OutcomeDuplicate     Outcome = "duplicate"      // of an event that is stored
	OutcomeHandshake     Outcome = "handshake"      // it is genuine, and no event
	OutcomeFailed        Outcome = "failed"         // it does not verify
	OutcomeError         Outcome = "error"          // it could not be judged or stored; try again
	OutcomeUnknownSource Outcome = "unknown_source" // its source is not configured
	OutcomeNotFound      Outcome = "not_found"      // it is not, or no longer, in the quarantine
)

// settled reports whether there is nothing left to be done about the request.
func (o Outcome) settled() bool {
	return o == OutcomeReleased || o == OutcomeDuplicate || o == OutcomeHandshake
}

// count is where an outcome is counted.
func (r *VerifyResult) count(o Outcome) *int {
	switch o {
	case OutcomeReleased:
		return &r.Released
	case OutcomeDuplicate:
		return &r.Duplicate
	case OutcomeHandshake:
		return &r.Handshake
	case OutcomeFailed:
		return &r.Failed
	case OutcomeUnknownSource:
		return &r.UnknownSource
	case OutcomeNotFound:
		return &r.NotFound
	}
	return &r.Error
}
