package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		verification = "docs.fourthwall.com/webhooks/signature-verification"
		model        = "docs.fourthwall.com/webhooks/webhook-model"
		limitations  = "docs.fourthwall.com/webhooks/limitations"
		retries      = "docs.fourthwall.com/webhooks/retry-policies"
	)
	verifier.Register(verifier.Provider{
		Name:  "fourthwall",
		Title: "Fourthwall",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:   []string{"X-Fourthwall-Hmac-SHA256", "X-Fourthwall-Hmac-Apps-SHA256"},
				Encoding: "base64",
			},
		},
		Identity: verifier.Identity{
			EventID:   "body.id",
			EventType: "body.type",
			Dedupe:    "body.id",
		},
		AnswerDeadline: 2 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of the body in X-Fourthwall-Hmac-SHA256, for platform apps in X-Fourthwall-Hmac-Apps-SHA256", Source: verification, Confidence: verifier.Documented},
			{About: "secret", Text: "as it is, in the settings of the shop's webhooks or of the app", Source: verification, Confidence: verifier.Documented},
			{About: "identity", Text: "id, the same when an event is sent again", Source: limitations, Confidence: verifier.Documented},
			{About: "type", Text: "the field type", Source: model, Confidence: verifier.Documented},
			{About: "answers", Text: "only 200 counts", Source: retries, Confidence: verifier.Documented},
			{About: "deadline", Text: "5 seconds for an attempt, and more than 2 may already count as failed", Source: retries, Confidence: verifier.Documented},
			{About: "attempts", Text: "5", Source: retries, Confidence: verifier.Documented},
		},
		Samples: []verifier.Sample{
			{Type: "ORDER_PLACED", Body: `{"testMode":false,"id":"weve_{id}","webhookId":"wcon_example","shopId":"sh_example","type":"{type}","apiVersion":"V1","createdAt":"{time}","data":{"id":"{id}","status":"CONFIRMED","friendlyId":"EXAMPLE"}}`},
		},
	})
}
