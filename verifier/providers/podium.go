package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const docs = "docs.podium.com/docs/verifying-webhook-signatures"
	verifier.Register(verifier.Provider{
		Name:  "podium",
		Title: "Podium",
		Scheme: verifier.Scheme{
			Kind:            verifier.HMAC,
			Signature:       verifier.Signature{Header: []string{"podium-signature"}, Signed: "{timestamp}.{body}"},
			TimestampHeader: "podium-timestamp",
			TimestampUnit:   verifier.UnixMilli,
		},
		Open:     []string{"signature"},
		Required: []string{"encoding"},
		Gap:      "the page that describes the signature shows its encoding in a figure only, as hex it seems",
		Example:  verifier.Settings{Signature: &verifier.Signature{Encoding: "hex"}},
		Identity: verifier.Identity{
			EventType: "body.metadata.event_type",
			Dedupe:    "digest",
		},
		RetryHorizon: 8 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "HMAC-SHA256 of {timestamp}.{body} in podium-signature", Source: docs, Confidence: verifier.Documented},
			{About: "encoding", Text: "hex, from a figure of the page", Confidence: verifier.Unconfirmed},
			{About: "timestamp", Text: "unix milliseconds in podium-timestamp", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "metadata.event_type", Source: docs, Confidence: verifier.Documented},
			{About: "retries", Text: "about 15 over about 8 hours, after any answer but 200; later events wait, and then the webhook is disabled", Source: "docs.podium.com/docs/webhook-retries", Confidence: verifier.Documented},
		},
		Notes: []string{
			"Podium signs nothing unless the webhook has a secret.",
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "message.received", Body: `{"data":{"uid":"{id}","body":"Hello"},"metadata":{"event_type":"{type}","version":"2021-04-01"}}`},
		},
	})
}
