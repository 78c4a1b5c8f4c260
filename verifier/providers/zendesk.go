package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const docs = "developer.zendesk.com/documentation/webhooks/verifying"
	verifier.Register(verifier.Provider{
		Name:  "zendesk",
		Title: "Zendesk",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:   []string{"X-Zendesk-Webhook-Signature"},
				Encoding: "base64",
				Signed:   "{timestamp}{body}",
			},
			TimestampHeader: "X-Zendesk-Webhook-Signature-Timestamp",
			TimestampUnit:   verifier.RFC3339,
		},
		Identity: verifier.Identity{
			EventID:   `header("X-Zendesk-Webhook-Invocation-Id")`,
			EventType: "body.type",
			Dedupe:    `[header("X-Zendesk-Webhook-Invocation-Id"), digest]`,
		},
		Methods: []string{"POST", "PUT", "PATCH", "DELETE", "GET"},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of {timestamp}{body} in X-Zendesk-Webhook-Signature, the timestamp as RFC 3339 in X-Zendesk-Webhook-Signature-Timestamp", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "the signing secret as it is; it looks like base64 and is not decoded", Source: docs, Confidence: verifier.Documented},
			{About: "secret before creation", Text: "tests sent before a webhook exists are signed with dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==", Source: docs, Confidence: verifier.Documented},
			{About: "identity", Text: "X-Zendesk-Webhook-Invocation-Id, the same over retries", Confidence: verifier.Unconfirmed},
			{About: "type", Text: "the field type of event subscriptions; the body of triggers is your own", Source: docs, Confidence: verifier.Documented},
			{About: "deadline", Text: "12 seconds", Confidence: verifier.Unconfirmed},
			{About: "setup", Text: "Admin Center, Apps and integrations > Webhooks: create one with the address; Reveal secret on its page shows the signing secret", Source: "trigger.dev/docs/webhooks/providers/zendesk", Confidence: verifier.ThirdParty},
		},
		Notes: []string{
			"A trigger can send the same body for different occasions. Without X-Zendesk-Webhook-Invocation-Id the second would count as a duplicate: put something that differs, such as the time of the update, into the body.",
			toleranceNote,
		},
		Samples: samples("zendesk"),
	})
}
