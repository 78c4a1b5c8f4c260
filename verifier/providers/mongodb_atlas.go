package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const docs = "www.mongodb.com/docs/atlas/tutorial/webhook-integration"
	verifier.Register(verifier.Provider{
		Name:  "mongodb_atlas",
		Title: "MongoDB Atlas",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:    []string{"X-MMS-Signature"},
				Algorithm: "sha1",
				Encoding:  "base64",
			},
		},
		Identity: verifier.Identity{
			EventType: "body.eventTypeName",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA1 of the body in X-MMS-Signature; sent only where a secret is set", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "the Webhook Secret of the integration, as it is", Source: docs, Confidence: verifier.Documented},
			{About: "identity", Text: "id is the alert, which is sent again as its status changes", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "eventTypeName; X-MMS-Event says what became of the alert", Source: docs, Confidence: verifier.Documented},
		},
		Samples: []verifier.Sample{
			{Type: "OUTSIDE_METRIC_THRESHOLD", Body: `{"id":"{id}","groupId":"example","eventTypeName":"{type}","status":"OPEN","created":"{time}","updated":"{time}"}`},
		},
	})
}
