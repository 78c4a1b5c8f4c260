package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		api   = "Asana/openapi, defs/asana_oas.yaml, createWebhook"
		guide = "developers.asana.com/docs/webhooks-guide"
	)
	verifier.Register(verifier.Provider{
		Name:  "asana",
		Title: "Asana",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Hook-Signature"}},
		},
		Identity: verifier.Identity{
			EventType: `body.events[0].resource.resource_type + "." + body.events[0].action`,
			Dedupe:    "digest",
		},
		RetryHorizon:   24 * time.Hour,
		AnswerDeadline: 10 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in X-Hook-Signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "what X-Hook-Secret held when the webhook was made, as it is", Source: api, Confidence: verifier.Documented},
			{About: "enrolment", Text: "a POST with X-Hook-Secret, which must be answered 200 or 204 with the same header", Source: api, Confidence: verifier.Documented},
			{About: "identity", Text: "events have no IDs", Source: api, Confidence: verifier.Documented},
			{About: "deadline", Text: "10 seconds", Source: guide, Confidence: verifier.Documented},
			{About: "retries", Text: "for up to 24 hours", Source: guide, Confidence: verifier.Documented},
			{About: "heartbeats", Text: "requests without events", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"Gatepost takes part in no enrolment: anybody could enrol a secret of their own. Make the webhook with a small program of yours that echoes X-Hook-Secret, keep the secret, and have the URL answered by Gatepost from then on; until then nothing verifies.",
			batchNote,
		},
		Samples: []verifier.Sample{
			{Type: "task.changed", Body: `{"events":[{"action":"changed","created_at":"{time}","user":{"gid":"1","resource_type":"user"},"resource":{"gid":"{id}","resource_type":"task"},"change":{"field":"name","action":"changed"}}]}`},
		},
	})
}
