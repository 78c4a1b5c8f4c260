package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const sdk = "line/line-bot-sdk-go, linebot/webhook/parse.go"
	verifier.Register(verifier.Provider{
		Name:  "line",
		Title: "LINE Messaging API",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"x-line-signature"}, Encoding: "base64"},
		},
		Identity: verifier.Identity{
			EventType: "body.events[0].type",
			Dedupe:    "digest",
		},
		Batch: &verifier.Batch{
			Split: "body.events",
			Identity: verifier.Identity{
				EventID:   "body.webhookEventId",
				EventType: "body.type",
				Dedupe:    "body.webhookEventId",
			},
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of the body in x-line-signature", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "the channel secret, as it is", Source: sdk, Confidence: verifier.Source},
			{About: "identity of each event", Text: "webhookEventId, which is unique", Source: sdk, Confidence: verifier.Source},
			{About: "redelivery", Text: "deliveryContext.isRedelivery tells it; is off unless turned on, as others say", Source: "package @line/bot-sdk, webhook/model/deliveryContext", Confidence: verifier.Source},
			{About: "type", Text: "events[].type", Source: sdk, Confidence: verifier.Source},
			{About: "deadline", Text: "about 2 seconds", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"The Verify button sends a signed request without events, which is an ordinary one.",
			batchNote,
		},
		Samples: []verifier.Sample{
			{Type: "message", Body: `{"destination":"Uexample","events":[{"type":"{type}","message":{"type":"text","id":"1","text":"Hello"},"timestamp":{unix_ms},"source":{"type":"user","userId":"Uada"},"replyToken":"example","mode":"active","webhookEventId":"{id}","deliveryContext":{"isRedelivery":false}}]}`},
			{Type: "follow", Body: `{"destination":"Uexample","events":[{"type":"{type}","timestamp":{unix_ms},"source":{"type":"user","userId":"Uada"},"replyToken":"example","mode":"active","webhookEventId":"{id}","deliveryContext":{"isRedelivery":false}}]}`},
		},
	})
}
