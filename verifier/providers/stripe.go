package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		sdk         = "stripe/stripe-go, webhook/client.go"
		undelivered = "docs.stripe.com/webhooks/process-undelivered-events"
	)
	verifier.Register(verifier.Provider{
		Name:  "stripe",
		Title: "Stripe",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:       []string{"Stripe-Signature"},
				Format:       verifier.Pairs,
				Separator:    ",",
				SignatureKey: "v1", // v0 is a fake for test mode
				TimestampKey: "t",
				Signed:       "{timestamp}.{body}",
			},
			Tolerance: 5 * time.Minute,
		},
		Identity: verifier.Identity{
			EventID:   "body.id",
			EventType: "body.type",
			Dedupe:    "body.id",
		},
		RetryHorizon: 3 * 24 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "t=<unix>,v1=<hex HMAC-SHA256 of {t}.{body}>, v1 several times while a secret is rolled; v0 is ignored", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "the whole endpoint secret with its whsec_, as it is", Source: sdk, Confidence: verifier.Source},
			{About: "tolerance", Text: "5 minutes; the SDKs look at the past only, Gatepost at the future too", Source: sdk, Confidence: verifier.Source},
			{About: "retries", Text: "live mode: for up to three days, at growing intervals", Source: undelivered, Confidence: verifier.Documented},
			{About: "retries in test mode", Text: "3 over a few hours", Source: "a third party quoting the documentation", Confidence: verifier.ThirdParty},
			{About: "deadline", Text: "20 seconds", Confidence: verifier.Unconfirmed},
			{About: "setup", Text: "under Webhooks of the Workbench create an event destination of the kind webhook endpoint, with snapshot payloads; its settings reveal the signing secret", Source: "trigger.dev/docs/webhooks/providers/stripe", Confidence: verifier.ThirdParty},
		},
		Notes: []string{
			"Each endpoint at Stripe has its own secret, and so does the Stripe CLI.",
		},
		Samples: samples("stripe"),
	})
}
