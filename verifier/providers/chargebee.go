package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:   "chargebee",
		Title:  "Chargebee",
		Scheme: verifier.Scheme{Kind: verifier.Basic},
		Identity: verifier.Identity{
			EventType: "body.event_type",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "none; user and password are sent as HTTP basic authentication", Source: "webhook-co/webhook, packages/webhooks-spec/src/adapters/bespoke/token-auth-providers.ts", Confidence: verifier.ThirdParty},
			{About: "type", Text: "event_type", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			tokenNote,
		},
		Samples: []verifier.Sample{
			{Type: "subscription_created", Body: `{"id":"ev_{id}","occurred_at":{unix},"source":"api","object":"event","api_version":"v2","event_type":"{type}","webhook_status":"scheduled","content":{"subscription":{"id":"{id}","status":"active"}}}`},
		},
	})
}
