package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const sdk = "resend/resend-go, webhooks.go"
	verifier.Register(verifier.Provider{
		Name:   "resend",
		Title:  "Resend",
		Scheme: standardWebhooks("svix"),
		Identity: verifier.Identity{
			EventID:   `header("svix-id")`,
			EventType: "body.type",
			Dedupe:    `header("svix-id")`,
		},
		RetryHorizon: 27*time.Hour + 35*time.Minute + 5*time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "Standard Webhooks under the names svix-id, svix-timestamp and svix-signature", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "base64 after whsec_", Source: sdk, Confidence: verifier.Source},
			{About: "tolerance", Text: "5 minutes, past and future", Source: sdk, Confidence: verifier.Source},
			{About: "type", Text: "the field type", Source: sdk, Confidence: verifier.Source},
			{About: "retries", Text: "at once, then after 5 s, 5 and 30 min, 2, 5, 10 and 10 h", Source: "resend.com/docs/webhooks/retries-and-replays", Confidence: verifier.Documented},
			{About: "rotation", Text: "for 24 hours after a new secret was made, requests carry signatures of both", Source: "resend.com/docs/api-reference/webhooks/rotate-signing-secret", Confidence: verifier.Documented},
		},
		Samples: samples("resend"),
	})
}
