package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:   "stytch",
		Title:  "Stytch",
		Scheme: standardWebhooks("svix"),
		Identity: verifier.Identity{
			EventID:   `header("svix-id")`,
			EventType: `body.object_type + "." + body.action`,
			Dedupe:    `header("svix-id")`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "Standard Webhooks: svix-id, svix-timestamp and svix-signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "base64, after whsec_", Source: registry, Confidence: verifier.ThirdParty},
			{About: "tolerance", Text: "5 minutes", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "object_type and action", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "user.CREATE", Body: `{"project_id":"project-example","event_id":"{id}","action":"CREATE","object_type":"user","source":"DIRECT","id":"user-{id}","timestamp":"{time}"}`},
		},
	})
}
