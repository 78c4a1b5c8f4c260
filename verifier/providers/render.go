package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const sample = "render-examples/webhook-receiver, app.ts"
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
			{About: "signature", Text: "Standard Webhooks: webhook-id, webhook-timestamp and webhook-signature", Source: sample, Confidence: verifier.Source},
			{About: "secret", Text: "base64, after whsec_ if it has that", Source: sample, Confidence: verifier.Source},
			{About: "tolerance", Text: "5 minutes, as the library has it", Source: sample, Confidence: verifier.Source},
			{About: "type", Text: "the field type", Source: sample, Confidence: verifier.Source},
		},
		Samples: []verifier.Sample{
			{Type: "deploy_ended", Body: `{"type":"{type}","timestamp":"{time}","data":{"id":"evt-{id}","serviceId":"srv-example","serviceName":"web","status":"succeeded"}}`},
		},
	})
}
