package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const sender = "calcom/cal.com, packages/features/webhooks/lib/sendPayload.ts"
	verifier.Register(verifier.Provider{
		Name:  "cal_com",
		Title: "Cal.com",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Cal-Signature-256"}},
		},
		Identity: verifier.Identity{
			EventType: "body.triggerEvent",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in X-Cal-Signature-256; without a secret the header holds no-secret-provided", Source: sender, Confidence: verifier.Source},
			{About: "secret", Text: "as it is", Source: sender, Confidence: verifier.Source},
			{About: "type", Text: "triggerEvent; a payload template of your own need not have it", Source: sender, Confidence: verifier.Source},
			{About: "identity", Text: "none: triggerEvent and createdAt", Source: sender, Confidence: verifier.Source},
			{About: "setup", Text: "Settings > Developer > Webhooks: the address, and a secret of your own choice, without which nothing is signed", Source: "trigger.dev/docs/webhooks/providers/cal-com", Confidence: verifier.ThirdParty},
		},
		Samples: []verifier.Sample{
			{Type: "BOOKING_CREATED", Body: `{"triggerEvent":"{type}","createdAt":"{time}","payload":{"uid":"{id}","title":"30 minutes with Ada","startTime":"{time}","organizer":{"email":"ada@example.com"}}}`},
		},
	})
}
