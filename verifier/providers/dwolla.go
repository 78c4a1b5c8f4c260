package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const sample = "Dwolla/webhook-receiver, src/handlers/webhook.ts"
	verifier.Register(verifier.Provider{
		Name:  "dwolla",
		Title: "Dwolla",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Request-Signature-Sha-256"}},
		},
		Identity: verifier.Identity{
			EventType: "body.topic",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in X-Request-Signature-SHA-256", Source: sample, Confidence: verifier.Source},
			{About: "secret", Text: "the one given with the subscription, as it is", Source: sample, Confidence: verifier.Source},
			{About: "type", Text: "topic", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "transfer_completed", Body: `{"id":"{id}","resourceId":"{id}","topic":"{type}","timestamp":"{time}","_links":{}}`},
		},
	})
}
