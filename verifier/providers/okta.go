package providers

import (
	"net/http"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const docs = "okta/okta-developer-docs, concepts/event-hooks"
	verifier.Register(verifier.Provider{
		Name:   "okta",
		Title:  "Okta event hooks",
		Scheme: verifier.Scheme{Kind: verifier.Token, Header: "Authorization"},
		Open:   []string{"header"},
		Identity: verifier.Identity{
			EventID:   "body.eventId",
			EventType: "body.data.events[0].eventType",
			Dedupe:    "body.eventId",
		},
		Batch: &verifier.Batch{
			Split: "body.data.events",
			Identity: verifier.Identity{
				EventID:   "body.uuid",
				EventType: "body.eventType",
				Dedupe:    "body.uuid",
			},
		},
		Methods:        []string{"POST", "GET"},
		AnswerDeadline: 3 * time.Second,
		Handshake: &verifier.Handshake{
			BeforeVerify: true,
			Answer:       oktaVerification,
			Summary:      "When an event hook is verified, Okta sends one GET with a challenge in a header, which is answered in JSON.",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "none; the secret is sent in Authorization, or in a header of your choice", Source: docs, Confidence: verifier.Documented},
			{About: "handshake", Text: "one GET with x-okta-verification-challenge, answered as the field verification of a JSON object", Source: "okta/okta-developer-docs, guides/event-hook-implementation", Confidence: verifier.Documented},
			{About: "identity", Text: "eventId is the same for a delivery and its repetition; data.events[].uuid is of each event", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "data.events[].eventType", Source: docs, Confidence: verifier.Documented},
			{About: "deadline", Text: "3 seconds; 200 or 204 without a body", Source: docs, Confidence: verifier.Documented},
			{About: "retrying", Text: "once, after 5xx and timeouts; never after 4xx", Source: docs, Confidence: verifier.Documented},
			{About: "identity of each event", Text: "uuid", Source: docs, Confidence: verifier.Documented},
		},
		Notes: []string{
			"The secret is the whole value of the header.",
			batchNote,
			tokenNote,
		},
		Samples: []verifier.Sample{
			{Type: "user.lifecycle.create", Body: `{"eventType":"com.okta.event_hook","eventTypeVersion":"1.0","cloudEventsVersion":"0.1","contentType":"application/json","eventId":"{id}","eventTime":"{time}","source":"https://example.okta.com/api/v1/eventHooks/who","data":{"events":[{"uuid":"{id}","published":"{time}","eventType":"{type}","displayMessage":"Create Okta user","severity":"INFO","actor":{"id":"00u","type":"User","displayName":"Ada"}}]}}`},
		},
	})
}

func oktaVerification(r *verifier.Request) *verifier.Answer {
	challenge := headerChallenge(r, "x-okta-verification-challenge")
	if r.Method != http.MethodGet || challenge == "" {
		return nil
	}
	return verifier.JSON("verification", challenge)
}
