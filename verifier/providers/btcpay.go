package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const code = "btcpayserver/btcpayserver, BTCPayServer/HostedServices/Webhooks/WebhookSender.cs"
	verifier.Register(verifier.Provider{
		Name:  "btcpay",
		Title: "BTCPay Server",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"BTCPay-Sig"}, Prefix: "sha256="},
		},
		Identity: verifier.Identity{
			EventID:   "body.originalDeliveryId ?? body.deliveryId",
			EventType: "body.type",
			Dedupe:    "body.originalDeliveryId ?? body.deliveryId",
		},
		RetryHorizon: 61*time.Minute + 10*time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "sha256= and the hex HMAC-SHA256 of the body in BTCPay-Sig", Source: code, Confidence: verifier.Source},
			{About: "secret", Text: "of the webhook, as it is", Source: code, Confidence: verifier.Source},
			{About: "identity", Text: "originalDeliveryId stays the same when a delivery is sent again, deliveryId does not", Source: code, Confidence: verifier.Source},
			{About: "type", Text: "the field type", Source: code, Confidence: verifier.Source},
			{About: "retries", Text: "where automatic redelivery is on: after 10 s, 1 min, and 6 times 10 min", Source: code, Confidence: verifier.Source},
			{About: "order", Text: "events of a webhook are sent one after the other", Source: code, Confidence: verifier.Source},
		},
		Notes: []string{
			"A redelivery within dedupe_window counts as a duplicate; replay the stored event instead.",
		},
		Samples: []verifier.Sample{
			{Type: "InvoiceSettled", Body: `{"deliveryId":"{id}","webhookId":"example","originalDeliveryId":"{id}","isRedelivery":false,"type":"{type}","timestamp":{unix},"storeId":"example","invoiceId":"{id}","metadata":{}}`},
		},
	})
}
