package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const page = "SyncAI documentation, Webhooks"
	verifier.Register(verifier.Provider{
		Name:  "syncai",
		Title: "SyncAI",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-SyncAI-Signature"}},
		},
		Identity: verifier.Identity{
			EventType: "body.event",
			Dedupe:    "[body.event, body.document_id, body.review_id]",
		},
		AnswerDeadline: 5 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in X-SyncAI-Signature; the secret is the one given at registration, as it is", Source: page, Confidence: verifier.Documented},
			{About: "identity", Text: "no event ID; event, document_id and review_id are in the example payload", Source: page, Confidence: verifier.Documented},
			{About: "deadline", Text: "200 within 5 seconds", Source: page, Confidence: verifier.Documented},
			{About: "retries", Text: "3 with exponential backoff; the intervals are not given", Source: page, Confidence: verifier.Documented},
			{About: "setup", Text: "POST /webhooks/register with the address, the events and a secret of your own choice", Source: page, Confidence: verifier.Documented},
		},
		Notes: []string{
			"SyncAI advises to recognise duplicates by document_id. That alone would drop document.rejected after document.verified of one document.",
			"No timestamp is signed apart from the body's own: an old request verifies for as long as its secret is accepted.",
		},
		Samples: []verifier.Sample{
			{Type: "document.verified", Body: `{"event":"{type}","timestamp":"{time}","document_id":"doc_{id}","review_id":"rev_{id}","verified_by":"human_reviewer","corrections_made":false,"data":{"header":{"vendor":"Nordwind Paper","date":"2026-03-02","invoice_no":"NP-2201"},"amounts":{"subtotal":420.00,"tax":79.80,"total":499.80},"line_items":[{"description":"Copy paper A4","quantity":60,"unit_price":7.00,"amount":420.00}]},"confidence":{"original":0.81,"final":1.0}}`},
			{Type: "document.rejected", Body: `{"event":"{type}","timestamp":"{time}","document_id":"doc_{id}","review_id":"rev_{id}","verified_by":"human_reviewer"}`},
		},
	})
}
