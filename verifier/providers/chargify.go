package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "chargify",
		Title: "Maxio (Chargify)",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Chargify-Webhook-Signature-Hmac-Sha-256"}},
		},
		Identity: verifier.Identity{
			EventType: "body.event",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in X-Chargify-Webhook-Signature-Hmac-Sha-256", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "event", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "signup_success", Header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, Body: "id={id}&event={type}&payload[subscription][id]=1"},
		},
	})
}
