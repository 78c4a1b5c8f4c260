package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		sample = "XeroAPI/xero-node-oauth2-app, src/app.ts"
		docs   = "developer.xero.com/documentation/webhooks/configuring-your-server"
	)
	verifier.Register(verifier.Provider{
		Name:  "xero",
		Title: "Xero",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"x-xero-signature"}, Encoding: "base64"},
		},
		Identity: verifier.Identity{
			EventType: `body.events[0].eventCategory + "." + body.events[0].eventType`,
			Dedupe:    "digest",
		},
		Batch: &verifier.Batch{
			Split: "body.events",
			Identity: verifier.Identity{
				EventType: `body.eventCategory + "." + body.eventType`,
				Dedupe:    "body.eventDateUtc != nil ? digest : nil",
			},
		},
		BareRefusal:    true,
		AnswerDeadline: 5 * time.Second,
		RetryHorizon:   24 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of the body in x-xero-signature", Source: sample, Confidence: verifier.Source},
			{About: "secret", Text: "the webhook signing key as it is; it looks like base64 and is not decoded", Source: sample, Confidence: verifier.Source},
			{About: "validation", Text: "Xero posts bodies without events, some with a wrong signature, and wants 200 or 401 for each", Source: docs, Confidence: verifier.Documented},
			{About: "answers", Text: "no body and no cookies, also with 401", Source: docs, Confidence: verifier.Documented},
			{About: "deadline", Text: "5 seconds", Source: docs, Confidence: verifier.Documented},
			{About: "retries", Text: "ever less often for up to 24 hours, then the webhook is disabled", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "events[].eventCategory and events[].eventType", Source: "developer.xero.com/documentation/webhooks/overview", Confidence: verifier.Documented},
			{About: "identity", Text: "firstEventSequence, lastEventSequence and entropy", Source: "developer.xero.com/documentation/webhooks/overview", Confidence: verifier.Documented},
			{About: "identity of each event", Text: "none: what it says, with eventDateUtc", Source: "developer.xero.com/documentation/webhooks/overview", Confidence: verifier.Documented},
		},
		Notes: []string{
			"The requests of the validation are ordinary ones: those signed rightly are events without events, so put `when body.events[0] != nil` on a route that minds.",
			batchNote,
		},
		Samples: []verifier.Sample{
			{Type: "CONTACT.UPDATE", Body: `{"events":[{"resourceUrl":"https://api.xero.com/api.xro/2.0/Contacts/{id}","resourceId":"{id}","eventDateUtc":"{time}","eventType":"UPDATE","eventCategory":"CONTACT","tenantId":"example","tenantType":"ORGANISATION"}],"firstEventSequence":1,"lastEventSequence":1,"entropy":"{id}"}`},
			{Type: "INVOICE.CREATE", Body: `{"events":[{"resourceUrl":"https://api.xero.com/api.xro/2.0/Invoices/{id}","resourceId":"{id}","eventDateUtc":"{time}","eventType":"CREATE","eventCategory":"INVOICE","tenantId":"example","tenantType":"ORGANISATION"}],"firstEventSequence":2,"lastEventSequence":2,"entropy":"{id}"}`},
		},
	})
}
