package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "airwallex",
		Title: "Airwallex",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Signature"}, Signed: "{header.X-Timestamp}{body}"},
		},
		Identity: verifier.Identity{
			EventType: "body.name",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of timestamp and body, one after the other, in x-signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "timestamp", Text: "signed, in a unit that is not documented", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "name", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"The age of a request is not judged, for the unit of its timestamp is not known.",
		},
		Samples: []verifier.Sample{
			{Type: "payment_intent.succeeded", Header: map[string]string{"X-Timestamp": "{unix_ms}"}, Body: `{"id":"evt_{id}","name":"{type}","account_id":"example","data":{"object":{"id":"int_{id}","amount":499.80,"currency":"EUR","status":"SUCCEEDED"}},"created_at":"{time}"}`},
		},
	})
}
