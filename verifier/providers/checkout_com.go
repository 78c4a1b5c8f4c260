package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const docs = "checkout.com/docs/workflows/set-up-your-webhook-receiver"
	verifier.Register(verifier.Provider{
		Name:  "checkout_com",
		Title: "Checkout.com",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"Cko-Signature"}},
		},
		Identity: verifier.Identity{
			EventType: "body.type",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in Cko-Signature", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "the signature key of the webhook action of the workflow, as it is", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "the field type", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "payment_captured", Body: `{"id":"evt_{id}","type":"{type}","version":"1.0.0","created_on":"{time}","data":{"id":"pay_{id}","amount":49980,"currency":"EUR","reference":"NP-2201"}}`},
		},
	})
}
