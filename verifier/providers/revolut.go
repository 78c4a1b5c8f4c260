package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const docs = "developer.revolut.com, Webhook signature verification"
	verifier.Register(verifier.Provider{
		Name:  "revolut",
		Title: "Revolut",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:    []string{"Revolut-Signature"},
				Format:    verifier.List,
				Separator: ",",
				Prefix:    "v1=",
				Signed:    "v1.{timestamp}.{body}",
			},
			TimestampHeader: "Revolut-Request-Timestamp",
			TimestampUnit:   verifier.UnixMilli,
			Tolerance:       5 * time.Minute,
		},
		Identity: verifier.Identity{
			EventType: "body.event",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "v1=<hex HMAC-SHA256 of v1.{timestamp}.{body}>, several split at commas while secrets overlap", Source: docs, Confidence: verifier.Documented},
			{About: "timestamp", Text: "unix milliseconds in Revolut-Request-Timestamp", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "the whole signing secret with its wsk_, as it is", Source: docs, Confidence: verifier.Documented},
			{About: "tolerance", Text: "5 minutes", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "event", Source: docs, Confidence: verifier.Documented},
		},
		Notes: []string{
			"Business and Merchant sign alike.",
		},
		Samples: []verifier.Sample{
			{Type: "ORDER_COMPLETED", Body: `{"event":"{type}","order_id":"{id}","merchant_order_ext_ref":"NP-2201"}`},
		},
	})
}
