package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const sdk = "coinbase/coinbase-commerce-node, lib/Webhook.js"
	verifier.Register(verifier.Provider{
		Name:  "coinbase_commerce",
		Title: "Coinbase Commerce",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-CC-Webhook-Signature"}},
		},
		Identity: verifier.Identity{
			EventID:   "body.event.id",
			EventType: "body.event.type",
			Dedupe:    "body.event.id",
		},
		RetryHorizon: 72 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in X-CC-Webhook-Signature", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "the shared secret, as it is", Source: sdk, Confidence: verifier.Source},
			{About: "identity", Text: "event.id; the outer id is of the delivery", Source: sdk, Confidence: verifier.Source},
			{About: "type", Text: "event.type", Source: sdk, Confidence: verifier.Source},
			{About: "retries", Text: "for up to 3 days, at most an hour apart, until a 200", Source: "docs.cdp.coinbase.com/commerce/api-arcitecture/webhooks-overview", Confidence: verifier.Documented},
		},
		Samples: []verifier.Sample{
			{Type: "charge:confirmed", Body: `{"id":"{id}","scheduled_for":"{time}","attempt_number":1,"event":{"id":"{id}","resource":"event","type":"{type}","api_version":"2018-03-22","created_at":"{time}","data":{"code":"EXAMPLE","name":"Copy paper"}}}`},
		},
	})
}
