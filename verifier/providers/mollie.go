package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:     "mollie",
		Title:    "Mollie (classic webhooks)",
		Scheme:   verifier.Scheme{Kind: verifier.Token, Query: "token"},
		Open:     []string{"query", "insecure"},
		Identity: verifier.Identity{Dedupe: "off"},
		Facts: []verifier.Fact{
			{About: "signature", Text: "none", Source: "mollie/mollie-api-php, docs/webhooks.md", Confidence: verifier.Documented},
			{About: "identity", Text: "the body is id=tr_…, the same for every change of a payment", Source: "docs.mollie.com/overview/webhooks", Confidence: verifier.Documented},
			{About: "deadline", Text: "15 seconds", Confidence: verifier.Unconfirmed},
			{About: "retries", Text: "10 within 26 hours", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"A request only says that there is something to fetch: ask the API of Mollie for the payment, and believe that alone.",
			"Put a secret into the webhook URL, such as ?token=…, and set it here. Without one write insecure: then anybody who knows the address can send events.",
			"Equal bodies are different events, so nothing is taken for a duplicate.",
			tokenNote,
		},
		Samples: []verifier.Sample{
			{Type: "payment", Header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, Body: "id=tr_{id}"},
		},
	})
}
