package providers

import "github.com/gatepost/gatepost/verifier"

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
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of the body in intuit-signature", Source: sample, Confidence: verifier.Source},
			{About: "secret", Text: "the verifier token, as it is", Source: sample, Confidence: verifier.Source},
			{About: "type", Text: "entities[].name, and type in the newer form as CloudEvents", Confidence: verifier.Unconfirmed},
			{About: "deadline", Text: "3 seconds", Confidence: verifier.Unconfirmed},
			{About: "retries", Text: "after 20, 30, 50 min and so on", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			batchNote,
		},
		Samples: []verifier.Sample{
			{Type: "Invoice", Body: `{"eventNotifications":[{"realmId":"1185883450","dataChangeEvent":{"entities":[{"name":"{type}","id":"{id}","operation":"Update","lastUpdated":"{time}"}]}}]}`},
		},
	})
}
