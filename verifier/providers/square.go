package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		sdk     = "square/square-nodejs-sdk, src/wrapper/WebhooksHelper.ts and its tests"
		manage  = "developer.squareup.com/docs/webhooks/step4manage"
		what    = "developer.squareup.com/docs/webhooks/what-it-does"
		trouble = "developer.squareup.com/docs/webhooks/troubleshooting"
	)
	verifier.Register(verifier.Provider{
		Name:  "square",
		Title: "Square",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:   []string{"X-Square-Hmacsha256-Signature"},
				Encoding: "base64",
				Signed:   "{url}{body}",
			},
		},
		Identity: verifier.Identity{
			EventID:   "body.event_id",
			EventType: "body.type",
			Dedupe:    "body.event_id",
		},
		RetryHorizon:   24 * time.Hour,
		AnswerDeadline: 10 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of the notification URL and the body in X-Square-Hmacsha256-Signature", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "the signature key of the webhook subscription, as it is", Source: sdk, Confidence: verifier.Source},
			{About: "identity", Text: "event_id is the idempotency value; what repeats it is to be skipped", Source: what, Confidence: verifier.Documented},
			{About: "retries", Text: "for up to 24 hours, then the event is discarded", Source: trouble, Confidence: verifier.Documented},
			{About: "disabling", Text: "after three weeks without one success the subscription is disabled", Source: manage, Confidence: verifier.Documented},
			{About: "deadline", Text: "as soon as possible; an older text of the same page says 10 seconds", Source: trouble, Confidence: verifier.Documented},
			{About: "retries, elsewhere", Text: "an older text of the same page says up to 72 hours", Source: "developer.squareup.com/docs/webhooks/troubleshooting?q=sandbox", Confidence: verifier.Documented},
			{About: "setup", Text: "Developer Console, the application's Webhooks > Subscriptions > Add subscription with the address; the subscription's Endpoint Details show the signature key", Source: "developer.squareup.com/docs/webhooks/step2subscribe", Confidence: verifier.Documented},
		},
		Notes: []string{
			"Set public_url to the notification URL exactly as it is registered at Square.",
		},
		Samples: samples("square"),
	})
}
