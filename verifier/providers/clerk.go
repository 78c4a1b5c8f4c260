package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const sdk = "clerk/javascript, packages/backend/src/webhooks.ts"
	verifier.Register(verifier.Provider{
		Name:   "clerk",
		Title:  "Clerk",
		Scheme: standardWebhooks("svix"),
		Identity: verifier.Identity{
			EventID:   `header("svix-id")`,
			EventType: "body.type",
			Dedupe:    `header("svix-id")`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "Standard Webhooks under the names svix-id, svix-timestamp and svix-signature", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "base64 after whsec_", Source: sdk, Confidence: verifier.Source},
			{About: "tolerance", Text: "5 minutes, as the library of Standard Webhooks has it", Source: sdk, Confidence: verifier.Source},
			{About: "type", Text: "the field type", Source: sdk, Confidence: verifier.Source},
			{About: "setup", Text: "the dashboard's webhook settings: add an endpoint with the address; its page shows the signing secret", Source: "trigger.dev/docs/webhooks/providers/clerk", Confidence: verifier.ThirdParty},
		},
		Samples: samples("clerk"),
	})
}
