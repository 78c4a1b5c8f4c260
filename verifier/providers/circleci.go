package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const docs = "circleci/circleci-docs, docs/guides/modules/integration/pages/outbound-webhooks.adoc"
	verifier.Register(verifier.Provider{
		Name:  "circleci",
		Title: "CircleCI",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:    []string{"circleci-signature"},
				Format:    verifier.List,
				Separator: ",",
				Prefix:    "v1=",
			},
		},
		Identity: verifier.Identity{
			EventID:   "body.id",
			EventType: `header("circleci-event-type")`,
			Dedupe:    "body.id",
		},
		AnswerDeadline: 10 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "v1=<hex HMAC-SHA256 of the body>; only the newest version is to be looked at, and v1 is the only one", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "as it is", Source: docs, Confidence: verifier.Documented},
			{About: "identity", Text: "id is the same for duplicates", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "circleci-event-type", Source: docs, Confidence: verifier.Documented},
			{About: "deadline", Text: "10 seconds", Source: docs, Confidence: verifier.Documented},
			{About: "retrying", Text: "at a later time", Source: docs, Confidence: verifier.Documented},
		},
		Notes: []string{
			"circleci-event-type is not signed.",
		},
		Samples: []verifier.Sample{
			{Type: "workflow-completed", Header: map[string]string{"circleci-event-type": "{type}"}, Body: `{"id":"{id}","type":"{type}","happened_at":"{time}","webhook":{"id":"example","name":"Gatepost"},"workflow":{"id":"example","name":"build","status":"success"},"project":{"slug":"github/example/demo"},"pipeline":{"number":7}}`},
		},
	})
}
