package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const code = "TryGhost/Ghost, ghost/core/core/server/services/webhooks/WebhookTrigger.js"
	verifier.Register(verifier.Provider{
		Name:  "ghost",
		Title: "Ghost",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:       []string{"X-Ghost-Signature"},
				Format:       verifier.Pairs,
				Separator:    ",",
				SignatureKey: "sha256",
				TimestampKey: "t",
				Signed:       "{body}{timestamp}",
			},
			TimestampUnit: verifier.UnixMilli,
		},
		Identity: verifier.Identity{
			EventType: "body.event",
			Dedupe:    "digest",
		},
		AnswerDeadline: 2 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "sha256=<hex HMAC-SHA256 of body and t, one after the other>, t=<unix milliseconds> in X-Ghost-Signature; sent only where a secret is set", Source: code, Confidence: verifier.Source},
			{About: "secret", Text: "of the webhook, as it is", Source: code, Confidence: verifier.Source},
			{About: "type", Text: "event, in newer versions; older ones have none", Source: code, Confidence: verifier.Source},
			{About: "deadline", Text: "2 seconds", Source: code, Confidence: verifier.Source},
			{About: "retrying", Text: "up to 5 times", Source: code, Confidence: verifier.Source},
			{About: "removal", Text: "410 deletes the webhook", Source: code, Confidence: verifier.Source},
		},
		Notes: []string{
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "post.published", Body: `{"event":"{type}","post":{"current":{"id":"{id}","title":"Demo","slug":"demo","status":"published","published_at":"{time}","updated_at":"{time}"},"previous":{"status":"draft"}}}`},
		},
	})
}
