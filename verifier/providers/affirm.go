package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "affirm",
		Title: "Affirm",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:       []string{"X-Affirm-Signature"},
				Format:       verifier.Pairs,
				Separator:    ",",
				SignatureKey: "v0",
				TimestampKey: "t",
				Algorithm:    "sha512",
				Signed:       "{timestamp}.{body}",
			},
		},
		Identity: verifier.Identity{
			EventType: "body.event",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "t=<unix>,v0=<hex HMAC-SHA512> in X-Affirm-Signature, over timestamp and body", Source: "docs.affirm.com/developers/docs/checking-webhook-signatures", Confidence: verifier.Documented},
			{About: "secret", Text: "the private API key, as it is", Source: "docs.affirm.com/affirm-developers/docs/webhook-best-practices", Confidence: verifier.Documented},
			{About: "type", Text: "event", Confidence: verifier.Unconfirmed},
			{About: "signed string", Text: "{t}.{body}", Source: registry, Confidence: verifier.ThirdParty},
			{About: "who switches it on", Text: "Affirm, on request", Source: "docs.affirm.com/developers/docs/checking-webhook-signatures", Confidence: verifier.Documented},
			{About: "retries", Text: "none, says one page; another describes a new signature and timestamp for each", Source: "docs.affirm.com/affirm-developers/docs/webhook-best-practices", Confidence: verifier.Documented},
		},
		Notes: []string{
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "opened", Body: `{"event":"{type}","checkout_token":"{id}","created":"{time}"}`},
		},
	})
}
