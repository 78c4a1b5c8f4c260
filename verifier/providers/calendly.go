package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		docs = "developer.calendly.com/api-docs/overview/webhooks/webhook-signatures"
		spec = "webhook-verify, SPEC.md"
	)
	verifier.Register(verifier.Provider{
		Name:  "calendly",
		Title: "Calendly",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:       []string{"Calendly-Webhook-Signature"},
				Format:       verifier.Pairs,
				Separator:    ",",
				SignatureKey: "v1",
				TimestampKey: "t",
				Signed:       "{timestamp}.{body}",
			},
			Tolerance: 3 * time.Minute,
		},
		Identity: verifier.Identity{
			EventType: "body.event",
			Dedupe:    "digest",
		},
		RetryHorizon: 24 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "t=<unix>,v1=<hex HMAC-SHA256 of {t}.{body}> in Calendly-Webhook-Signature", Source: docs, Confidence: verifier.Documented},
			{About: "signature in detail", Text: "content and encoding, as quoted from the same page", Source: spec, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "the signing key of the subscription or of the OAuth app, as it is", Source: docs, Confidence: verifier.Documented},
			{About: "tolerance", Text: "3 minutes in the sample code", Source: spec, Confidence: verifier.ThirdParty},
			{About: "identity", Text: "no event ID", Source: docs, Confidence: verifier.Documented},
			{About: "retries", Text: "for 24 hours, ever less often; then the webhook is disabled", Source: "community.calendly.com, Why am I not receiving webhook data? (548)", Confidence: verifier.Documented},
			{About: "setup", Text: "webhooks are made by the API: with a personal access token signing_key is a text of your own choice; an OAuth app is given one when it is created", Source: "developer.calendly.com/api-docs/overview/webhooks/webhook-signatures", Confidence: verifier.Documented},
		},
		Notes: []string{
			"payload.uri is the invitee, not the event.",
		},
		Samples: samples("calendly"),
	})
}
