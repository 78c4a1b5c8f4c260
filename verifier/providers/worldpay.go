package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const docs = "developer.worldpay.com/products/access/events/signature"
	verifier.Register(verifier.Provider{
		Name:  "worldpay",
		Title: "Worldpay Access",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:    []string{"Event-Signature"},
				Format:    verifier.List,
				Separator: ",",
				Prefix:    "{n}/SHA256/",
			},
		},
		Identity: verifier.Identity{Dedupe: "digest"},
		Facts: []verifier.Fact{
			{About: "signature", Text: "<key ID>/SHA256/<HMAC-SHA256 of the body>, several split at commas in any order, in Event-Signature", Source: docs, Confidence: verifier.Documented},
			{About: "encoding", Text: "hex", Source: "docs.worldpay.com/access/products/account-payouts/hmac-signature", Confidence: verifier.Documented},
			{About: "secret", Text: "of the key ID; Worldpay hands it out", Source: docs, Confidence: verifier.Documented},
			{About: "refusal", Text: "400 on a mismatch", Source: docs, Confidence: verifier.Documented},
		},
		Notes: []string{
			"Every key ID is looked at: give the secrets of all active ones.",
		},
		Samples: []verifier.Sample{
			{Type: "authorized", Body: `{"eventId":"{id}","eventTimestamp":"{time}","eventDetails":{"type":"{type}","transactionReference":"NP-2201"}}`},
		},
	})
}
