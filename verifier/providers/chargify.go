package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const sdk = "maxio-com/ab-python-sdk, doc/controllers/webhooks.md"
	verifier.Register(verifier.Provider{
		Name:  "chargify",
		Title: "Maxio (Chargify)",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Chargify-Webhook-Signature-Hmac-Sha-256"}},
		},
		Identity: verifier.Identity{
			EventID:   "body.id",
			EventType: "body.event",
			Dedupe:    "body.id",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body", Source: sdk, Confidence: verifier.Source},
			{About: "header", Text: "X-Chargify-Webhook-Signature-Hmac-Sha-256", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "the shared key of the site, as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "identity", Text: "the form field id is the webhook, the same when it is sent again", Source: sdk, Confidence: verifier.Source},
			{About: "type", Text: "the form field event", Source: sdk, Confidence: verifier.Source},
			{About: "retrying", Text: "5 times", Source: sdk, Confidence: verifier.Source},
		},
		Samples: []verifier.Sample{
			{Type: "signup_success", Header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, Body: "id={id}&event={type}&payload[subscription][id]=1"},
		},
	})
}
