package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const docs = "docs.incident.io/api-reference/webhooks"
	verifier.Register(verifier.Provider{
		Name:   "incident_io",
		Title:  "incident.io",
		Scheme: standardWebhooks("webhook"),
		Identity: verifier.Identity{
			EventID:   `header("webhook-id")`,
			EventType: "body.event_type",
			Dedupe:    `header("webhook-id")`,
		},
		RetryHorizon: 24 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "made by Svix, as Standard Webhooks: webhook-id, webhook-timestamp and webhook-signature", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "the signing secret of the endpoint, base64 after whsec_", Source: "svix/svix-docs, content/receiving/verifying-payloads", Confidence: verifier.Documented},
			{About: "tolerance", Text: "5 minutes", Source: "svix/svix-webhooks, go/webhook.go", Confidence: verifier.Source},
			{About: "retries", Text: "ever less often for 24 hours", Source: docs, Confidence: verifier.Documented},
			{About: "removal", Text: "an endpoint that fails for 5 days is disabled", Source: docs, Confidence: verifier.Documented},
			{About: "order", Text: "not kept", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "event_type", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "public_incident.incident_created_v2", Body: `{"event_type":"{type}","public_incident.incident_created_v2":{"id":"{id}","name":"The site is down","created_at":"{time}"}}`},
		},
	})
}
