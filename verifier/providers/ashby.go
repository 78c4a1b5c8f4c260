package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "ashby",
		Title: "Ashby",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"Ashby-Signature"}, Prefix: "sha256="},
		},
		Identity: verifier.Identity{
			EventType: "body.action",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "sha256= and the hex HMAC-SHA256 of the body in Ashby-Signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "action", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "candidateHire", Body: `{"action":"{type}","data":{"application":{"id":"{id}","status":"Hired","updatedAt":"{time}"}}}`},
		},
	})
}
