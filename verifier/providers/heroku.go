package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "heroku",
		Title: "Heroku app webhooks",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"Heroku-Webhook-Hmac-SHA256"}, Encoding: "base64"},
		},
		Identity: verifier.Identity{
			EventID:   "body.id",
			EventType: `body.resource + "." + body.action`,
			Dedupe:    "body.id",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of the body in Heroku-Webhook-Hmac-SHA256", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "identity", Text: "id", Confidence: verifier.Unconfirmed},
			{About: "type", Text: "resource and action", Confidence: verifier.Unconfirmed},
			{About: "retries", Text: "notify: none; sync: for up to 72 hours", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "api:release.create", Body: `{"id":"{id}","action":"create","resource":"api:release","created_at":"{time}","data":{"id":"{id}","version":7,"app":{"name":"demo"}},"version":"application/vnd.heroku+json; version=3"}`},
		},
	})
}
