package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		docs   = "docs.qonto.com/api-reference/business-api/webhooks/overview"
		others = "public code that quotes docs.qonto.com"
	)
	verifier.Register(verifier.Provider{
		Name:  "qonto",
		Title: "Qonto",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:       []string{"X-Qonto-Signature"},
				Format:       verifier.Pairs,
				Separator:    ",",
				SignatureKey: "v1",
				TimestampKey: "t",
				Signed:       "{timestamp}.{body}",
			},
			TimestampUnit: verifier.UnixAny,
		},
		Identity:       verifier.Identity{Dedupe: "digest"},
		AnswerDeadline: time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "HMAC-SHA256 as t=<timestamp>,v1=<signature> in X-Qonto-Signature", Source: docs, Confidence: verifier.Documented},
			{About: "signature in detail", Text: "hex, of {t}.{body}; t in seconds", Source: others, Confidence: verifier.ThirdParty},
			{About: "tolerance", Text: "5 minutes", Source: others, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "the secret of the subscription", Source: docs, Confidence: verifier.Documented},
			{About: "deadline", Text: "1 second", Source: docs, Confidence: verifier.Documented},
		},
		Samples: []verifier.Sample{
			{Type: "v1/payment-links", Body: `{"id":"{id}","type":"{type}","created_at":"{time}","data":{"id":"{id}","status":"paid"}}`},
		},
	})
}
