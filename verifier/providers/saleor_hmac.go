package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const code = "saleor/saleor, saleor/webhook/transport"
	verifier.Register(verifier.Provider{
		Name:  "saleor_hmac",
		Title: "Saleor (webhooks with a secretKey)",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{saleorHeader}},
		},
		Identity: verifier.Identity{
			EventType: `header("Saleor-Event")`,
			Dedupe:    `[header("Saleor-Event"), digest]`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in Saleor-Signature, where the webhook has a secretKey", Source: code + "/__init__.py", Confidence: verifier.Source},
			{About: "secret", Text: "the secretKey, as it is; Saleor deprecates it in favour of its key pair", Source: "docs.saleor.io/developer/extending/webhooks/payload-signature", Confidence: verifier.Documented},
			{About: "type", Text: "Saleor-Event", Source: code + "/utils.py", Confidence: verifier.Source},
			{About: "repetition", Text: "with growing intervals, but not after an answer of 3xx or 4xx", Source: code + "/utils.py", Confidence: verifier.Source},
		},
		Notes: []string{
			"Saleor-Event, which is the type, is not signed.",
			"No timestamp is signed: an old request verifies for as long as its secret is accepted.",
			"A request that is refused, because the secret is wrong, is lost: Saleor does not send it again.",
		},
		Samples: []verifier.Sample{
			saleorSample("order_created", `"type":"Order","id":"{id}","status":"UNCONFIRMED"`),
			saleorSample("order_paid", `"type":"Order","id":"{id}","status":"UNFULFILLED"`),
			saleorSample("product_updated", `"type":"Product","id":"{id}","name":"Mug"`),
		},
	})
}
