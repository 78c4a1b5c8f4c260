package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "bolt",
		Title: "Bolt",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Bolt-Hmac-Sha256"}, Encoding: "base64"},
		},
		Identity: verifier.Identity{
			EventType: "body.type",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of the body in X-Bolt-Hmac-Sha256", Source: "help.bolt.com/developers/webhooks/hook-verification", Confidence: verifier.Documented},
			{About: "secret", Text: "the signing secret, as it is, under Administration > API", Source: "help.bolt.com/developers/webhooks/hook-verification", Confidence: verifier.Documented},
			{About: "type", Text: "the field type", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "payment", Body: `{"object":"transaction","type":"{type}","data":{"id":"{id}","reference":"NP-2201","amount":{"amount":49980,"currency":"EUR"},"date":{unix_ms}}}`},
		},
	})
}
