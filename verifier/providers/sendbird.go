package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "sendbird",
		Title: "Sendbird",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Sendbird-Signature"}},
		},
		Identity: verifier.Identity{
			EventType: "body.category",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in X-Sendbird-Signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "category", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "group_channel:message_send", Body: `{"category":"{type}","app_id":"example","sender":{"user_id":"ada"},"channel":{"channel_url":"demo"},"payload":{"message_id":1,"message":"Test {id}","created_at":{unix_ms}}}`},
		},
	})
}
