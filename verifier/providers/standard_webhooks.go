package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		spec    = "standard-webhooks/standard-webhooks, spec/standard-webhooks.md"
		library = "standard-webhooks/standard-webhooks, libraries/go and libraries/javascript"
	)
	verifier.Register(verifier.Provider{
		Name:   "standard_webhooks",
		Title:  "Standard Webhooks",
		Scheme: withEd25519(standardWebhooks("webhook")),
		Identity: verifier.Identity{
			EventID:   `header("webhook-id")`,
			EventType: "body.type",
			Dedupe:    `header("webhook-id")`,
		},
		RetryHorizon: 75*time.Hour + 35*time.Minute + 5*time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "webhook-signature is a list, split at spaces, of v1,<base64 HMAC-SHA256> and v1a,<base64 Ed25519> of {id}.{timestamp}.{body}; other versions are ignored", Source: spec, Confidence: verifier.Documented},
			{About: "secret", Text: "base64 after an optional whsec_; for v1a the public key as whpk_ and base64 (whsk_ the private one)", Source: spec, Confidence: verifier.Documented},
			{About: "tolerance", Text: "5 minutes, past and future", Source: library, Confidence: verifier.Source},
			{About: "identity", Text: "webhook-id stays the same over retries and is signed", Source: spec, Confidence: verifier.Documented},
			{About: "retries", Text: "the example schedule: at once, then after 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h; each sender has its own", Source: spec, Confidence: verifier.Documented},
			{About: "deadline", Text: "senders are advised to wait 15 to 30 seconds", Source: spec, Confidence: verifier.Documented},
		},
		Notes: []string{
			"webhook-id must not contain a dot: such a request is refused, since the end of the ID would not be clear.",
		},
		Samples: []verifier.Sample{
			standardSample("invoice.paid", `"id":"inv_{id}","total":49980,"currency":"EUR"`),
			standardSample("contact.created", `"id":"con_{id}","name":"Ada Example"`),
			standardSample("contact.updated", `"id":"con_{id}","name":"Ada Sample"`),
		},
	})
}

func standardSample(eventType, data string) verifier.Sample {
	return verifier.Sample{Type: eventType, AnyType: true, Body: `{"type":"{type}","timestamp":"{time}","data":{` + data + `}}`}
}
