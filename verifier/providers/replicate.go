package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const sdk = "replicate/replicate-javascript, lib/util.js"
	verifier.Register(verifier.Provider{
		Name:   "replicate",
		Title:  "Replicate",
		Scheme: standardWebhooks("webhook"),
		Identity: verifier.Identity{
			EventID:   `header("webhook-id")`,
			EventType: "body.status",
			Dedupe:    `header("webhook-id")`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "Standard Webhooks: webhook-id, webhook-timestamp and webhook-signature", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "base64 after whsec_", Source: sdk, Confidence: verifier.Source},
			{About: "tolerance", Text: "the SDK checks none", Source: sdk, Confidence: verifier.Source},
			{About: "type", Text: "status of the prediction, which is the body", Source: "package replicate, README", Confidence: verifier.Source},
		},
		Notes: []string{
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "succeeded", Body: `{"id":"{id}","version":"example","status":"{type}","input":{"prompt":"a fox"},"output":["https://example.com/fox.png"],"created_at":"{time}","completed_at":"{time}"}`},
		},
	})
}
