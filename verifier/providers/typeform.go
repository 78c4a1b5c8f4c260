package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const (
		docs = "www.typeform.com/developers/webhooks/secure-your-webhooks"
		spec = "webhook-verify, SPEC.md, quoting typeform.com/developers/webhooks"
	)
	verifier.Register(verifier.Provider{
		Name:  "typeform",
		Title: "Typeform",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:   []string{"Typeform-Signature"},
				Prefix:   "sha256=",
				Encoding: "base64",
			},
		},
		Identity: verifier.Identity{
			EventID:   "body.event_id",
			EventType: "body.event_type",
			Dedupe:    "body.event_id",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "sha256= and the base64 HMAC-SHA256 of the body in Typeform-Signature", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "the one given with the webhook, as it is", Source: docs, Confidence: verifier.Documented},
			{About: "identity", Text: "event_id", Source: spec, Confidence: verifier.ThirdParty},
			{About: "type", Text: "event_type", Source: spec, Confidence: verifier.ThirdParty},
			{About: "deadline", Text: "30 seconds", Confidence: verifier.Unconfirmed},
			{About: "retries", Text: "every 2 to 3 minutes for up to 10 hours; 404 and 410 disable the webhook", Confidence: verifier.Unconfirmed},
			{About: "setup", Text: "the form's Connect > Webhooks: add one with the address, edit it to enter a secret of your own choice, and turn it on", Source: "trigger.dev/docs/webhooks/providers/typeform", Confidence: verifier.ThirdParty},
		},
		Notes: []string{
			"After the prefix comes base64, not hex.",
		},
		Samples: samples("typeform"),
	})
}
