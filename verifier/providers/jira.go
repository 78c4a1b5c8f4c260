package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const docs = "developer.atlassian.com/cloud/jira/platform/webhooks"
	verifier.Register(verifier.Provider{
		Name:  "jira",
		Title: "Jira Cloud",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Hub-Signature"}, Prefix: "sha256="},
		},
		Identity: verifier.Identity{
			EventID:   `header("X-Atlassian-Webhook-Identifier")`,
			EventType: "body.webhookEvent",
			Dedupe:    `[header("X-Atlassian-Webhook-Identifier"), digest]`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "sha256= and the hex HMAC-SHA256 of the body in X-Hub-Signature", Source: "n8n-io/n8n, pull request 8822, quoting developer.atlassian.com", Confidence: verifier.ThirdParty},
			{About: "identity", Text: "X-Atlassian-Webhook-Identifier stays the same over retries", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "webhookEvent", Source: docs, Confidence: verifier.Documented},
			{About: "deadline", Text: "5 seconds to connect, 20 to answer", Confidence: verifier.Unconfirmed},
			{About: "retries", Text: "5, 5 to 15 minutes apart", Confidence: verifier.Unconfirmed},
			{About: "which", Text: "only webhooks that an administrator registered are signed, not those of Connect and OAuth apps", Source: "trigger.dev/docs/webhooks/providers/jira", Confidence: verifier.ThirdParty},
			{About: "setup", Text: "Jira's administration, or /rest/webhooks/1.0/webhook: those are the admin webhooks", Source: "developer.atlassian.com/cloud/jira/platform/webhooks", Confidence: verifier.Documented},
		},
		Notes: []string{
			"Only webhooks that an administrator made with a secret are signed so. Connect apps send a JWT instead.",
			"X-Atlassian-Webhook-Identifier is not signed.",
		},
		Samples: samples("jira"),
	})
}
