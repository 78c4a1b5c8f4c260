package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "authorize_net",
		Title: "Authorize.Net",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:         []string{"X-ANET-Signature"},
				Prefix:         "sha512=",
				Algorithm:      "sha512",
				SecretEncoding: "hex",
			},
		},
		Identity: verifier.Identity{
			EventType: "body.eventType",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "sha512= and the hex HMAC-SHA512 of the body in X-ANET-Signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "the signature key, hex, decoded", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "eventType", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "net.authorize.payment.authcapture.created", Body: `{"notificationId":"{id}","eventType":"{type}","eventDate":"{time}","webhookId":"example","payload":{"responseCode":1,"authAmount":499.80,"entityName":"transaction","id":"{id}"}}`},
		},
	})
}
