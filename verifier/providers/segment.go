package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const docs = "segmentio/segment-docs, src/connections/destinations/catalog, webhooks and actions-webhook"
	verifier.Register(verifier.Provider{
		Name:  "segment",
		Title: "Segment",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Signature"}, Algorithm: "sha1"},
		},
		Identity: verifier.Identity{
			EventID:   "body.messageId",
			EventType: "body.type",
			Dedupe:    "body.messageId",
		},
		RetryHorizon: 4 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA1 of the body in X-Signature; of a batch the first event alone is signed", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "the shared secret, as it is", Source: docs, Confidence: verifier.Documented},
			{About: "identity", Text: "messageId", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "the field type", Source: docs, Confidence: verifier.Documented},
			{About: "retries", Text: "on timeouts and 5xx, for up to 4 hours", Source: docs, Confidence: verifier.Documented},
		},
		Notes: []string{
			"Turn batching off: of a batch only the first event is signed, and in another form than it is sent. Batches are refused.",
		},
		Samples: []verifier.Sample{
			{Type: "track", Body: `{"type":"{type}","messageId":"{id}","userId":"ada","event":"Order Completed","timestamp":"{time}","properties":{"total":499.80,"currency":"EUR"}}`},
		},
	})
}
