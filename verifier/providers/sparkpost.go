package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:   "sparkpost",
		Title:  "SparkPost",
		Scheme: verifier.Scheme{Kind: verifier.Basic},
		Identity: verifier.Identity{
			EventType: "body[0].msys.message_event.type",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "none; user and password are sent as HTTP basic authentication", Source: "webhook-co/webhook, packages/webhooks-spec/src/adapters/bespoke/token-auth-providers.ts", Confidence: verifier.ThirdParty},
			{About: "type", Text: "body[0].msys.message_event.type", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			tokenNote,
		},
		Samples: []verifier.Sample{
			{Type: "delivery", Body: `[{"msys":{"message_event":{"type":"{type}","event_id":"{id}","message_id":"{id}","rcpt_to":"ada@example.com","timestamp":"{unix}"}}}]`},
		},
	})
}
