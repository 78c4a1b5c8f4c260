package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const sdk = "Adyen/adyen-go-api-library, src/hmacvalidator"
	verifier.Register(verifier.Provider{
		Name:  "adyen_platform",
		Title: "Adyen (Platforms, Management, Banking)",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:         []string{"HmacSignature"},
				Encoding:       "base64",
				SecretEncoding: "hex",
			},
		},
		Identity: verifier.Identity{
			EventType: "body.type",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of the body in HmacSignature", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "hex, decoded", Source: sdk, Confidence: verifier.Source},
			{About: "type", Text: "the field type", Source: sdk, Confidence: verifier.Source},
			{About: "identity", Text: "none that all have: data.id, where there is one, is the object", Source: "package @adyen/api-library, typings", Confidence: verifier.Source},
		},
		Notes: []string{
			"Payments are signed in the body instead: those are the provider adyen.",
		},
		Samples: []verifier.Sample{
			{Type: "balancePlatform.transfer.created", Body: `{"type":"{type}","environment":"test","timestamp":"{time}","data":{"id":"{id}","amount":{"currency":"EUR","value":49980},"status":"booked"}}`},
		},
	})
}
