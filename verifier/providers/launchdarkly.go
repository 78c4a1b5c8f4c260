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
			EventType: "body.kind",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in X-LD-Signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "kind", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "flag", Body: `{"_id":"{id}","kind":"{type}","name":"Checkout","date":{unix_ms},"title":"Ada turned on the flag Checkout","member":{"email":"ada@example.com"}}`},
		},
	})
}
