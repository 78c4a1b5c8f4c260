package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		security = "developers.yousign.com/docs/security"
		handling = "developers.yousign.com/docs/use-webhooks-in-your-app"
		retries  = "developers.yousign.com/docs/failure-and-retry-policy"
	)
	verifier.Register(verifier.Provider{
		Name:  "yousign",
		Title: "Yousign",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Yousign-Signature-256"}, Prefix: "sha256="},
		},
		Identity: verifier.Identity{
			EventID:   "body.event_id",
			EventType: "body.event_name",
			Dedupe:    "body.event_id",
		},
		AnswerDeadline: 500 * time.Millisecond,
		RetryHorizon:   96*time.Hour + 38*time.Minute,
		Facts: []verifier.Fact{
			{About: "signature", Text: "sha256= and the hex HMAC-SHA256 of the body in X-Yousign-Signature-256", Source: security, Confidence: verifier.Documented},
			{About: "secret", Text: "the secret key of the webhook subscription, as it is, to be copied in the app", Source: security, Confidence: verifier.Documented},
			{About: "identity", Text: "event_id", Source: handling, Confidence: verifier.Documented},
			{About: "type", Text: "event_name", Source: handling, Confidence: verifier.Documented},
			{About: "retries", Text: "with auto_retry: after 2, 6 and 30 minutes, 1, 5 and 18 hours, 1 and 2 days, each after the one before; else one, after a timeout", Source: retries, Confidence: verifier.Documented},
			{About: "deadline", Text: "half a second for the first attempt, 10 seconds for the later ones", Source: "developers.yousign.com/changelog/2023116-webhook-delivery-updates", Confidence: verifier.Documented},
			{About: "answers", Text: "2xx and 3xx count; up to two redirects are followed", Source: retries, Confidence: verifier.Documented},
			{About: "attempt", Text: "X-Yousign-Retry counts from 0; X-Yousign-Issued-At tells when it was sent; neither is signed", Source: handling, Confidence: verifier.Documented},
		},
		Samples: []verifier.Sample{
			{Type: "signature_request.activated", Header: map[string]string{"X-Yousign-Retry": "0", "X-Yousign-Issued-At": "{time}"}, Body: `{"event_id":"{id}","event_name":"{type}","event_time":"{unix}","subscription_id":"example","subscription_description":"Demo","sandbox":false,"data":{"signature_request":{"id":"{id}","status":"approval"}}}`},
		},
	})
}
