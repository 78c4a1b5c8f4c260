package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "ms_teams",
		Title: "Microsoft Teams outgoing webhooks",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:         []string{"Authorization"},
				Prefix:         "HMAC ",
				Encoding:       "base64",
				SecretEncoding: "base64",
			},
		},
		Identity: verifier.Identity{
			EventID:   "body.id",
			EventType: "body.type",
			Dedupe:    "body.id",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "HMAC and the base64 HMAC-SHA256 of the body in Authorization", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "the security token, base64, decoded", Source: registry, Confidence: verifier.ThirdParty},
			{About: "identity", Text: "id", Confidence: verifier.Unconfirmed},
			{About: "type", Text: "the field type", Confidence: verifier.Unconfirmed},
			{About: "deadline", Text: "5 seconds", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"Teams shows what is answered as a message: Gatepost answers without one, and your app replies by another way.",
		},
		Samples: []verifier.Sample{
			{Type: "message", Body: `{"type":"{type}","id":"{id}","timestamp":"{time}","serviceUrl":"https://smba.trafficmanager.net/","channelId":"msteams","from":{"id":"29:example","name":"Ada"},"text":"<at>Gatepost</at> hello"}`},
		},
	})
}
