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
			{About: "signature", Text: "hex HMAC-SHA256 of {timestamp}:{body} in X-UA-Signature, for webhooks of open channels", Source: "support.airship.com/hc/en-us/articles/360032501831", Confidence: verifier.Documented},
			{About: "timestamp", Text: "unix seconds in X-UA-Timestamp", Source: "support.airship.com/hc/en-us/articles/360032501831", Confidence: verifier.Documented},
			{About: "secret", Text: "the signature secret you enter for the webhook, as it is", Source: "support.airship.com/hc/en-us/articles/360032501831", Confidence: verifier.Documented},
			{About: "type", Text: "the field type", Confidence: verifier.Unconfirmed},
			{About: "validation", Text: "GET /validate is signed too, with nothing after the colon", Source: "support.airship.com/hc/en-us/articles/360032501831", Confidence: verifier.Documented},
		},
		Notes: []string{
			"Calls to an open channel may be compressed, while Airship describes a signature over the JSON inside. The bytes are verified as they arrive: what was compressed after it was signed is refused.",
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "OPEN", Body: `{"id":"{id}","type":"{type}","occurred":"{time}","device":{"channel":"example"}}`},
		},
	})
}
