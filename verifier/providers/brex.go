package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:   "brex",
		Title:  "Brex",
		Scheme: standardWebhooks("webhook"),
		Identity: verifier.Identity{
			EventID:   `header("webhook-id")`,
			EventType: "body.event_type",
			Dedupe:    `header("webhook-id")`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "Standard Webhooks: webhook-id, webhook-timestamp and webhook-signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "base64, without whsec_", Source: "trigger.dev/apis/brex/examples/brex-http-endpoint", Confidence: verifier.ThirdParty},
			{About: "tolerance", Text: "5 minutes", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "event_type", Confidence: verifier.Unconfirmed},
			{About: "rotation", Text: "the API lists the secrets; after a rotation two are listed, and Webhook-Signature holds two signatures", Source: "developer.brex.com/openapi/webhooks_api", Confidence: verifier.Documented},
		},
		Samples: []verifier.Sample{
			{Type: "TRANSFER_PROCESSED", Body: `{"event_type":"{type}","transfer_id":"{id}","company_id":"example"}`},
		},
	})
}
