package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "airship",
		Title: "Airship",
		Scheme: verifier.Scheme{
			Kind:            verifier.HMAC,
			Signature:       verifier.Signature{Header: []string{"X-UA-Signature"}, Signed: "{timestamp}:{body}"},
			TimestampHeader: "X-UA-Timestamp",
		},
		Identity: verifier.Identity{
			EventType: "body.type",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of {timestamp}:{body} in X-UA-Signature, timestamp in X-UA-Timestamp", Source: registry, Confidence: verifier.ThirdParty},
			{About: "timestamp", Text: "unix seconds", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "the field type", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "OPEN", Body: `{"id":"{id}","type":"{type}","occurred":"{time}","device":{"channel":"example"}}`},
		},
	})
}
