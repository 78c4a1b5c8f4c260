package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "lob",
		Title: "Lob",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"Lob-Signature"}, Signed: "{header.Lob-Signature-Timestamp}.{body}"},
		},
		Identity: verifier.Identity{
			EventID:   "body.id",
			EventType: "body.event_type.id",
			Dedupe:    "body.id",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the timestamp, a dot and the body in Lob-Signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "timestamp", Text: "signed, in a unit that is not documented", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "event_type.id", Source: "package @lob/lob-typescript-sdk, models/events", Confidence: verifier.Source},
			{About: "identity", Text: "id of the event", Source: "package @lob/lob-typescript-sdk, models/events", Confidence: verifier.Source},
		},
		Notes: []string{
			"The age of a request is not judged, for the unit of its timestamp is not known.",
		},
		Samples: []verifier.Sample{
			{Type: "letter.mailed", Header: map[string]string{"Lob-Signature-Timestamp": "{unix_ms}"}, Body: `{"id":"evt_{id}","object":"event","reference_id":"ltr_{id}","date_created":"{time}","event_type":{"id":"{type}","resource":"letters"},"body":{}}`},
		},
	})
}
