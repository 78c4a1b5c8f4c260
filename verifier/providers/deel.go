package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "deel",
		Title: "Deel",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Deel-Signature"}, Signed: "POST{body}"},
		},
		Identity: verifier.Identity{
			EventType: "body.data.meta.event_type",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of POST and the body, one after the other, in X-Deel-Signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "data.meta.event_type", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "contract.created", Body: `{"data":{"meta":{"event_type":"{type}","event_type_id":"example","organization_name":"Example"},"resource":{"id":"{id}","status":"in_progress"}},"timestamp":"{time}"}`},
		},
	})
}
