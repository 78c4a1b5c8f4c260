package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		sdk  = "svix/svix-webhooks, go/webhook.go"
		docs = "svix/svix-docs, content/receiving/verifying-payloads"
	)
	verifier.Register(verifier.Provider{
		Name:   "svix",
		Title:  "Svix",
		Scheme: withEd25519(standardWebhooks("svix")),
		Identity: verifier.Identity{
			EventID:   `header("svix-id")`,
			EventType: "body.type",
			Dedupe:    `header("svix-id")`,
		},
		RetryHorizon:   27*time.Hour + 35*time.Minute + 5*time.Second,
		AnswerDeadline: 15 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "svix-signature is a list, split at spaces, of v1,<base64 HMAC-SHA256> and v1a,<base64 Ed25519> of {id}.{timestamp}.{body}", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "base64 after whsec_", Source: docs, Confidence: verifier.Documented},
			{About: "tolerance", Text: "5 minutes, past and future", Source: sdk, Confidence: verifier.Source},
			{About: "identity", Text: "svix-id stays the same over retries and is signed", Source: docs, Confidence: verifier.Documented},
			{About: "deadline", Text: "15 seconds", Source: "svix/svix-docs, content/retries.mdx", Confidence: verifier.Documented},
			{About: "retries", Text: "at once, then after 5 s, 5 and 30 min, 2, 5, 10 and 10 h", Source: "svix/svix-docs, content/retries.mdx", Confidence: verifier.Documented},
		},
		Notes: []string{
			"Senders that use Svix may send the headers webhook-id, webhook-timestamp and webhook-signature instead: those are the provider standard_webhooks. The two sets are never mixed.",
			"The type is taken from the field type of the body; not every sender has one.",
		},
		Samples: []verifier.Sample{
			{Type: "invoice.paid", AnyType: true, Body: `{"type":"{type}","timestamp":"{time}","data":{"id":"inv_{id}","total":49980}}`},
		},
	})
}
