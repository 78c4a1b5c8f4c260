package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const sender = "polarsource/polar, server/polar/webhook/tasks.py and its tests"
	verifier.Register(verifier.Provider{
		Name:   "polar",
		Title:  "Polar",
		Scheme: withKey("whsec_or_raw", standardWebhooks("webhook")),
		Identity: verifier.Identity{
			EventID:   `header("webhook-id")`,
			EventType: "body.type",
			Dedupe:    `header("webhook-id")`,
		},
		AnswerDeadline: 10 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "Standard Webhooks: webhook-id, webhook-timestamp and webhook-signature", Source: sender, Confidence: verifier.Source},
			{About: "secret", Text: "made since September 2026: base64 after whsec_; older ones, which are polar_whs_… or whsec_ with 43 characters, whole and as they are", Source: sender, Confidence: verifier.Source},
			{About: "tolerance", Text: "5 minutes, as the library has it", Source: registry, Confidence: verifier.ThirdParty},
			{About: "identity", Text: "webhook-id is the event, the same over retries; it is signed", Source: sender, Confidence: verifier.Source},
			{About: "type", Text: "the field type", Source: sender, Confidence: verifier.Source},
			{About: "deadline", Text: "10 seconds", Source: sender, Confidence: verifier.Source},
			{About: "order", Text: "an event waits while earlier ones of the endpoint are not delivered", Source: sender, Confidence: verifier.Source},
		},
		Notes: []string{
			"The form of the secret tells whether it is decoded, so that endpoints of both ages verify.",
		},
		Samples: []verifier.Sample{
			{Type: "order.paid", Body: `{"type":"{type}","timestamp":"{time}","data":{"id":"{id}","status":"paid","total_amount":49980,"currency":"eur"}}`},
		},
	})
}
