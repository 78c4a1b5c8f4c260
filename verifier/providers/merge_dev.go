package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
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
			{About: "signature", Text: "base64url HMAC-SHA256 of the body in X-Merge-Webhook-Signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "hook.event", Confidence: verifier.Unconfirmed},
			{About: "retrying", Text: "two, but none after 4xx", Source: "help.merge.dev/en/articles/5720975", Confidence: verifier.Documented},
			{About: "deadline", Text: "30 seconds", Source: "help.merge.dev/en/articles/5720975", Confidence: verifier.Documented},
		},
		Samples: []verifier.Sample{
			{Type: "Employee.changed", Body: `{"hook":{"id":"example","event":"{type}","target":"https://hooks.example.com"},"linked_account":{"id":"example"},"data":{"id":"{id}","modified_at":"{time}"}}`},
		},
	})
}
