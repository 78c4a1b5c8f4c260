package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const (
		library = "gtalarico/pyairtable, tests/test_models_webhook.py, and working code at community.airtable.com"
		docs    = "airtable.com/developers/web/api/webhooks-overview"
	)
	verifier.Register(verifier.Provider{
		Name:  "airtable",
		Title: "Airtable",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:         []string{"X-Airtable-Content-MAC"},
				Prefix:         "hmac-sha256=",
				SecretEncoding: "base64",
			},
		},
		Identity: verifier.Identity{Dedupe: "digest"},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hmac-sha256= and the hex HMAC-SHA256 of the body in X-Airtable-Content-MAC", Source: library, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "macSecretBase64, as the API answers it when the webhook is made", Source: "airtable.com/developers/web/api/create-a-webhook", Confidence: verifier.Documented},
			{About: "identity", Text: "none: a request only says that there is something to fetch", Source: docs, Confidence: verifier.Documented},
			{About: "answer", Text: "200 or 204 without a body", Source: docs, Confidence: verifier.Documented},
			{About: "deadline", Text: "25 seconds", Confidence: verifier.Unconfirmed},
			{About: "retries", Text: "for about a week", Confidence: verifier.Unconfirmed},
			{About: "decoding", Text: "the secret is decoded", Source: library, Confidence: verifier.ThirdParty},
			{About: "expiry", Text: "a webhook made with a token expires after 7 days unless it is refreshed", Source: "airtable.com/developers/web/api/create-a-webhook", Confidence: verifier.Documented},
		},
		Notes: []string{
			"A request holds no change: fetch the payloads from Airtable when one arrives.",
		},
		Samples: []verifier.Sample{
			{Type: "ping", Body: `{"base":{"id":"app{id}"},"webhook":{"id":"achexample"},"timestamp":"{time}"}`},
		},
	})
}
