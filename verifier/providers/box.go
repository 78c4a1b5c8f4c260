package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		sdk  = "box/box-node-sdk, src/managers/webhooks.ts"
		docs = "box/box-node-sdk, docs/webhooks.md"
	)
	verifier.Register(verifier.Provider{
		Name:  "box",
		Title: "Box",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:   []string{"Box-Signature-Primary", "Box-Signature-Secondary"},
				Encoding: "base64",
				Signed:   "{body}{timestamp}",
			},
			TimestampHeader: "Box-Delivery-Timestamp",
			TimestampUnit:   verifier.RFC3339,
			Tolerance:       10 * time.Minute,
		},
		Identity: verifier.Identity{
			EventID:   "body.id",
			EventType: "body.trigger",
			Dedupe:    "body.id",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of {body}{timestamp}, one for each of two keys, in BOX-SIGNATURE-PRIMARY and BOX-SIGNATURE-SECONDARY", Source: sdk, Confidence: verifier.Source},
			{About: "timestamp", Text: "RFC 3339 in BOX-DELIVERY-TIMESTAMP", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "the primary or the secondary key, as it is", Source: docs, Confidence: verifier.Documented},
			{About: "tolerance", Text: "10 minutes", Source: sdk, Confidence: verifier.Source},
			{About: "identity", Text: "id; BOX-DELIVERY-ID is not signed", Source: docs, Confidence: verifier.Documented},
		},
		Notes: []string{
			"Give both keys as secrets: then either can be changed without a gap.",
		},
		Samples: []verifier.Sample{
			{Type: "FILE.UPLOADED", Body: `{"type":"webhook_event","id":"{id}","created_at":"{time}","trigger":"{type}","webhook":{"id":"1","type":"webhook"},"created_by":{"type":"user","id":"2","name":"Ada"},"source":{"id":"3","type":"file","name":"invoice.pdf"}}`},
		},
	})
}
