package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		docs     = "PagerDuty/developer-docs, docs/webhooks/04-Signatures.md"
		behavior = "PagerDuty/developer-docs, docs/webhooks/02-Behavior.md"
	)
	verifier.Register(verifier.Provider{
		Name:  "pagerduty",
		Title: "PagerDuty",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:    []string{"X-PagerDuty-Signature"},
				Format:    verifier.List,
				Separator: ",",
				Prefix:    "v1=",
			},
		},
		Identity: verifier.Identity{
			EventID:   "body.event.id",
			EventType: "body.event.event_type",
			Dedupe:    "body.event.id",
		},
		AnswerDeadline: 5 * time.Second,
		RetryHorizon:   48 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "v1=<hex HMAC-SHA256 of the body>, several split at commas while secrets overlap; other versions are ignored", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "as it is; it looks like base64 and is not decoded", Source: "PagerDuty/go-pagerduty, webhookv3", Confidence: verifier.Source},
			{About: "identity", Text: "event.id", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "event.event_type", Source: docs, Confidence: verifier.Documented},
			{About: "deadline", Text: "5 seconds", Source: behavior, Confidence: verifier.Documented},
			{About: "retries", Text: "for up to 48 hours on timeouts, 5xx and 429; any other 4xx drops the event", Source: behavior, Confidence: verifier.Documented},
		},
		Notes: []string{
			"A 4xx other than 429 is final for PagerDuty: with a wrong secret events are lost, and three in a row disable the subscription for a day.",
		},
		Samples: []verifier.Sample{
			pagerdutySample("incident.triggered", `"status":"triggered","urgency":"high"`),
			pagerdutySample("incident.acknowledged", `"status":"acknowledged","urgency":"high"`),
			pagerdutySample("incident.resolved", `"status":"resolved","urgency":"high"`),
		},
	})
}

func pagerdutySample(eventType, data string) verifier.Sample {
	return verifier.Sample{
		Type: eventType,
		Body: `{"event":{"id":"{id}","event_type":"{type}","resource_type":"incident","occurred_at":"{time}","agent":{"id":"PEXAMPLE","type":"user_reference"},"client":null,"data":{"id":"Q{id}","type":"incident","number":7,"title":"The site is down",` + data + `,"service":{"id":"PSERVICE","summary":"Website"}}}}`,
	}
}
