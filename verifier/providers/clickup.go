package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const docs = "developer.clickup.com/docs/webhooksignature"
	verifier.Register(verifier.Provider{
		Name:  "clickup",
		Title: "ClickUp",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Signature"}},
		},
		Identity: verifier.Identity{
			EventType: "body.event",
			Dedupe:    "digest",
		},
		AnswerDeadline: 7 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in X-Signature", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "webhook.secret, as it was returned when the webhook was made", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "event", Source: docs, Confidence: verifier.Documented},
			{About: "identity", Text: "webhook_id and history_items[].id", Confidence: verifier.Unconfirmed},
			{About: "deadline", Text: "7 seconds", Source: "developer.clickup.com/docs/webhookhealth", Confidence: verifier.Documented},
			{About: "retries", Text: "5; 100 events given up suspend the webhook", Source: "developer.clickup.com/docs/webhookhealth", Confidence: verifier.Documented},
			{About: "refusals", Text: "one 401 or 410 suspends the webhook at once", Source: "developer.clickup.com/docs/webhookhealth", Confidence: verifier.Documented},
		},
		Notes: []string{
			"A request that does not verify is answered 401, and ClickUp suspends the webhook on the first: have the secret right before the webhook is active. PUT /api/v2/webhook/{id} with the status active turns it on again.",
		},
		Samples: []verifier.Sample{
			{Type: "taskCreated", Body: `{"event":"{type}","task_id":"{id}","webhook_id":"example","history_items":[{"id":"{id}","type":1,"date":"{unix_ms}","field":"status","user":{"username":"Ada"}}]}`},
		},
	})
}
