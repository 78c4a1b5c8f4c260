package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const (
		docs = "docs.documenso.com/docs/developers/webhooks/verification"
		code = "documenso/documenso, packages/lib/jobs/definitions/internal/execute-webhook.handler.ts"
	)
	verifier.Register(verifier.Provider{
		Name:   "documenso",
		Title:  "Documenso",
		Scheme: verifier.Scheme{Kind: verifier.Token, Header: "X-Documenso-Secret"},
		Identity: verifier.Identity{
			EventID:   "body.deliveryId",
			EventType: "body.event",
			Dedupe:    "body.deliveryId ?? digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "none; the secret of the webhook is sent in X-Documenso-Secret as it is", Source: docs, Confidence: verifier.Documented},
			{About: "without a secret", Text: "the header is there and empty", Source: docs, Confidence: verifier.Documented},
			{About: "identity", Text: "deliveryId stays the same over retries; older versions have none", Source: code, Confidence: verifier.Source},
			{About: "type", Text: "event", Source: code, Confidence: verifier.Source},
		},
		Notes: []string{
			tokenNote,
		},
		Samples: []verifier.Sample{
			{Type: "DOCUMENT_COMPLETED", Body: `{"deliveryId":"{id}","event":"{type}","payload":{"id":7,"title":"contract.pdf","status":"COMPLETED","completedAt":"{time}"},"createdAt":"{time}","webhookEndpoint":"https://hooks.example.com"}`},
		},
	})
}
