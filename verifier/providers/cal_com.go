package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "cal_com",
		Title: "Cal.com",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Cal-Signature-256"}},
		},
		Identity: verifier.Identity{
			EventType: "body.triggerEvent",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in X-Cal-Signature-256", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "triggerEvent", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "BOOKING_CREATED", Body: `{"triggerEvent":"{type}","createdAt":"{time}","payload":{"uid":"{id}","title":"30 minutes with Ada","startTime":"{time}","organizer":{"email":"ada@example.com"}}}`},
		},
	})
}
