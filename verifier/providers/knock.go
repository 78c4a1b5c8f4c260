package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "knock",
		Title: "Knock",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:       []string{"X-Knock-Signature"},
				Format:       verifier.Pairs,
				Separator:    ",",
				SignatureKey: "s",
				TimestampKey: "t",
				Encoding:     "base64",
				Signed:       "{timestamp}.{body}",
			},
			TimestampUnit: verifier.UnixMilli,
		},
		Identity: verifier.Identity{
			EventType: "body.type",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "t=<unix milliseconds>,s=<base64 HMAC-SHA256 of {t}.{body}> in X-Knock-Signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "the field type", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "message.sent", Body: `{"id":"{id}","type":"{type}","created_at":"{time}","data":{"id":"{id}","status":"sent","channel_id":"example"}}`},
		},
	})
}
