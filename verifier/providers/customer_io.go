package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "customer_io",
		Title: "Customer.io",
		Scheme: verifier.Scheme{
			Kind:            verifier.HMAC,
			Signature:       verifier.Signature{Header: []string{"X-CIO-Signature"}, Signed: "v0:{timestamp}:{body}"},
			TimestampHeader: "X-CIO-Timestamp",
		},
		Identity: verifier.Identity{Dedupe: "digest"},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of v0:{timestamp}:{body} in X-CIO-Signature, timestamp in X-CIO-Timestamp", Source: registry, Confidence: verifier.ThirdParty},
			{About: "timestamp", Text: "unix seconds", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
		},
		Notes: []string{
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "email_delivered", Body: `{"event_id":"{id}","object_type":"email","metric":"delivered","timestamp":{unix},"data":{"recipient":"ada@example.com"}}`},
		},
	})
}
