package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const sdk = "muxinc/mux-node-sdk, src/resources/webhooks/webhooks.ts"
	verifier.Register(verifier.Provider{
		Name:  "mux",
		Title: "Mux",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:       []string{"Mux-Signature"},
				Format:       verifier.Pairs,
				Separator:    ",",
				SignatureKey: "v1",
				TimestampKey: "t",
				Signed:       "{timestamp}.{body}",
			},
			Tolerance: 5 * time.Minute,
		},
		Identity: verifier.Identity{
			EventID:   "body.id",
			EventType: "body.type",
			Dedupe:    "body.id",
		},
		RetryHorizon:   24 * time.Hour,
		AnswerDeadline: 5 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "t=<unix>,v1=<hex HMAC-SHA256 of {t}.{body}>, v1 several times while a secret is rotated", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "the signing secret of the webhook, as it is", Source: sdk, Confidence: verifier.Source},
			{About: "tolerance", Text: "5 minutes; the SDK looks at the past only, Gatepost at the future too", Source: sdk, Confidence: verifier.Source},
			{About: "identity", Text: "id", Source: sdk, Confidence: verifier.Source},
			{About: "retries", Text: "for 24 hours, at growing intervals", Source: "docs.mux.com/guides/system/listen-for-webhooks", Confidence: verifier.Documented},
			{About: "deadline", Text: "5 seconds", Source: "docs.mux.com/docs/webhooks", Confidence: verifier.Documented},
		},
		Samples: []verifier.Sample{
			{Type: "video.asset.ready", Body: `{"type":"{type}","id":"{id}","created_at":"{time}","object":{"type":"asset","id":"asset_{id}"},"environment":{"name":"Production","id":"example"},"data":{"id":"asset_{id}","status":"ready","duration":12.5,"playback_ids":[{"policy":"public","id":"example"}]}}`},
			{Type: "video.asset.created", Body: `{"type":"{type}","id":"{id}","created_at":"{time}","object":{"type":"asset","id":"asset_{id}"},"environment":{"name":"Production","id":"example"},"data":{"id":"asset_{id}","status":"preparing"}}`},
			{Type: "video.asset.errored", Body: `{"type":"{type}","id":"{id}","created_at":"{time}","object":{"type":"asset","id":"asset_{id}"},"environment":{"name":"Production","id":"example"},"data":{"id":"asset_{id}","status":"errored","errors":{"type":"invalid_input"}}}`},
		},
	})
}
