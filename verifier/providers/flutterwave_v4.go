package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "flutterwave_v4",
		Title: "Flutterwave (v4)",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"flutterwave-signature"}, Encoding: "base64"},
		},
		Identity: verifier.Identity{
			EventType: "body.type",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of the body in flutterwave-signature", Source: flutterwaveReceivers, Confidence: verifier.ThirdParty},
			{About: "signature, otherwise", Text: "the secret hash as it is, in the same header", Source: "a community copy of developer.flutterwave.com/docs/webhooks", Confidence: verifier.ThirdParty},
			{About: "secret", Text: "the secret hash of the dashboard, as it is", Source: flutterwaveReceivers, Confidence: verifier.ThirdParty},
			{About: "type", Text: "type", Confidence: verifier.Unconfirmed},
			{About: "identity", Text: "data.id is the charge, not the event", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"If every request is refused as malformed, your account sends the secret hash itself: use the provider flutterwave with `header flutterwave-signature`.",
			"Ask Flutterwave's API for the charge before you act on an amount.",
		},
		Samples: []verifier.Sample{
			{Type: "charge.completed", Body: `{"webhook_id":"wbk_{hex24}","timestamp":{unix_ms},"type":"{type}","data":{"id":"chg_{hex24}","amount":499.80,"currency":"NGN","reference":"{uuid}","status":"succeeded","created_datetime":"{time}","customer":{"id":"cus_{hex24}","email":"ada@example.com"},"payment_method":{"id":"pmd_{hex24}","type":"card"}}}`},
			{Type: "transfer.disburse", Body: `{"webhook_id":"wbk_{hex24}","timestamp":{unix_ms},"type":"{type}","data":{"id":"trf_{hex24}","amount":{"value":499.80,"applies_to":"source_currency"},"source_currency":"NGN","destination_currency":"NGN","reference":"{uuid}","status":"SUCCESSFUL","created_datetime":"{time}"}}`},
		},
	})
}
