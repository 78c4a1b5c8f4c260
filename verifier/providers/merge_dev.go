package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const guide = "merge-api/merge-unified-skills, skills/merge-onboarding/references/webhooks.md"
	verifier.Register(verifier.Provider{
		Name:  "merge_dev",
		Title: "Merge",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Merge-Webhook-Signature"}, Encoding: "base64url"},
		},
		Identity: verifier.Identity{
			EventType: "body.hook.event",
			Dedupe:    "digest",
		},
		AnswerDeadline: 30 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64url HMAC-SHA256 of the body in X-Merge-Webhook-Signature", Source: guide, Confidence: verifier.Source},
			{About: "secret", Text: "as it is", Source: guide, Confidence: verifier.Source},
			{About: "type", Text: "hook.event", Source: guide, Confidence: verifier.Source},
			{About: "retrying", Text: "two, but none after 4xx", Source: "help.merge.dev/en/articles/5720975", Confidence: verifier.Documented},
			{About: "deadline", Text: "30 seconds", Source: "help.merge.dev/en/articles/5720975", Confidence: verifier.Documented},
			{About: "retries and deadline elsewhere", Text: "5 within about an hour, after 10 seconds without an answer; the older page is kept to, for its deadline is the one that tells a slow receiver", Source: guide, Confidence: verifier.Source},
		},
		Samples: []verifier.Sample{
			{Type: "Employee.changed", Body: `{"hook":{"id":"example","event":"{type}","target":"https://hooks.example.com"},"linked_account":{"id":"example"},"data":{"id":"{id}","modified_at":"{time}"}}`},
		},
	})
}
