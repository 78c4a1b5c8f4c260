package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const docs = "bigcommerce/docs, docs/integrations/webhooks/https-webhook-overview.mdx"
	verifier.Register(verifier.Provider{
		Name:   "bigcommerce",
		Title:  "BigCommerce",
		Scheme: withKey("raw", standardWebhooks("webhook")),
		Identity: verifier.Identity{
			EventID:   `header("webhook-id")`,
			EventType: "body.scope",
			Dedupe:    `header("webhook-id")`,
		},
		RetryHorizon: 48 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "Standard Webhooks; the documentation names the library, not the headers", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "the client secret of the app as it is: the documentation encodes it only because the library decodes", Source: docs, Confidence: verifier.Documented},
			{About: "tolerance", Text: "5 minutes, as the library has it", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "the field scope", Source: docs, Confidence: verifier.Documented},
			{About: "retries", Text: "11 within 48 hours, then the webhook is deactivated", Source: docs, Confidence: verifier.Documented},
		},
		Notes: []string{
			"When fewer than 90 % of the requests to a domain succeed, BigCommerce stops sending to it for minutes.",
			"A webhook made with headers of its own proves itself by those: use the provider token.",
		},
		Samples: []verifier.Sample{
			{Type: "store/order/created", Body: `{"scope":"{type}","store_id":"1025646","data":{"type":"order","id":250},"hash":"{id}","created_at":{unix},"producer":"stores/example"}`},
		},
	})
}
