package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	verifier.Register(verifier.Provider{
		Name:   "vanta",
		Title:  "Vanta",
		Scheme: standardWebhooks("svix"),
		Identity: verifier.Identity{
			EventID:   `header("svix-id")`,
			EventType: "body.type",
			Dedupe:    `header("svix-id")`,
		},
		AnswerDeadline: 15 * time.Second,
		RetryHorizon:   5 * 24 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "Standard Webhooks as Svix sends them: svix-id, svix-timestamp and svix-signature", Source: "developer.vanta.com/docs/webhooks", Confidence: verifier.Documented},
			{About: "secret", Text: "of the endpoint, begins with whsec_, in the dashboard's webhook settings", Source: "developer.vanta.com/docs/webhooks", Confidence: verifier.Documented},
			{About: "tolerance", Text: "5 minutes", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "the field type", Confidence: verifier.Unconfirmed},
			{About: "identity", Text: "svix-id, the same for every attempt", Source: "developer.vanta.com/docs/webhooks", Confidence: verifier.Documented},
			{About: "deadline", Text: "a 2xx within 15 seconds", Source: "developer.vanta.com/docs/webhooks", Confidence: verifier.Documented},
			{About: "retries", Text: "with growing pauses for up to about 5 days", Source: "help.vanta.com/en/articles/13909210", Confidence: verifier.Documented},
		},
		Samples: []verifier.Sample{
			{Type: "test.failed", Body: `{"type":"{type}","timestamp":"{time}","data":{"id":"{id}"}}`},
		},
	})
}
