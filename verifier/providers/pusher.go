package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const sdk = "pusher/pusher-http-go, webhook_test.go and client.go"
	verifier.Register(verifier.Provider{
		Name:  "pusher",
		Title: "Pusher Channels",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Pusher-Signature"}},
		},
		Identity: verifier.Identity{
			EventType: "body.events[0].name",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in X-Pusher-Signature", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "of the app key that X-Pusher-Key names, as it is", Source: sdk, Confidence: verifier.Source},
			{About: "identity", Text: "no event ID; time_ms is in the body", Source: sdk, Confidence: verifier.Source},
			{About: "type", Text: "events[].name", Source: sdk, Confidence: verifier.Source},
			{About: "retries", Text: "for 5 minutes", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"Give the secrets of all active app keys: any one of them is accepted, whatever X-Pusher-Key says.",
			batchNote,
		},
		Samples: []verifier.Sample{
			{Type: "channel_occupied", Header: map[string]string{"X-Pusher-Key": "example"}, Body: `{"time_ms":{unix_ms},"events":[{"name":"{type}","channel":"room-{id}"}]}`},
		},
	})
}
