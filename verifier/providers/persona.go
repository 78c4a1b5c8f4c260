package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "persona",
		Title: "Persona",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:       []string{"Persona-Signature"},
				Format:       verifier.Pairs,
				Separator:    ",",
				SignatureKey: "v1",
				TimestampKey: "t",
				Signed:       "{timestamp}.{body}",
			},
		},
		Identity: verifier.Identity{
			EventType: "body.data.attributes.name",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "t=<unix>,v1=<hex HMAC-SHA256 of {t}.{body}> in Persona-Signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "data.attributes.name", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"While a key is rotated the header holds several groups, set apart by a space: the signatures of all are looked at.",
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "inquiry.completed", Body: `{"data":{"type":"event","id":"evt_{id}","attributes":{"name":"{type}","created-at":"{time}","payload":{"data":{"type":"inquiry","id":"inq_{id}"}}}}}`},
		},
	})
}
