package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const sdk = "cronofy/cronofy-csharp, test/Cronofy.Test/PushNotificationTests/HmacVerification.cs"
	verifier.Register(verifier.Provider{
		Name:  "cronofy",
		Title: "Cronofy",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:    []string{"Cronofy-HMAC-SHA256"},
				Format:    verifier.List,
				Separator: ",",
				Encoding:  "base64",
			},
		},
		Identity: verifier.Identity{
			EventType: "body.notification.type",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of the body in Cronofy-HMAC-SHA256", Source: sdk, Confidence: verifier.Source},
			{About: "several", Text: "one for each active client secret, split at commas", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "the client secret, as it is", Source: sdk, Confidence: verifier.Source},
			{About: "type", Text: "notification.type", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "change", Body: `{"notification":{"type":"{type}","changes_since":"{time}"},"channel":{"channel_id":"{id}","callback_url":"https://hooks.example.com"}}`},
		},
	})
}
