package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const docs = "docs.qonto.com/api-reference/onboarding-api/webhooks"
	verifier.Register(verifier.Provider{
		Name:  "qonto_onboarding",
		Title: "Qonto Onboarding API",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"Qonto-SHA256-Signature"}},
		},
		Identity: verifier.Identity{
			EventType: "body.event_type",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in Qonto-SHA256-Signature", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "the one given when the webhook was made, as it is", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "event_type", Source: docs, Confidence: verifier.Documented},
		},
		Samples: []verifier.Sample{
			{Type: "registrations.pending", Body: `{"id":"{id}","event_type":"{type}","resource_type":"registration","resource_id":"{id}","created_at":"{time}"}`},
		},
	})
}
