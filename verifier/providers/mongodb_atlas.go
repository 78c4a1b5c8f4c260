package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "mongodb_atlas",
		Title: "MongoDB Atlas",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:    []string{"X-MMS-Signature"},
				Algorithm: "sha1",
				Encoding:  "base64",
			},
		},
		Identity: verifier.Identity{
			EventType: "body.eventTypeName",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA1 of the body in X-MMS-Signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "eventTypeName", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "OUTSIDE_METRIC_THRESHOLD", Body: `{"id":"{id}","groupId":"example","eventTypeName":"{type}","status":"OPEN","created":"{time}","updated":"{time}"}`},
		},
	})
}
