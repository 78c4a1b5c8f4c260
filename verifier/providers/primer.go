package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "primer",
		Title: "Primer",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Signature-Primary"}, Encoding: "base64"},
		},
		Identity: verifier.Identity{
			EventType: "body.eventType",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of the body in X-Signature-Primary", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "eventType", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "PAYMENT.STATUS", Body: `{"eventType":"{type}","date":"{time}","notificationConfig":{"id":"example"},"payment":{"id":"{id}","status":"SETTLED","amount":49980,"currencyCode":"EUR"}}`},
		},
	})
}
