package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "aftership",
		Title: "AfterShip",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"aftership-hmac-sha256"}, Encoding: "base64"},
		},
		Identity: verifier.Identity{
			EventType: "body.event",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of the body in aftership-hmac-sha256", Source: "www.aftership.com/docs/tracking/webhook/webhook-signature", Confidence: verifier.Documented},
			{About: "secret", Text: "the account's webhook secret, as it is, under Settings > Notifications", Source: "www.aftership.com/docs/tracking/webhook/webhook-signature", Confidence: verifier.Documented},
			{About: "type", Text: "event", Confidence: verifier.Unconfirmed},
			{About: "other products", Text: "Returns and Shipping sign otherwise: as-signature-hmac-sha256, or am-webhook-signature in older accounts", Source: "www.aftership.com/docs/returns/webhook/webhook-signature", Confidence: verifier.Documented},
			{About: "check", Text: "the address is added only if it answers a POST with 200", Source: "support.aftership.com/en/articles/15441918", Confidence: verifier.Documented},
		},
		Samples: []verifier.Sample{
			{Type: "tracking_update", Body: `{"event_id":"{id}","event":"{type}","ts":{unix},"msg":{"id":"{id}","tracking_number":"1Z999","tag":"Delivered","updated_at":"{time}"}}`},
		},
	})
}
