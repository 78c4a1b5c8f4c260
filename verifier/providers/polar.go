package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:   "polar",
		Title:  "Polar",
		Scheme: rawKey(standardWebhooks("webhook")),
		Identity: verifier.Identity{
			EventID:   `header("webhook-id")`,
			EventType: "body.type",
			Dedupe:    `header("webhook-id")`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "Standard Webhooks: webhook-id, webhook-timestamp and webhook-signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "the whole polar_whs_…, as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "tolerance", Text: "5 minutes", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "the field type", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "order.paid", Body: `{"type":"{type}","timestamp":"{time}","data":{"id":"{id}","status":"paid","total_amount":49980,"currency":"eur"}}`},
		},
	})
}
