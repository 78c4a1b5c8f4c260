package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const sdk = "sinch/sinch-sdk-python, sinch/domains/authentication/sinch_events/v1/authentication_validation.py"
	verifier.Register(verifier.Provider{
		Name:  "sinch",
		Title: "Sinch",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:   []string{"x-sinch-webhook-signature"},
				Encoding: "base64",
				Signed:   "{body}.{header.X-Sinch-Webhook-Signature-Nonce}.{timestamp}",
			},
			TimestampHeader: "x-sinch-webhook-signature-timestamp",
		},
		Identity: verifier.Identity{Dedupe: "digest"},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of body, nonce and timestamp, joined with dots", Source: sdk, Confidence: verifier.Source},
			{About: "headers", Text: "x-sinch-webhook-signature, -nonce and -timestamp, which is in unix seconds", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "as it is", Source: sdk, Confidence: verifier.Source},
			{About: "Numbers", Text: "callbacks of the Numbers API are signed otherwise: hex HMAC-SHA1 of the body in X-Sinch-Signature", Source: sdk, Confidence: verifier.Source},
		},
		Notes: []string{
			"Callbacks of the Numbers API have another signature. Receive them with `hmac X-Sinch-Signature` and the algorithm sha1.",
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "message", Header: map[string]string{"X-Sinch-Webhook-Signature-Nonce": "{id}"}, Body: `{"app_id":"example","accepted_time":"{time}","event_time":"{time}","project_id":"example","message":{"id":"{id}","direction":"TO_APP","contact_message":{"text_message":{"text":"Hello"}}}}`},
		},
	})
}
