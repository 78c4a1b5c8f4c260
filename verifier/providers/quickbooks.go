package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const sample = "IntuitDeveloper/SampleApp-Webhooks-nodejs, util/util.js"
	verifier.Register(verifier.Provider{
		Name:  "quickbooks",
		Title: "QuickBooks (Intuit)",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"intuit-signature"}, Encoding: "base64"},
		},
		Identity: verifier.Identity{
			EventType: "body[0].type ?? body.eventNotifications[0].dataChangeEvent.entities[0].name",
			Dedupe:    "digest",
		},
		AnswerDeadline: 3 * time.Second,
		Batch: &verifier.Batch{
			Split: "body.eventNotifications ?? body",
			Identity: verifier.Identity{
				EventID:   "body.id",
				EventType: "body.type ?? body.dataChangeEvent.entities[0].name",
				Dedupe:    "[body.id, body.type, body.time]",
			},
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of the body in intuit-signature", Source: sample, Confidence: verifier.Source},
			{About: "secret", Text: "the verifier token, as it is", Source: sample, Confidence: verifier.Source},
			{About: "type", Text: "entities[].name, and type in the newer form as CloudEvents", Confidence: verifier.Unconfirmed},
			{About: "deadline", Text: "200 within 3 seconds", Source: "developer.intuit.com/app/developer/qbo/docs/develop/webhooks/best-practices", Confidence: verifier.Documented},
			{About: "retries", Text: "after 10, 20 and 30 seconds, 5 and 20 minutes, 2, 4 and 6 hours, then every 6 hours, with no end named; later events may wait meanwhile", Source: "developer.intuit.com/app/developer/qbo/docs/develop/webhooks/best-practices", Confidence: verifier.Documented},
			{About: "order", Text: "events may arrive out of order", Source: "developer.intuit.com/app/developer/qbo/docs/develop/webhooks/best-practices", Confidence: verifier.Documented},
			{About: "identity of each event", Text: "id, type and time in the newer form; none in the older", Source: "developer.intuit.com, webhooks, Understanding the data object", Confidence: verifier.Documented},
		},
		Notes: []string{
			batchNote,
			"Of the older form `split` makes one event for each company, which can hold several entities: an entity alone would not tell whose it is.",
		},
		Samples: []verifier.Sample{
			{Type: "Invoice", Body: `{"eventNotifications":[{"realmId":"1185883450","dataChangeEvent":{"entities":[{"name":"{type}","id":"{id}","operation":"Update","lastUpdated":"{time}"}]}}]}`},
		},
	})
}
