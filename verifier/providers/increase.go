package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:   "increase",
		Title:  "Increase",
		Scheme: standardWebhooks("webhook"),
		Identity: verifier.Identity{
			EventID:   `header("webhook-id")`,
			EventType: "body.category",
			Dedupe:    `header("webhook-id")`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "Standard Webhooks: webhook-id, webhook-timestamp and webhook-signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "base64, after whsec_ if it has that", Source: registry, Confidence: verifier.ThirdParty},
			{About: "tolerance", Text: "5 minutes", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "category", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "account.created", Body: `{"id":"event_{id}","type":"event","category":"{type}","created_at":"{time}","associated_object_id":"account_{id}","associated_object_type":"account"}`},
		},
	})
}
