package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		verify    = "developers.boldsign.com/webhooks/verify-webhook-events"
		setting   = "developers.boldsign.com/webhooks/setting-webhook"
		lifecycle = "developers.boldsign.com/webhooks/webhook-configuration-and-lifecycle"
		sdk       = "boldsign/boldsign-java-sdk, src/main/java/com/boldsign/WebhookUtility.java"
	)
	verifier.Register(verifier.Provider{
		Name:  "boldsign",
		Title: "BoldSign",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:       []string{"X-BoldSign-Signature"},
				Format:       verifier.Pairs,
				Separator:    ",",
				SignatureKey: "s0",
				TimestampKey: "t",
				Signed:       "{timestamp}.{body}",
			},
			Tolerance: 5 * time.Minute,
		},
		Identity: verifier.Identity{
			EventID:   "body.event.id",
			EventType: "body.event.eventType",
			Dedupe:    "body.event.id",
		},
		AnswerDeadline: 10 * time.Second,
		RetryHorizon:   34*time.Hour + time.Minute,
		Facts: []verifier.Fact{
			{About: "signature", Text: "t=<unix>, s0=<hex HMAC-SHA256 of {t}.{body}> in X-BoldSign-Signature", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "of the webhook, as it is, revealed on its page", Source: verify, Confidence: verifier.Documented},
			{About: "rotation", Text: "s1 is a signature by the old secret, while that is kept valid", Source: verify, Confidence: verifier.Documented},
			{About: "tolerance", Text: "5 minutes, past and future", Source: sdk, Confidence: verifier.Source},
			{About: "identity", Text: "event.id", Source: setting, Confidence: verifier.Documented},
			{About: "type", Text: "event.eventType; that of the check of an address is Verification", Source: setting, Confidence: verifier.Documented},
			{About: "deadline", Text: "200 within 10 seconds", Source: lifecycle, Confidence: verifier.Documented},
			{About: "retries", Text: "after 1, 15 and 45 minutes, 1, 8 and 24 hours; the webhook is disabled after 7 days of failures", Source: lifecycle, Confidence: verifier.Documented},
		},
		Notes: []string{
			"s1 is not looked at. When the secret is rolled, add the new one here right away: until then requests are refused, and tried again.",
		},
		Samples: []verifier.Sample{
			{Type: "Completed", Header: map[string]string{"X-BoldSign-Event": "{type}"}, Body: `{"event":{"id":"{id}","created":{unix},"eventType":"{type}","clientId":null,"environment":"Test"},"data":{"object":"document","documentId":"{id}","status":"Completed"}}`},
		},
	})
}
