package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		code   = "PaystackHQ/plugin-magento-2, Gateway/PaystackApiClient.php"
		copied = "paystack.com/docs/payments/webhooks, as public repositories have copied it"
	)
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
		AnswerDeadline: 30 * time.Second,
		RetryHorizon:   72*time.Hour + 12*time.Minute,
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA512 of the body in x-paystack-signature", Source: code, Confidence: verifier.Source},
			{About: "secret", Text: "the secret key of the API, sk_…: webhooks have none of their own", Source: code, Confidence: verifier.Source},
			{About: "identity", Text: "data.id is the object, not the event", Source: registry, Confidence: verifier.ThirdParty},
			{About: "deadline", Text: "30 seconds, said of test mode", Source: copied, Confidence: verifier.ThirdParty},
			{About: "retries", Text: "live: every 3 minutes for 4 times, then every hour for 72 hours", Source: copied, Confidence: verifier.ThirdParty},
			{About: "retries in test mode", Text: "every hour for 10 hours", Source: copied, Confidence: verifier.ThirdParty},
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
