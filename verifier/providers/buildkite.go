package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const docs = "buildkite/docs, pages/apis/webhooks"
	verifier.Register(verifier.Provider{
		Name:  "buildkite",
		Title: "Buildkite",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:       []string{"X-Buildkite-Signature"},
				Format:       verifier.Pairs,
				Separator:    ",",
				SignatureKey: "signature",
				TimestampKey: "timestamp",
				Signed:       "{timestamp}.{body}",
			},
		},
		Identity: verifier.Identity{
			EventType: "body.event",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "timestamp=<unix>,signature=<hex HMAC-SHA256 of {timestamp}.{body}>", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "the token of the webhook, as it is", Source: docs, Confidence: verifier.Documented},
			{About: "timestamp", Text: "when the request was sent", Source: docs, Confidence: verifier.Documented},
			{About: "tolerance", Text: "5 minutes, as an example", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "event, and X-Buildkite-Event", Source: docs, Confidence: verifier.Documented},
		},
		Notes: []string{
			"A notification service that sends X-Buildkite-Token instead of a signature is verified by the provider token.",
		},
		Samples: []verifier.Sample{
			{Type: "build.finished", Body: `{"event":"{type}","build":{"id":"{id}","number":7,"state":"passed","branch":"main","finished_at":"{time}"},"pipeline":{"slug":"demo"},"sender":{"name":"Ada"}}`},
		},
	})
}
