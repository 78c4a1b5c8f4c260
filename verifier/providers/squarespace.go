package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "squarespace",
		Title: "Squarespace",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"Squarespace-Signature"}, SecretEncoding: "hex"},
		},
		Identity: verifier.Identity{
			EventType: "body.topic",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in Squarespace-Signature", Source: "developers.squarespace.com/webhooks/verifying-notifications", Confidence: verifier.Documented},
			{About: "secret", Text: "of the subscription, hex, decoded; shown only when the subscription is made and when its secret is rotated, which ends the old one at once", Source: "developers.squarespace.com/webhooks/verifying-notifications", Confidence: verifier.Documented},
			{About: "type", Text: "topic", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "order.create", Body: `{"id":"{id}","websiteId":"example","subscriptionId":"example","topic":"{type}","createdOn":"{time}","data":{"orderId":"{id}"}}`},
		},
	})
}
