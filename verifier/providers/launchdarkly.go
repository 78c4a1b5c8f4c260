package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "launchdarkly",
		Title: "LaunchDarkly",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-LD-Signature"}},
		},
		Identity: verifier.Identity{
			EventID:   "body._id",
			EventType: "body.kind",
			Dedupe:    "body._id",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "HMAC-SHA256 of the body in X-LD-Signature, where the webhook has a secret", Source: "launchdarkly.com/docs/home/infrastructure/webhooks", Confidence: verifier.Documented},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "kind", Confidence: verifier.Unconfirmed},
			{About: "encoding", Text: "hex", Source: registry, Confidence: verifier.ThirdParty},
			{About: "identity", Text: "_id of the entry of the audit log", Source: "launchdarkly.com/docs/api/webhooks", Confidence: verifier.Documented},
			{About: "order", Text: "webhooks may arrive in another order than their dates", Source: "launchdarkly.com/docs/api/webhooks", Confidence: verifier.Documented},
		},
		Samples: []verifier.Sample{
			{Type: "flag", Body: `{"_id":"{id}","kind":"{type}","name":"Checkout","date":{unix_ms},"title":"Ada turned on the flag Checkout","member":{"email":"ada@example.com"}}`},
		},
	})
}
