package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const (
		docs    = "developer.authorize.net/api/reference/features/webhooks"
		library = "stymiee/authnetjson, tests/AuthnetWebhookTest.php"
		forum   = "community.developer.cybersource.com, HMAC SHA-512 hash not matching in webhook callback"
	)
	verifier.Register(verifier.Provider{
		Name:  "authorize_net",
		Title: "Authorize.Net",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:    []string{"X-ANET-Signature"},
				Prefix:    "sha512=",
				Algorithm: "sha512",
			},
		},
		Identity: verifier.Identity{
			EventID:   "body.notificationId",
			EventType: "body.eventType",
			Dedupe:    "body.notificationId",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "HMAC-SHA512 of the body in X-ANET-Signature", Source: docs, Confidence: verifier.Documented},
			{About: "signature in detail", Text: "sha512= and capital hex, as a request in the tests of a library has it", Source: library, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "the signature key as it is: it looks like hex and is not decoded, unlike for the hash of a transaction", Source: library, Confidence: verifier.ThirdParty},
			{About: "secret again", Text: "receivers who decoded it report that nothing verifies", Source: forum, Confidence: verifier.ThirdParty},
			{About: "identity", Text: "notificationId", Source: library, Confidence: verifier.ThirdParty},
			{About: "type", Text: "eventType", Source: library, Confidence: verifier.ThirdParty},
		},
		Notes: []string{
			"Some receivers report that requests with an amount of fewer than two decimals, such as 1.1, do not verify: the signature is then made over another text than the one sent.",
		},
		Samples: []verifier.Sample{
			{Type: "net.authorize.payment.authcapture.created", Body: `{"notificationId":"{id}","eventType":"{type}","eventDate":"{time}","webhookId":"example","payload":{"responseCode":1,"authAmount":499.80,"entityName":"transaction","id":"{id}"}}`},
		},
	})
}
