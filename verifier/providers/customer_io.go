package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const docs = "customer.io/docs/api/webhooks"
	verifier.Register(verifier.Provider{
		Name:  "customer_io",
		Title: "Customer.io",
		Scheme: verifier.Scheme{
			Kind:            verifier.HMAC,
			Signature:       verifier.Signature{Header: []string{"X-CIO-Signature"}, Signed: "v0:{timestamp}:{body}"},
			TimestampHeader: "X-CIO-Timestamp",
		},
		Identity:       verifier.Identity{Dedupe: "digest"},
		RetryHorizon:   7 * 24 * time.Hour,
		AnswerDeadline: 4 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "HMAC-SHA256 of X-CIO-Timestamp and the body in X-CIO-Signature", Source: docs, Confidence: verifier.Documented},
			{About: "signature in detail", Text: "hex, of v0:{timestamp}:{body}", Source: registry, Confidence: verifier.ThirdParty},
			{About: "timestamp", Text: "unix seconds", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "the signing key on the page of the reporting webhook, as it is", Source: docs, Confidence: verifier.Documented},
			{About: "deadline", Text: "4 seconds", Source: docs, Confidence: verifier.Documented},
			{About: "retries", Text: "ever less often for 7 days; after 4xx, too, but for those an hour later", Source: docs, Confidence: verifier.Documented},
			{About: "order", Text: "later events wait for the one that is retried", Source: docs, Confidence: verifier.Documented},
		},
		Notes: []string{
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "email_delivered", Body: `{"event_id":"{id}","object_type":"email","metric":"delivered","timestamp":{unix},"data":{"recipient":"ada@example.com"}}`},
		},
	})
}
