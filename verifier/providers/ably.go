package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const docs = "ably/docs, platform/integrations/webhooks"
	verifier.Register(verifier.Provider{
		Name:  "ably",
		Title: "Ably",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Ably-Signature"}, Encoding: "base64", KeyHeader: "X-Ably-Key"},
		},
		Identity: verifier.Identity{
			EventType: "body.items[0].name",
			Dedupe:    "digest",
		},
		Batch: &verifier.Batch{
			Split: "body.items",
			Identity: verifier.Identity{
				EventType: "body.name",
				Dedupe:    "body.timestamp != nil ? digest : nil",
			},
		},
		RetryHorizon:   5 * time.Minute,
		AnswerDeadline: 15 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of the body in X-Ably-Signature; only batched requests are signed", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "what follows the colon in the API key; X-Ably-Key is what precedes it", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "items[].name", Source: docs, Confidence: verifier.Documented},
			{About: "retrying", Text: "batched: with growing delays of up to a minute, for 5 minutes", Source: docs, Confidence: verifier.Documented},
			{About: "deadline", Text: "15 seconds", Source: "ably/docs, content/general/webhooks.textile", Confidence: verifier.Documented},
			{About: "identity of each event", Text: "none: what it says, with its timestamp in milliseconds", Source: docs, Confidence: verifier.Documented},
			{About: "retries", Text: "of batches with pauses of up to a minute for 5 minutes; of single requests two, 4 and 20 seconds later", Source: "ably/docs, content/general/webhooks.textile", Confidence: verifier.Documented},
		},
		Notes: []string{
			"The secret is the whole API key.",
			"Choose batched requests and JSON: single requests carry no signature, and MessagePack bodies cannot be looked into.",
			batchNote,
		},
		Samples: []verifier.Sample{
			{Type: "message", Body: `{"items":[{"webhookId":"example","source":"channel.message","serial":"{id}","timestamp":{unix_ms},"name":"{type}","data":{"channelId":"demo","messages":[{"id":"{id}:0","data":"Hello"}]}}]}`},
		},
	})
}
