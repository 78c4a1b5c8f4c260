package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "front",
		Title: "Front",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:   []string{"X-Front-Signature"},
				Encoding: "base64",
				Signed:   "{timestamp}:{body}",
			},
			TimestampHeader: "X-Front-Request-Timestamp",
			TimestampUnit:   verifier.UnixMilli,
		},
		Identity: verifier.Identity{
			EventType: "body.type",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of {timestamp}:{body} in X-Front-Signature, timestamp in X-Front-Request-Timestamp", Source: registry, Confidence: verifier.ThirdParty},
			{About: "timestamp", Text: "unix milliseconds", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "the field type", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "inbound", Body: `{"type":"{type}","authorization":{"id":"example"},"payload":{"_links":{},"id":"evt_{id}","type":"{type}","emitted_at":{unix}}}`},
		},
	})
}
