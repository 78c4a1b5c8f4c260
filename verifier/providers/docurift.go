package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const page = "DocuRift documentation, Webhooks"
	verifier.Register(verifier.Provider{
		Name:  "docurift",
		Title: "DocuRift",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Algorithm: "sha256"},
		},
		Open:     []string{"signature", "timestamp_header", "timestamp_field", "timestamp_unit", "id_header"},
		Required: []string{"header", "encoding", "signed"},
		Gap:      "DocuRift publishes that it signs with HMAC-SHA256, but neither its header names nor the encoding nor what it signs; look at a request of yours or ask DocuRift",
		Example:  verifier.Settings{Signature: &verifier.Signature{Header: []string{"X-DocuRift-Signature"}, Encoding: "hex", Signed: "{body}"}},
		Identity: verifier.Identity{
			EventType: "body.event",
			Dedupe:    "digest",
		},
		RetryHorizon: 24 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "HMAC-SHA256; header name, encoding, prefix and signed content are not published", Source: page, Confidence: verifier.Documented},
			{About: "identity", Text: "a unique event ID and a timestamp are promised; their names and places are not published", Source: page, Confidence: verifier.Documented},
			{About: "events", Text: "document.completed; of failed documents, low credit, API keys made or revoked and finished batches the names are not published", Source: page, Confidence: verifier.Documented},
			{About: "retries", Text: "exponential backoff for up to 24 hours, until a 2xx", Source: page, Confidence: verifier.Documented},
		},
		Notes: []string{
			"Give the lines that DocuRift does not publish: header, encoding and signed of the signature; and, if there are such headers, timestamp_header and id_header.",
		},
		Samples: []verifier.Sample{
			{Type: "document.completed", Body: `{"event":"{type}","timestamp":"{time}","data":{"documentId":"doc_{id}","jobId":"job_{id}","status":"completed","confidence":0.96}}`},
		},
	})
}
