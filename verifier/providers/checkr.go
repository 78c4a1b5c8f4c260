package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const (
		examples = "checkr/webhook-verification-examples"
		docs     = "docs.checkr.com/apis/webhooks"
	)
	verifier.Register(verifier.Provider{
		Name:  "checkr",
		Title: "Checkr",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Checkr-Signature"}},
		},
		Identity: verifier.Identity{
			EventID:   "body.id",
			EventType: "body.type",
			Dedupe:    "body.id",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body", Source: examples, Confidence: verifier.Source},
			{About: "header", Text: "X-Checkr-Signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: examples, Confidence: verifier.Source},
			{About: "identity", Text: "id of the event", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "the field type", Source: docs, Confidence: verifier.Documented},
			{About: "removal", Text: "an address that accepted nothing for 60 days is removed", Source: docs, Confidence: verifier.Documented},
		},
		Samples: []verifier.Sample{
			{Type: "report.completed", Body: `{"id":"{id}","object":"event","type":"{type}","created_at":"{time}","data":{"object":{"id":"{id}","object":"report","status":"clear"}}}`},
		},
	})
}
