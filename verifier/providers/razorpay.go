package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

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
		RetryHorizon:   24 * time.Hour,
		AnswerDeadline: 5 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in X-Razorpay-Signature", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "of the webhook, not of the API key, as it is", Source: sdk, Confidence: verifier.Source},
			{About: "type", Text: "event", Source: sdk, Confidence: verifier.Source},
			{About: "identity", Text: "x-razorpay-event-id is one for each event, the same over retries", Source: "razorpay/markdown-docs, webhooks/validate-test.md", Confidence: verifier.Documented},
			{About: "deadline", Text: "5 seconds", Source: "razorpay/markdown-docs, webhooks/best-practices.md", Confidence: verifier.Documented},
			{About: "retries", Text: "ever less often for 24 hours, then the webhook is disabled", Source: "razorpay/markdown-docs, webhooks/best-practices.md", Confidence: verifier.Documented},
			{About: "rotation", Text: "retries of older events are signed with the older secret", Source: "razorpay/markdown-docs, webhooks/validate-test.md", Confidence: verifier.Documented},
			{About: "setup", Text: "of payouts: My Account & Settings > Developer Controls > Add Webhooks, with the address and a secret of your own choice", Source: "razorpay/markdown-docs, webhooks/setup-edit-payouts.md", Confidence: verifier.Documented},
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
