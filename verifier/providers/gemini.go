package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const notebook = "google-gemini/cookbook, quickstarts/Webhooks.ipynb"
	verifier.Register(verifier.Provider{
		Name:   "gemini",
		Title:  "Google Gemini API",
		Scheme: standardWebhooks("webhook"),
		Identity: verifier.Identity{
			EventID:   `header("webhook-id")`,
			EventType: "body.type",
			Dedupe:    `header("webhook-id")`,
		},
		RetryHorizon: 24 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "Standard Webhooks, for webhooks of a project; those named in a single request need another check", Source: notebook, Confidence: verifier.Source},
			{About: "webhooks of a single request", Text: "a JWT", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "base64 after whsec_, shown once, when the webhook is made", Source: notebook, Confidence: verifier.Source},
			{About: "tolerance", Text: "5 minutes, as the library of Standard Webhooks has it", Source: notebook, Confidence: verifier.Source},
			{About: "type", Text: "the field type", Source: notebook, Confidence: verifier.Source},
			{About: "deadline", Text: "a few seconds", Source: notebook, Confidence: verifier.Source},
			{About: "retries", Text: "for 24 hours, at growing intervals", Source: notebook, Confidence: verifier.Source},
		},
		Notes: []string{
			"Webhooks whose requests carry a JWT are not verified by this preset.",
		},
		Samples: []verifier.Sample{
			{Type: "batch.succeeded", Body: `{"type":"{type}","timestamp":"{time}","data":{"id":"{id}"}}`},
		},
	})
}
