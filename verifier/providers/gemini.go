package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:   "gemini",
		Title:  "Google Gemini API",
		Scheme: standardWebhooks("webhook"),
		Identity: verifier.Identity{
			EventID:   `header("webhook-id")`,
			EventType: "body.type",
			Dedupe:    `header("webhook-id")`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "Standard Webhooks, for webhooks with a secret of their own; others carry a JWT", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "base64, after whsec_", Source: registry, Confidence: verifier.ThirdParty},
			{About: "tolerance", Text: "5 minutes", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "the field type", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"Webhooks whose requests carry a JWT are not verified by this preset.",
		},
		Samples: []verifier.Sample{
			{Type: "batch.succeeded", Body: `{"type":"{type}","timestamp":"{time}","data":{"id":"{id}"}}`},
		},
	})
}
