package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const docs = "mollie/mollie-api-php, docs/webhooks.md"
	verifier.Register(verifier.Provider{
		Name:  "mollie_next",
		Title: "Mollie (next-gen webhooks)",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Mollie-Signature"}, Prefix: "sha256="},
		},
		Identity: verifier.Identity{
			EventID:   "body.id",
			EventType: "body.type",
			Dedupe:    "body.id",
		},
		AnswerDeadline: 15 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "sha256= and the hex HMAC-SHA256 of the body in X-Mollie-Signature, which may be there several times", Source: "mollie/mollie-api-php, src/Webhooks/SignatureValidator.php", Confidence: verifier.Source},
			{About: "secret", Text: "the signing secret, as it is", Source: docs, Confidence: verifier.Documented},
			{About: "identity", Text: "id, such as event_…", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "the field type", Source: docs, Confidence: verifier.Documented},
			{About: "deadline", Text: "a 2xx within 15 seconds", Source: "docs.mollie.com/reference/webhooks-new", Confidence: verifier.Documented},
			{About: "retries", Text: "10 within 26 hours", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"A request without the signature, which the SDK takes for one of the classic kind, is refused.",
		},
		Samples: []verifier.Sample{
			{Type: "payment-link.paid", Body: `{"resource":"event","id":"event_{id}","type":"{type}","entityId":"pl_{id}","createdAt":"{time}","_links":{}}`},
		},
	})
}
