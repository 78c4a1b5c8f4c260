package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "onfleet",
		Title: "Onfleet",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:         []string{"X-Onfleet-Signature"},
				Algorithm:      "sha512",
				SecretEncoding: "hex",
			},
		},
		Identity: verifier.Identity{
			EventType: "body.triggerName",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA512 of the body in X-Onfleet-Signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "hex, decoded", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "triggerName", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "taskCompleted", Body: `{"triggerName":"{type}","taskId":"{id}","time":{unix_ms},"data":{"task":{"id":"{id}","state":3}}}`},
		},
	})
}
