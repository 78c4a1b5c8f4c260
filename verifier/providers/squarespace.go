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
			{About: "signature", Text: "Squarespace-Signature, made with the secret of the subscription", Source: "developers.squarespace.com/webhooks/overview", Confidence: verifier.Documented},
			{About: "secret", Text: "hex, decoded", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "topic", Confidence: verifier.Unconfirmed},
			{About: "signature in detail", Text: "hex HMAC-SHA256 of the body", Source: registry, Confidence: verifier.ThirdParty},
		},
		Samples: []verifier.Sample{
			{Type: "order.create", Body: `{"id":"{id}","websiteId":"example","subscriptionId":"example","topic":"{type}","createdOn":"{time}","data":{"orderId":"{id}"}}`},
		},
	})
}
