package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "tally",
		Title: "Tally",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"Tally-Signature"}, Encoding: "base64"},
		},
		Identity: verifier.Identity{
			EventType: "body.eventType",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of the body in Tally-Signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "eventType", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "FORM_RESPONSE", Body: `{"eventId":"{id}","eventType":"{type}","createdAt":"{time}","data":{"responseId":"{id}","formId":"example","formName":"Feedback","fields":[]}}`},
		},
	})
}
