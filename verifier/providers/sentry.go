package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const docs = "getsentry/sentry-docs, docs/organization/integrations/integration-platform/webhooks.mdx"
	verifier.Register(verifier.Provider{
		Name:  "sentry",
		Title: "Sentry",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"Sentry-Hook-Signature"}},
		},
		Identity: verifier.Identity{
			EventID:   `header("Request-ID")`,
			EventType: `body.action == nil ? header("Sentry-Hook-Resource") : header("Sentry-Hook-Resource") + "." + body.action`,
			Dedupe:    `[header("Request-ID"), digest]`,
		},
		AnswerDeadline: time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in Sentry-Hook-Signature", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "the client secret of the integration, as it is", Source: docs, Confidence: verifier.Documented},
			{About: "identity", Text: "Request-ID", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "Sentry-Hook-Resource, and action in the body", Source: docs, Confidence: verifier.Documented},
			{About: "deadline", Text: "1 second; 1000 timeouts within 24 hours end the subscription", Source: docs, Confidence: verifier.Documented},
			{About: "setup", Text: "Settings > Developer Settings > Custom Integrations: an internal integration with the address as webhook URL; its page shows the client secret, for a short time only", Source: "trigger.dev/docs/webhooks/providers/sentry and pulumi.com/docs/ai/agents/triggers/sentry", Confidence: verifier.ThirdParty},
		},
		Notes: []string{
			"Sentry-Hook-Resource, Sentry-Hook-Timestamp and Request-ID are not signed.",
		},
		Samples: samples("sentry"),
	})
}
