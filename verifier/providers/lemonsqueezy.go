package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const code = "lmsqueezy/nextjs-billing, src/app/api/webhook/route.ts"
	verifier.Register(verifier.Provider{
		Name:  "lemonsqueezy",
		Title: "Lemon Squeezy",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Signature"}},
		},
		Identity: verifier.Identity{
			EventType: "body.meta.event_name",
			Dedupe:    "digest",
		},
		RetryHorizon: 155 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in X-Signature", Source: code, Confidence: verifier.Source},
			{About: "secret", Text: "as it is", Source: code, Confidence: verifier.Source},
			{About: "type", Text: "meta.event_name, and X-Event-Name", Source: code, Confidence: verifier.Source},
			{About: "identity", Text: "data.id is the object, not the event", Source: code, Confidence: verifier.Source},
			{About: "retries", Text: "3, such as after 5, 25 and 125 s", Source: "docs.lemonsqueezy.com/help/webhooks/webhook-requests", Confidence: verifier.Documented},
		},
		Samples: []verifier.Sample{
			{Type: "order_created", Header: map[string]string{"X-Event-Name": "{type}"}, Body: `{"meta":{"event_name":"{type}","test_mode":false,"webhook_id":"{id}"},"data":{"type":"orders","id":"1","attributes":{"order_number":1,"status":"paid","total":49980,"currency":"EUR","user_email":"ada@example.com","created_at":"{time}"}}}`},
		},
	})
}
