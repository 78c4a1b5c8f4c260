package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const (
		docs   = "MicrosoftDocs/msteams-docs, msteams-platform/webhooks-and-connectors/how-to/add-outgoing-webhook.md"
		sample = "OfficeDev/Microsoft-Teams-Samples, samples/outgoing-webhook/nodejs/app.js"
	)
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
			{About: "signature", Text: "HMAC and the base64 HMAC-SHA256 of the body in Authorization", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "the security token shown when the webhook is made, base64, decoded", Source: sample, Confidence: verifier.Source},
			{About: "deadline", Text: "5 seconds", Source: docs, Confidence: verifier.Documented},
			{About: "identity", Text: "id", Source: "package botframework-schema, Activity", Confidence: verifier.Source},
			{About: "type", Text: "the field type", Source: "package botframework-schema, Activity", Confidence: verifier.Source},
		},
		Notes: []string{
			"Teams shows what is answered as a message: Gatepost answers without one, and your app replies by another way.",
		},
		Samples: []verifier.Sample{
			{Type: "message", Body: `{"type":"{type}","id":"{id}","timestamp":"{time}","serviceUrl":"https://smba.trafficmanager.net/","channelId":"msteams","from":{"id":"29:example","name":"Ada"},"text":"<at>Gatepost</at> hello"}`},
		},
	})
}
