package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const docs = "docs.billit.be/reference/webhook"
	verifier.Register(verifier.Provider{
		Name:  "billit",
		Title: "Billit",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:       []string{"Billit-Signature"},
				Format:       verifier.Pairs,
				Separator:    ",",
				SignatureKey: "s",
				TimestampKey: "t",
				Signed:       "{timestamp}.{body}",
			},
		},
		Identity: verifier.Identity{
			EventType: "body.EntityType",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "t=<unix>,s=<hex HMAC-SHA256 of {t}.{body}> in Billit-Signature", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "as it is", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "EntityType", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "Order", Body: `{"OrderID":12345,"EntityType":"{type}","OrderNumber":"{id}"}`},
		},
	})
}
