package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const toolkit = "sanity-io/webhook-toolkit, src/signature.ts"
	verifier.Register(verifier.Provider{
		Name:  "sanity",
		Title: "Sanity",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:       []string{"sanity-webhook-signature"},
				Format:       verifier.Pairs,
				Separator:    ",",
				SignatureKey: "v1",
				TimestampKey: "t",
				Encoding:     "base64url",
				Signed:       "{timestamp}.{body}",
			},
			TimestampUnit: verifier.UnixMilli,
		},
		Identity: verifier.Identity{
			EventID:   `header("idempotency-key")`,
			EventType: `header("sanity-operation")`,
			Dedupe:    `[header("idempotency-key"), digest]`,
		},
		RetryHorizon: time.Minute,
		Facts: []verifier.Fact{
			{About: "signature", Text: "t=<unix milliseconds>,v1=<base64url HMAC-SHA256 of {t}.{body}>; the parts are set apart by commas, spaces or both", Source: toolkit, Confidence: verifier.Source},
			{About: "secret", Text: "as it is", Source: toolkit, Confidence: verifier.Source},
			{About: "tolerance", Text: "the toolkit checks none", Source: toolkit, Confidence: verifier.Source},
			{About: "identity", Text: "idempotency-key", Confidence: verifier.Unconfirmed},
			{About: "type", Text: "sanity-operation: create, update or delete", Confidence: verifier.Unconfirmed},
			{About: "retries", Text: "two, 30 seconds apart, after 429 and 5xx", Source: "www.sanity.io/docs/changelog, Webhooks now retry twice at 30-second intervals", Confidence: verifier.Documented},
		},
		Notes: []string{
			"The body is what your projection makes of the document; idempotency-key and sanity-operation are not signed.",
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "update", Header: map[string]string{"idempotency-key": "{id}", "sanity-operation": "{type}"}, Body: `{"_id":"{id}","_type":"post","_updatedAt":"{time}","title":"Hello"}`},
		},
	})
}
