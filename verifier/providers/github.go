package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		validating = "github/docs, content/webhooks/using-webhooks/validating-webhook-deliveries.md"
		practices  = "github/docs, content/webhooks/using-webhooks/best-practices-for-using-webhooks.md"
		failed     = "docs.github.com, Handling failed webhook deliveries"
		payloadCap = "github/docs, data/reusables/webhooks/payload_cap.md"
	)
	verifier.Register(verifier.Provider{
		Name:  "github",
		Title: "GitHub",
		// X-Hub-Signature, the SHA-1 beside it, is never looked at.
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Hub-Signature-256"}, Prefix: "sha256="},
		},
		Identity: verifier.Identity{
			EventID:   `header("X-GitHub-Delivery")`,
			EventType: `header("X-GitHub-Event")`,
			Dedupe:    `[header("X-GitHub-Delivery"), digest]`,
		},
		MaxBody:        25 << 20,
		AnswerDeadline: 10 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "sha256= and the hex HMAC-SHA256 of the body in X-Hub-Signature-256; sent only where a secret is set", Source: validating, Confidence: verifier.Documented},
			{About: "identity", Text: "X-GitHub-Delivery is unique for an event and stays the same over redeliveries", Source: practices, Confidence: verifier.Documented},
			{About: "type", Text: "X-GitHub-Event; the action is in the body", Source: practices, Confidence: verifier.Documented},
			{About: "largest body", Text: "25 MB; larger payloads are not delivered", Source: payloadCap, Confidence: verifier.Documented},
			{About: "deadline", Text: "2xx within 10 seconds; GitHub Enterprise Server 30", Source: failed, Confidence: verifier.Documented},
			{About: "retries", Text: "none by itself; redelivery by hand or by API", Source: failed, Confidence: verifier.Documented},
			{About: "redelivery", Text: "possible for deliveries of the past 3 days", Source: "dev.to/shannonllc", Confidence: verifier.ThirdParty},
			{About: "handshake", Text: "none: the ping at set-up is signed and any 2xx satisfies it, so it is an ordinary event", Source: "octokit/webhooks.js, src/middleware", Confidence: verifier.Source},
			{About: "setup", Text: "Settings > Webhooks > Add webhook of the repository or organization, or the settings of a GitHub App: the address as payload URL, content type application/json, and a secret of your own choice", Source: "docs.github.com/en/webhooks/using-webhooks/creating-webhooks", Confidence: verifier.Documented},
		},
		Notes: []string{
			"X-GitHub-Event and X-GitHub-Delivery are not signed: whoever captured a request can send its body again under another type or ID. The body's digest is part of the dedupe key, so a reused ID suppresses nothing.",
			"With content type application/x-www-form-urlencoded the JSON is in the form field payload; body is that object.",
			"A redelivery within dedupe_window counts as a duplicate; replay the stored event instead.",
		},
		Samples: samples("github"),
	})
}
