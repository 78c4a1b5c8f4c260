package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:   "render",
		Title:  "Render",
		Scheme: standardWebhooks("webhook"),
		Identity: verifier.Identity{
			EventID:   `header("webhook-id")`,
			EventType: "body.type",
			Dedupe:    `header("webhook-id")`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "Standard Webhooks: webhook-id, webhook-timestamp and webhook-signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "base64, after whsec_ if it has that", Source: registry, Confidence: verifier.ThirdParty},
			{About: "tolerance", Text: "5 minutes", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "the field type", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "deploy_ended", Body: `{"type":"{type}","timestamp":"{time}","data":{"id":"evt-{id}","serviceId":"srv-example","serviceName":"web","status":"succeeded"}}`},
		},
	})
}
