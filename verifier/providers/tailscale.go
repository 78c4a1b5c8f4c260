package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const sample = "tailscale/tailscale, docs/webhooks/example.go"
	verifier.Register(verifier.Provider{
		Name:  "tailscale",
		Title: "Tailscale",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:       []string{"Tailscale-Webhook-Signature"},
				Format:       verifier.Pairs,
				Separator:    ",",
				SignatureKey: "v1",
				TimestampKey: "t",
				Signed:       "{timestamp}.{body}",
			},
			Tolerance: 5 * time.Minute,
		},
		Identity: verifier.Identity{
			EventType: "body[0].type",
			Dedupe:    "digest",
		},
		Batch: &verifier.Batch{
			Split: "body",
			Identity: verifier.Identity{
				EventType: "body.type",
				Dedupe:    "body.timestamp != nil ? digest : nil",
			},
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "t=<unix>,v1=<hex HMAC-SHA256 of {t}.{body}>", Source: sample, Confidence: verifier.Source},
			{About: "secret", Text: "the whole tskey-webhook-…, as it is", Source: sample, Confidence: verifier.Source},
			{About: "tolerance", Text: "5 minutes; the sample looks at the past only, Gatepost at the future too", Source: sample, Confidence: verifier.Source},
			{About: "identity", Text: "an array of events without IDs", Source: sample, Confidence: verifier.Source},
			{About: "failures", Text: "an answer that is not 2xx keeps later events waiting", Source: sample, Confidence: verifier.Source},
			{About: "identity of each event", Text: "none: what it says, with its timestamp", Source: sample, Confidence: verifier.Source},
		},
		Notes: []string{
			batchNote,
		},
		Samples: []verifier.Sample{
			{Type: "nodeCreated", Body: `[{"timestamp":"{time}","version":1,"type":"{type}","tailnet":"example.com","message":"Node {id} created","data":{"nodeID":"{id}","deviceName":"laptop.example.ts.net"}}]`},
		},
	})
}
