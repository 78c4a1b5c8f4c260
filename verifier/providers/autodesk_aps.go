package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	verifier.Register(verifier.Provider{
		Name:  "autodesk_aps",
		Title: "Autodesk Platform Services",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:    []string{"X-Adsk-Signature"},
				Prefix:    "sha1hash=",
				Algorithm: "sha1",
			},
		},
		Identity: verifier.Identity{
			EventType: "body.hook.event",
			Dedupe:    "digest",
		},
		AnswerDeadline: 6 * time.Second,
		RetryHorizon:   48 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "sha1hash= and the hex HMAC-SHA1 of the body in x-adsk-signature", Source: "autodesk-platform-services/aps-webhooks-signature, README.md", Confidence: verifier.Source},
			{About: "secret", Text: "the token you set for the app, the user or the webhook, as it is; without one nothing is signed", Source: "aps.autodesk.com/en/docs/webhooks/v1/overview/basics", Confidence: verifier.Documented},
			{About: "type", Text: "hook.event", Confidence: verifier.Unconfirmed},
			{About: "deadline", Text: "a 2xx within 6 seconds", Source: "aps.autodesk.com/en/docs/webhooks/v1/overview/basics", Confidence: verifier.Documented},
			{About: "retries", Text: "four, the last at least 48 hours after the first attempt; then the webhook is disabled", Source: "aps.autodesk.com/en/docs/webhooks/v1/overview/basics", Confidence: verifier.Documented},
		},
		Samples: []verifier.Sample{
			{Type: "dm.version.added", Body: `{"version":"1.0","resourceUrn":"urn:{id}","hook":{"hookId":"example","event":"{type}","system":"data"},"payload":{"name":"plan.dwg"}}`},
		},
	})
}
