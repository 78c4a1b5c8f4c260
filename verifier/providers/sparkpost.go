package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const docs = "SparkPost/developers.sparkpost.com, content/api/webhooks.apib"
	verifier.Register(verifier.Provider{
		Name:   "sparkpost",
		Title:  "SparkPost",
		Scheme: verifier.Scheme{Kind: verifier.Basic},
		Identity: verifier.Identity{
			EventType: "body[0].msys.message_event.type",
			EventID:   `header("X-MessageSystems-Batch-ID")`,
			Dedupe:    `[header("X-MessageSystems-Batch-ID"), digest]`,
		},
		RetryHorizon:   8 * time.Hour,
		AnswerDeadline: 10 * time.Second,
		Batch: &verifier.Batch{
			Split: "body",
			Identity: verifier.Identity{
				EventID:   sparkpostEvent + ".event_id",
				EventType: sparkpostEvent + ".type",
				Dedupe:    sparkpostEvent + ".event_id",
			},
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "none; user and password are sent as HTTP basic authentication", Source: docs, Confidence: verifier.Documented},
			{About: "identity", Text: "X-MessageSystems-Batch-ID stays the same when a batch is sent again; event_id is of each event", Source: docs, Confidence: verifier.Documented},
			{About: "deadline", Text: "10 seconds", Source: docs, Confidence: verifier.Documented},
			{About: "retries", Text: "for 8 hours, until 200", Source: docs, Confidence: verifier.Documented},
			{About: "test", Text: "when the webhook is made or its target changed a batch is posted that must be answered with 200: it carries the credentials and is an ordinary event", Source: docs, Confidence: verifier.Documented},
			{About: "other authentication", Text: "OAuth 2.0, with a token that SparkPost fetches: not covered", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "body[0].msys.message_event.type", Confidence: verifier.Unconfirmed},
			{About: "identity of each event", Text: "event_id, which is unique", Source: "docs.bird.com/api/email-api/webhooks", Confidence: verifier.Documented},
			{About: "kinds", Text: "message_event, track_event, gen_event, unsubscribe_event, relay_event and ingest_event", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			batchNote,
			tokenNote,
		},
		Samples: []verifier.Sample{
			{Type: "delivery", Header: map[string]string{"X-MessageSystems-Batch-ID": "{id}"}, Body: `[{"msys":{"message_event":{"type":"{type}","event_id":"{id}","message_id":"{id}","rcpt_to":"ada@example.com","timestamp":"{unix}"}}}]`},
		},
	})
}

// sparkpostEvent is what an element of the list holds, whatever kind it is of.
const sparkpostEvent = "(body.msys.message_event ?? body.msys.track_event ?? body.msys.gen_event ?? body.msys.unsubscribe_event ?? body.msys.relay_event ?? body.msys.ingest_event)"
