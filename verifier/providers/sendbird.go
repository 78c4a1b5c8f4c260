package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const docs = "docs.sendbird.com/docs/chat/platform-api/v3/webhook/webhook-overview"
	verifier.Register(verifier.Provider{
		Name:  "sendbird",
		Title: "Sendbird",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Sendbird-Signature"}},
		},
		Identity: verifier.Identity{
			EventType: "body.category",
			Dedupe:    "digest",
		},
		AnswerDeadline: 5 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "SHA-256 of the body and the API token in X-Sendbird-Signature", Source: docs, Confidence: verifier.Documented},
			{About: "signature in detail", Text: "the hex HMAC-SHA256 of the body", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "the master API token of the application, as it is: webhooks have none of their own", Source: docs, Confidence: verifier.Documented},
			{About: "deadline", Text: "5 seconds", Source: docs, Confidence: verifier.Documented},
			{About: "attempts", Text: "up to three", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "category", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "group_channel:message_send", Body: `{"category":"{type}","app_id":"example","sender":{"user_id":"ada"},"channel":{"channel_url":"demo"},"payload":{"message_id":1,"message":"Test {id}","created_at":{unix_ms}}}`},
		},
	})
}
