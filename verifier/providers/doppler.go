package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "doppler",
		Title: "Doppler",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Doppler-Signature"}, Prefix: "sha256="},
		},
		Identity: verifier.Identity{
			EventType: "body.type",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "X-Doppler-Signature, where the webhook has a secret", Source: "docs.doppler.com/docs/webhooks", Confidence: verifier.Documented},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "the field type, such as config.secrets.update; a payload of your own need not have it", Source: "docs.doppler.com/docs/webhooks", Confidence: verifier.Documented},
			{About: "signature in detail", Text: "sha256= and the hex HMAC-SHA256 of the body", Source: registry, Confidence: verifier.ThirdParty},
		},
		Samples: []verifier.Sample{
			{Type: "config.secrets.update", Body: `{"type":"{type}","config":{"name":"prd","environment":"prd","project":"{id}"},"project":{"name":"demo"},"workplace":{"name":"Example"}}`},
		},
	})
}
