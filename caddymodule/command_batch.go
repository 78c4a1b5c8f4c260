package caddymodule

import (
	"cmp"

	"github.com/gatepost/gatepost/verifier"
)

// batchInfo is how `split` takes a provider's requests apart. All are expressions.
type batchInfo struct {
	Split     string `json:"split"`    // the list of events
	EventID   string `json:"event_id"` // of one of them, as the next two
	EventType string `json:"event_type"`
	Dedupe    string `json:"dedupe"` // "": the request's digest and the place in it
}

func describeBatch(b *verifier.Batch) *batchInfo {
	if b == nil {
		return nil
	}
	return &batchInfo{Split: b.Split, EventID: b.Identity.EventID, EventType: b.Identity.EventType, Dedupe: b.Identity.Dedupe}
}

// batchHelp introduces what is known of the parts of a request.
const batchHelp = "One request can carry several events. With the option split, each element of this list becomes an event of its own, with the bytes that it has in the request as its body. The signature headers go along, but do not match those."

// fields are what is known of one event of a request, in a line each.
func (b *batchInfo) fields() []infoField {
	return []infoField{
		{"Split", b.Split},
		{"Event ID", cmp.Or(b.EventID, "none")},
		{"Type", cmp.Or(b.EventType, "none")},
		{"Dedupe", cmp.Or(b.Dedupe, placeInRequest)},
	}
}

const placeInRequest = "the request's digest and the place in it"
