package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const sdk = "razorpay/razorpay-node, lib/utils/razorpay-utils.js"
	verifier.Register(verifier.Provider{
		Name:  "razorpay",
		Title: "Razorpay",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Razorpay-Signature"}},
		},
		Identity: verifier.Identity{
			EventID:   `header("x-razorpay-event-id")`,
			EventType: "body.event",
			Dedupe:    `[header("x-razorpay-event-id"), digest]`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in X-Razorpay-Signature", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "of the webhook, not of the API key, as it is", Source: sdk, Confidence: verifier.Source},
			{About: "type", Text: "event", Source: sdk, Confidence: verifier.Source},
			{About: "identity", Text: "x-razorpay-event-id", Confidence: verifier.Unconfirmed},
			{About: "deadline", Text: "5 seconds", Confidence: verifier.Unconfirmed},
			{About: "retries", Text: "for 24 hours, then the webhook is disabled", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"x-razorpay-event-id is not signed.",
		},
		Samples: []verifier.Sample{
			razorpaySample("payment.captured", `"payment":{"entity":{"id":"pay_{id}","entity":"payment","amount":49980,"currency":"INR","status":"captured","order_id":"order_example","method":"upi"}}`),
			razorpaySample("payment.failed", `"payment":{"entity":{"id":"pay_{id}","entity":"payment","amount":49980,"currency":"INR","status":"failed","error_code":"BAD_REQUEST_ERROR"}}`),
			razorpaySample("order.paid", `"order":{"entity":{"id":"order_{id}","entity":"order","amount":49980,"amount_paid":49980,"currency":"INR","status":"paid"}}`),
		},
	})
}

func razorpaySample(eventType, payload string) verifier.Sample {
	return verifier.Sample{
		Type:   eventType,
		Header: map[string]string{"x-razorpay-event-id": "{id}"},
		Body:   `{"entity":"event","account_id":"acc_example","event":"{type}","contains":[],"payload":{` + payload + `},"created_at":{unix}}`,
	}
}
