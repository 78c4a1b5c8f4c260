package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "deel",
		Title: "Deel",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Deel-Signature"}, Signed: "POST{body}"},
		},
		Identity: verifier.Identity{
			EventType: "body.data.meta.event_type",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of POST and the body, one after the other, in x-deel-signature", Source: "developer.deel.com/docs/webhooks-get-started", Confidence: verifier.Documented},
			{About: "secret", Text: "the key given out when the webhook is created", Source: "developer.deel.com/docs/webhooks-get-started", Confidence: verifier.Documented},
			{About: "type", Text: "data.meta.event_type", Confidence: verifier.Unconfirmed},
			{About: "several subscriptions", Text: "x-deel-hmac-label names the key of the subscription", Source: "developer.deel.com/docs/webhooks-get-started", Confidence: verifier.Documented},
		},
		Samples: []verifier.Sample{
			{Type: "contract.created", Body: `{"data":{"meta":{"event_type":"{type}","event_type_id":"example","organization_name":"Example"},"resource":{"id":"{id}","status":"in_progress"}},"timestamp":"{time}"}`},
		},
	})
}
