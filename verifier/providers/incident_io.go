package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:   "incident_io",
		Title:  "incident.io",
		Scheme: standardWebhooks("webhook"),
		Identity: verifier.Identity{
			EventID:   `header("webhook-id")`,
			EventType: "body.event_type",
			Dedupe:    `header("webhook-id")`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "Standard Webhooks: webhook-id, webhook-timestamp and webhook-signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "base64, after whsec_", Source: registry, Confidence: verifier.ThirdParty},
			{About: "tolerance", Text: "5 minutes", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "event_type", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "public_incident.incident_created_v2", Body: `{"event_type":"{type}","public_incident.incident_created_v2":{"id":"{id}","name":"The site is down","created_at":"{time}"}}`},
		},
	})
}
