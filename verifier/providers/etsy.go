package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	verifier.Register(verifier.Provider{
		Name:   "etsy",
		Title:  "Etsy",
		Scheme: standardWebhooks("webhook"),
		Identity: verifier.Identity{
			EventID:   `header("webhook-id")`,
			EventType: "body.event_type",
			Dedupe:    `header("webhook-id")`,
		},
		RetryHorizon: 28 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "Standard Webhooks: webhook-id, webhook-timestamp and webhook-signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "base64, after whsec_", Source: registry, Confidence: verifier.ThirdParty},
			{About: "tolerance", Text: "5 minutes", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "event_type", Source: "developers.etsy.com/documentation/essentials/webhooks", Confidence: verifier.Documented},
			{About: "retries", Text: "after 5 s, 5 and 30 min, 2, 5, 10 and 10 h", Source: "api-evangelist/etsy, asyncapi/etsy-webhooks-asyncapi.yml, quoting developers.etsy.com", Confidence: verifier.ThirdParty},
		},
		Samples: []verifier.Sample{
			{Type: "order.paid", Body: `{"event_type":"{type}","resource_url":"https://api.etsy.com/v3/application/shops/1/receipts/{id}","shop_id":"1"}`},
		},
	})
}
