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
			{About: "signature", Text: "sha256= and the hex HMAC-SHA256 of the body in X-Doppler-Signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "the field type", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "config.secrets.update", Body: `{"type":"{type}","config":{"name":"prd","environment":"prd","project":"{id}"},"project":{"name":"demo"},"workplace":{"name":"Example"}}`},
		},
	})
}
