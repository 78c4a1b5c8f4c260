package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const receiver = "npm/npm-hook-receiver, index.js"
	verifier.Register(verifier.Provider{
		Name:  "npm",
		Title: "npm hooks",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Npm-Signature"}, Prefix: "sha256="},
		},
		Identity: verifier.Identity{
			EventType: "body.event",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "sha256= and the hex HMAC-SHA256 of the body in X-Npm-Signature", Source: receiver, Confidence: verifier.Source},
			{About: "secret", Text: "as it is", Source: receiver, Confidence: verifier.Source},
			{About: "type", Text: "event", Source: receiver, Confidence: verifier.Source},
		},
		Samples: []verifier.Sample{
			{Type: "package:publish", Body: `{"event":"{type}","name":"demo","type":"package","version":"1.0.0","hookOwner":{"username":"ada"},"payload":{"name":"demo"},"change":{"version":"{id}"},"time":{unix_ms}}`},
		},
	})
}
