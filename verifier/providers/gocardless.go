package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const sdk = "gocardless/gocardless-pro-go, webhooks.go"
	verifier.Register(verifier.Provider{
		Name:  "gocardless",
		Title: "GoCardless",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"Webhook-Signature"}},
		},
		Identity: verifier.Identity{
			EventID:   "body.meta.webhook_id",
			EventType: `body.events[0].resource_type + "." + body.events[0].action`,
			Dedupe:    "body.meta.webhook_id",
		},
		Batch: &verifier.Batch{
			Split: "body.events",
			Identity: verifier.Identity{
				EventID:   "body.id",
				EventType: `body.resource_type + "." + body.action`,
				Dedupe:    "body.id",
			},
		},
		AnswerDeadline: 10 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in Webhook-Signature", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "as it is", Source: sdk, Confidence: verifier.Source},
			{About: "identity", Text: "meta.webhook_id of the request, events[].id of each event", Source: sdk, Confidence: verifier.Source},
			{About: "type", Text: "events[].resource_type and events[].action", Source: sdk, Confidence: verifier.Source},
			{About: "retries", Text: "up to 8, after 1, 2 and 10 min and ever less often", Source: "support.gocardless.com, Webhook retries / failures", Confidence: verifier.Documented},
			{About: "identity of each event", Text: "id", Source: sdk, Confidence: verifier.Source},
			{About: "deadline", Text: "10 seconds", Source: "support.gocardless.com, Webhook retries / failures", Confidence: verifier.Documented},
		},
		Notes: []string{
			batchNote,
		},
		Samples: []verifier.Sample{
			{Type: "payments.confirmed", Body: `{"events":[{"id":"EV{id}","created_at":"{time}","resource_type":"payments","action":"confirmed","links":{"payment":"PM123"},"details":{"origin":"gocardless","cause":"payment_confirmed"}}],"meta":{"webhook_id":"WB{id}"}}`},
		},
	})
}
