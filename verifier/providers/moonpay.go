package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const docs = "dev.moonpay.com, Request signing"
	verifier.Register(verifier.Provider{
		Name:  "moonpay",
		Title: "MoonPay",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:       []string{"Moonpay-Signature-V2"},
				Format:       verifier.Pairs,
				Separator:    ",",
				SignatureKey: "s",
				TimestampKey: "t",
				Signed:       "{timestamp}.{body}",
			},
		},
		Identity: verifier.Identity{
			EventType: "body.type",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "t=<unix>,s=<hex HMAC-SHA256 of {t}.{body}> in Moonpay-Signature-V2", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "as it is", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "the field type", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"MoonPay signs some requests by GET, over their query: those are not webhooks, and are refused.",
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "transaction_updated", Body: `{"type":"{type}","externalCustomerId":"example","data":{"id":"{id}","status":"completed","baseCurrencyAmount":499.80,"updatedAt":"{time}"}}`},
		},
	})
}
