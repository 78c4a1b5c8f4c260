package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const (
		community = "community.airtable.com, working code"
		docs      = "airtable.com/developers/web/api/webhooks-overview"
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
			{About: "signature", Text: "hmac-sha256= and the hex HMAC-SHA256 of the body in X-Airtable-Content-MAC", Source: community, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "macSecretBase64, decoded", Source: community, Confidence: verifier.ThirdParty},
			{About: "identity", Text: "none: a request only says that there is something to fetch", Source: docs, Confidence: verifier.Documented},
			{About: "answer", Text: "200 or 204 without a body", Source: docs, Confidence: verifier.Documented},
			{About: "deadline", Text: "25 seconds", Confidence: verifier.Unconfirmed},
			{About: "retries", Text: "for about a week", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"A request holds no change: fetch the payloads from Airtable when one arrives.",
		},
		Samples: []verifier.Sample{
			{Type: "ping", Body: `{"base":{"id":"app{id}"},"webhook":{"id":"achexample"},"timestamp":"{time}"}`},
		},
	})
}
