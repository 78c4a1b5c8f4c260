package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		docs = "docs.logto.io/developers/webhooks/secure-webhooks"
		code = "logto-io/logto, packages/core/src/libraries/hook/utils.ts and its test"
	)
	verifier.Register(verifier.Provider{
		Name:  "logto",
		Title: "Logto",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"logto-signature-sha-256"}},
		},
		Identity: verifier.Identity{
			EventType: "body.event",
			Dedupe:    "digest",
		},
		AnswerDeadline: 10 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in logto-signature-sha-256", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "the signing key on the page of the webhook, as it is", Source: docs, Confidence: verifier.Documented},
			{About: "deadline", Text: "10 seconds", Source: code, Confidence: verifier.Source},
			{About: "retrying", Text: "3 times unless the webhook says otherwise", Source: code, Confidence: verifier.Source},
			{About: "type", Text: "event", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "PostSignIn", Body: `{"hookId":"example","event":"{type}","createdAt":"{time}","sessionId":"{id}","userIp":"192.0.2.1","user":{"id":"example","username":"ada","primaryEmail":"ada@example.com"}}`},
		},
	})
}
