package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const docs = "stytch.com/docs/workspace-management/webhooks"
	verifier.Register(verifier.Provider{
		Name:   "stytch",
		Title:  "Stytch",
		Scheme: standardWebhooks("svix"),
		Identity: verifier.Identity{
			EventID:   `header("svix-id")`,
			EventType: `lower(body.source + "." + body.object_type + "." + body.action)`,
			Dedupe:    `header("svix-id")`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "made by Svix: svix-id, svix-timestamp and svix-signature", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "base64, after whsec_", Source: "svix/svix-docs, content/receiving/verifying-payloads", Confidence: verifier.Documented},
			{About: "tolerance", Text: "5 minutes", Source: "svix/svix-webhooks, go/webhook.go", Confidence: verifier.Source},
			{About: "identity", Text: "event_id is of the event, id of what it is about", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "source, object_type and action; the name of a type is the three in small letters, joined by dots", Source: docs, Confidence: verifier.Documented},
		},
		Samples: []verifier.Sample{
			{Type: "direct.user.create", Body: `{"project_id":"project-example","event_id":"{id}","action":"CREATE","object_type":"user","source":"DIRECT","id":"user-{id}","timestamp":"{time}"}`},
		},
	})
}
