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
		Open:        []string{"enrol"},
		EnrolHeader: "X-Hook-Secret",
		Handshake: &verifier.Handshake{
			BeforeVerify: true,
			Answer:       func(*verifier.Request) *verifier.Answer { return nil }, // with enrol: whoever runs the server
			Summary:      "When a webhook is made, Asana posts the secret of that webhook in X-Hook-Secret and wants it back; with enrol it is taken, once.",
		},
		Identity: verifier.Identity{
			EventType: `body.events[0].resource.resource_type + "." + body.events[0].action`,
			Dedupe:    "digest",
		},
		RetryHorizon:   24 * time.Hour,
		AnswerDeadline: 10 * time.Second,
		Batch: &verifier.Batch{
			Split: "body.events",
			Identity: verifier.Identity{
				EventType: `body.resource.resource_type + "." + body.action`,
				Dedupe:    "body.created_at != nil ? digest : nil",
			},
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in X-Hook-Signature", Source: "Asana/devrel-examples, python/webhooks/webhook_inspector.py", Confidence: verifier.Source},
			{About: "secret", Text: "what X-Hook-Secret held when the webhook was made, as it is", Source: api, Confidence: verifier.Documented},
			{About: "handshake", Text: "a POST with X-Hook-Secret, which must be answered 200 or 204 with the same header", Source: api, Confidence: verifier.Documented},
			{About: "identity", Text: "events have no IDs", Source: api, Confidence: verifier.Documented},
			{About: "deadline", Text: "10 seconds", Source: guide, Confidence: verifier.Documented},
			{About: "retries", Text: "for up to 24 hours", Source: guide, Confidence: verifier.Documented},
			{About: "heartbeats", Text: "requests without events", Confidence: verifier.Unconfirmed},
			{About: "identity of each event", Text: "none: what it says, with created_at in milliseconds", Source: "Asana/ruby-asana, resources/webhook", Confidence: verifier.Source},
		},
		Notes: []string{
			"For a new webhook write `enrol <file> <time>` instead of a secret, with a time within the next hour, such as `enrol /var/lib/gatepost/asana 2026-11-21T12:00:00Z`; load that, and make the webhook at Asana. The first X-Hook-Secret that comes before the time is written to the file, readable by its owner alone, and signs from then on, after restarts too. Gatepost logs it nowhere and keeps that request out of the access log; if Asana ever repeats the header, the filter below does. The line stays, or becomes `secret {file./var/lib/gatepost/asana}`.",
			"Until then whoever knows the address could enrol a secret of their own, for Asana does not sign it: use an address that nobody can guess, and a time as short as you can. If somebody was faster, Asana's own is refused and making the webhook fails: remove the file and begin anew.",
			"Each webhook has a secret of its own. Use one source, with a file of its own, for each.",
			batchNote,
		},
		Samples: []verifier.Sample{
			{Type: "task.changed", Body: `{"events":[{"action":"changed","created_at":"{time}","user":{"gid":"1","resource_type":"user"},"resource":{"gid":"{id}","resource_type":"task"},"change":{"field":"name","action":"changed"}}]}`},
		},
	})
}
