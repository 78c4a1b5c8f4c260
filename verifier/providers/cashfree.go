package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const payments = "cashfree.com/docs/payments/online/webhooks/signature-verification"
	verifier.Register(verifier.Provider{
		Name:  "cashfree",
		Title: "Cashfree Payments",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:   []string{"x-webhook-signature"},
				Encoding: "base64",
				Signed:   "{timestamp}{body}",
			},
			TimestampHeader: "x-webhook-timestamp",
			TimestampUnit:   verifier.UnixAny,
		},
		Identity: verifier.Identity{
			EventType: "body.type",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of {timestamp}{body} in x-webhook-signature, timestamp in x-webhook-timestamp", Source: "cashfree.com/docs/payments/subscription/webhook-signature", Confidence: verifier.Documented},
			{About: "timestamp", Text: "unix milliseconds in the example of payments", Source: payments, Confidence: verifier.Documented},
			{About: "secret", Text: "the secret key of the merchant, as it is", Source: payments, Confidence: verifier.Documented},
			{About: "type", Text: "the field type", Source: "package cashfree-pg, PGWebhookEvent", Confidence: verifier.Source},
		},
		Notes: []string{
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "PAYMENT_SUCCESS_WEBHOOK", Body: `{"type":"{type}","event_time":"{time}","data":{"order":{"order_id":"{id}","order_amount":499.80,"order_currency":"INR"},"payment":{"cf_payment_id":1,"payment_status":"SUCCESS"}}}`},
		},
	})
}
