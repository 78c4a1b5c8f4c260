package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "primer",
		Title: "Primer",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Signature-Primary", "X-Signature-Secondary"}, Encoding: "base64"},
		},
		Identity: verifier.Identity{
			EventType: "body.eventType",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of the body in X-Signature-Primary", Source: "primer.io/docs/api-reference/get-started/configure-webhooks", Confidence: verifier.Documented},
			{About: "secret", Text: "made by Primer, one for the account", Source: "primer.io/docs/api-reference/get-started/configure-webhooks", Confidence: verifier.Documented},
			{About: "type", Text: "eventType", Source: "primer.io/docs/api-reference/get-started/configure-webhooks", Confidence: verifier.Documented},
			{About: "rotation", Text: "for 24 hours after the secret is rotated there is X-Signature-Secondary as well", Source: "primer.io/docs/api-reference/endpoints/v2.4/payment-webhooks/payment-status-update", Confidence: verifier.Documented},
			{About: "timestamp", Text: "signedAt of the body, unix seconds", Source: "primer.io/docs/api-reference/get-started/configure-webhooks", Confidence: verifier.Documented},
		},
		Notes: []string{
			"Primer advises to judge the age by signedAt. It is not judged here, for whether a retry is signed anew is not documented; the scheme hmac with timestamp_field signedAt judges it.",
		},
		Samples: []verifier.Sample{
			{Type: "PAYMENT.STATUS", Body: `{"eventType":"{type}","date":"{time}","notificationConfig":{"id":"example"},"payment":{"id":"{id}","status":"SETTLED","amount":49980,"currencyCode":"EUR"}}`},
		},
	})
}
