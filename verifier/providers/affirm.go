package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "affirm",
		Title: "Affirm",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:       []string{"X-Affirm-Signature"},
				Format:       verifier.Pairs,
				Separator:    ",",
				SignatureKey: "v0",
				TimestampKey: "t",
				Algorithm:    "sha512",
				Signed:       "{timestamp}.{body}",
			},
		},
		Identity: verifier.Identity{
			EventType: "body.event",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "t=<unix>,v0=<hex HMAC-SHA512 of {t}.{body}> in X-Affirm-Signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "event", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "opened", Body: `{"event":"{type}","checkout_token":"{id}","created":"{time}"}`},
		},
	})
}
