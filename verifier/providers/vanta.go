package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:   "vanta",
		Title:  "Vanta",
		Scheme: standardWebhooks("svix"),
		Identity: verifier.Identity{
			EventID:   `header("svix-id")`,
			EventType: "body.type",
			Dedupe:    `header("svix-id")`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "Standard Webhooks: svix-id, svix-timestamp and svix-signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "base64, after whsec_ if it has that", Source: registry, Confidence: verifier.ThirdParty},
			{About: "tolerance", Text: "5 minutes", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "the field type", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "test.failed", Body: `{"type":"{type}","timestamp":"{time}","data":{"id":"{id}"}}`},
		},
	})
}
