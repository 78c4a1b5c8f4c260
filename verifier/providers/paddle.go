package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const sdk = "PaddleHQ/paddle-go-sdk, webhook_verifier.go"
	verifier.Register(verifier.Provider{
		Name:  "paddle",
		Title: "Paddle Billing",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:       []string{"Paddle-Signature"},
				Format:       verifier.Pairs,
				Separator:    ";",
				SignatureKey: "h1",
				TimestampKey: "ts",
				Signed:       "{timestamp}:{body}",
			},
		},
		Identity: verifier.Identity{
			EventID:   "body.event_id",
			EventType: "body.event_type",
			Dedupe:    "body.event_id",
		},
		RetryHorizon:   3 * 24 * time.Hour,
		AnswerDeadline: 5 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "ts=<unix>;h1=<hex HMAC-SHA256 of {ts}:{body}>, h1 several times while a secret is rotated", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "the secret key of the notification destination, pdl_ntfset_…, whole and as it is", Source: sdk, Confidence: verifier.Source},
			{About: "tolerance", Text: "the Go SDK checks none unless told to", Source: sdk, Confidence: verifier.Source},
			{About: "tolerance elsewhere", Text: "the Node SDK refuses what is older than 5 seconds", Source: "package @paddle/paddle-node-sdk, notifications/helpers/webhooks-validator", Confidence: verifier.Source},
			{About: "identity", Text: "event_id; notification_id is of the delivery", Source: sdk, Confidence: verifier.Source},
			{About: "retries", Text: "live: up to 60 within 3 days, ever less often", Source: "developer.paddle.com/webhooks/about/respond-to-webhooks", Confidence: verifier.Documented},
			{About: "deadline", Text: "200 within 5 seconds", Source: "developer.paddle.com/webhooks/about/respond-to-webhooks", Confidence: verifier.Documented},
			{About: "retries in the sandbox", Text: "3 within 15 minutes", Source: "hookdeck.com, Guide to Paddle webhooks", Confidence: verifier.ThirdParty},
			{About: "setup", Text: "Developer Tools > Notifications: a destination with the address; each destination has a secret key of its own", Source: "developer.paddle.com/webhooks/about/signature-verification", Confidence: verifier.Documented},
		},
		Notes: []string{
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "transaction.completed", Body: `{"event_id":"evt_{id}","event_type":"{type}","occurred_at":"{time}","notification_id":"ntf_{id}","data":{"id":"txn_{id}","status":"completed","customer_id":"ctm_example","currency_code":"EUR","details":{"totals":{"total":"49980","currency_code":"EUR"}}}}`},
			{Type: "subscription.created", Body: `{"event_id":"evt_{id}","event_type":"{type}","occurred_at":"{time}","notification_id":"ntf_{id}","data":{"id":"sub_{id}","status":"active","customer_id":"ctm_example","currency_code":"EUR","next_billed_at":"{time}"}}`},
			{Type: "subscription.canceled", Body: `{"event_id":"evt_{id}","event_type":"{type}","occurred_at":"{time}","notification_id":"ntf_{id}","data":{"id":"sub_{id}","status":"canceled","customer_id":"ctm_example","canceled_at":"{time}"}}`},
		},
	})
}
