package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "aftership",
		Title: "AfterShip",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"aftership-hmac-sha256"}, Encoding: "base64"},
		},
		Identity: verifier.Identity{
			EventType: "body.event",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of the body in aftership-hmac-sha256", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "event", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "tracking_update", Body: `{"event_id":"{id}","event":"{type}","ts":{unix},"msg":{"id":"{id}","tracking_number":"1Z999","tag":"Delivered","updated_at":"{time}"}}`},
		},
	})
}
