package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const sdk = "pusher/pusher-http-go, webhook_test.go and client.go"
	verifier.Register(verifier.Provider{
		Name:  "pusher",
		Title: "Pusher Channels",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Pusher-Signature"}, KeyHeader: "X-Pusher-Key"},
		},
		Identity: verifier.Identity{
			EventType: "body.events[0].name",
			Dedupe:    "digest",
		},
		RetryHorizon:   5 * time.Minute,
		AnswerDeadline: 4 * time.Second,
		Batch: &verifier.Batch{
			Split: "body.events",
			Identity: verifier.Identity{
				EventType: "body.name",
			},
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in X-Pusher-Signature", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "as it is; X-Pusher-Key names the app key that it belongs to", Source: sdk, Confidence: verifier.Source},
			{About: "identity", Text: "no event ID; time_ms is in the body", Source: sdk, Confidence: verifier.Source},
			{About: "type", Text: "events[].name", Source: sdk, Confidence: verifier.Source},
			{About: "retries", Text: "ever less often for 5 minutes", Source: "docs.bird.com/pusher/channels, Channels webhook timeouts and retries", Confidence: verifier.Documented},
			{About: "deadline", Text: "4 seconds", Source: "docs.bird.com/pusher/channels, Channels webhook timeouts and retries", Confidence: verifier.Documented},
		},
		Notes: []string{
			"Write each secret with its app key before it: <key>:<secret>.",
			batchNote,
		},
		Samples: []verifier.Sample{
			{Type: "channel_occupied", Body: `{"time_ms":{unix_ms},"events":[{"name":"{type}","channel":"room-{id}"}]}`},
		},
	})
}
