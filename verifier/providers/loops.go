package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:   "loops",
		Title:  "Loops",
		Scheme: standardWebhooks("webhook"),
		Identity: verifier.Identity{
			EventID:   `header("webhook-id")`,
			EventType: "body.eventName",
			Dedupe:    `header("webhook-id")`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "Standard Webhooks: webhook-id, webhook-timestamp and webhook-signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "base64, after whsec_; shown under Settings > Webhooks", Source: "trigger.dev/docs/webhooks/providers/loops", Confidence: verifier.ThirdParty},
			{About: "tolerance", Text: "5 minutes", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "eventName", Source: "trigger.dev/docs/webhooks/providers/loops", Confidence: verifier.ThirdParty},
			{About: "rate", Text: "up to 10 a second", Source: "loops.so/docs/webhooks", Confidence: verifier.Documented},
			{About: "setup", Text: "Settings > Webhooks: the address; the endpoint's signing secret begins with whsec_", Source: "trigger.dev/docs/webhooks/providers/loops", Confidence: verifier.ThirdParty},
		},
		Samples: []verifier.Sample{
			{Type: "email.delivered", Body: `{"eventName":"{type}","eventTime":{unix},"webhookSchemaVersion":"1.0.0","contactIdentity":{"id":"{id}","email":"ada@example.com"}}`},
		},
	})
}
