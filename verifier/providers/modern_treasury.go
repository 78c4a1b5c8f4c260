package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const sdk = "Modern-Treasury/modern-treasury-python, src/modern_treasury/resources/webhooks.py"
	verifier.Register(verifier.Provider{
		Name:  "modern_treasury",
		Title: "Modern Treasury",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Signature"}},
		},
		Identity: verifier.Identity{
			EventType: `body.data.object + "." + body.event`,
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in X-Signature", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "the webhook key of the developer settings, as it is", Source: sdk, Confidence: verifier.Source},
			{About: "type", Text: "data.object and event", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "payment_order.created", Body: `{"event":"created","data":{"id":"{id}","object":"payment_order","amount":49980,"currency":"EUR","status":"approved","created_at":"{time}"}}`},
		},
	})
}
