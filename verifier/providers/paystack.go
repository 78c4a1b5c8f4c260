package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const spec = "webhook-verify, SPEC.md, quoting paystack.com/docs/payments/webhooks"
	verifier.Register(verifier.Provider{
		Name:  "paystack",
		Title: "Paystack",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"x-paystack-signature"}, Algorithm: "sha512"},
		},
		Identity: verifier.Identity{
			EventType: "body.event",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA512 of the body in x-paystack-signature", Source: spec, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "the secret key of the API, sk_…: webhooks have none of their own", Source: spec, Confidence: verifier.ThirdParty},
			{About: "identity", Text: "data.id is the object, not the event", Source: registry, Confidence: verifier.ThirdParty},
			{About: "retries", Text: "live: every 3 minutes for 4 times, then every hour for 72 hours", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"Whoever holds this secret holds your API key: keep it out of places that need webhooks only.",
		},
		Samples: []verifier.Sample{
			{Type: "charge.success", Body: `{"event":"{type}","data":{"id":302961,"domain":"live","status":"success","reference":"{id}","amount":49980,"currency":"NGN","channel":"card","paid_at":"{time}","customer":{"email":"ada@example.com","customer_code":"CUS_example"}}}`},
			{Type: "transfer.success", Body: `{"event":"{type}","data":{"id":302962,"status":"success","reference":"{id}","amount":49980,"currency":"NGN","transfer_code":"TRF_example","createdAt":"{time}"}}`},
			{Type: "subscription.create", Body: `{"event":"{type}","data":{"id":302963,"status":"active","subscription_code":"SUB_{id}","amount":49980,"plan":{"plan_code":"PLN_example"},"customer":{"email":"ada@example.com"}}}`},
		},
	})
}
