package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

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
		RetryHorizon: 72 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "HMAC-SHA256 of the body in Heroku-Webhook-Hmac-SHA256", Source: "devcenter.heroku.com/articles/addon-webhooks", Confidence: verifier.Documented},
			{About: "secret", Text: "the value given when the webhook is created, as it is; without one nothing is signed", Source: "devcenter.heroku.com/articles/addon-webhooks", Confidence: verifier.Documented},
			{About: "identity", Text: "id", Confidence: verifier.Unconfirmed},
			{About: "type", Text: "resource and action", Confidence: verifier.Unconfirmed},
			{About: "retries", Text: "level sync: for up to 72 hours from the event; level notify: none", Source: "devcenter.heroku.com/articles/app-webhooks-schema and devcenter.heroku.com/changelog-items/2525", Confidence: verifier.Documented},
			{About: "encoding", Text: "base64", Source: registry, Confidence: verifier.ThirdParty},
			{About: "level notify", Text: "one attempt only; level sync is tried again up to a limit", Source: "devcenter.heroku.com/articles/app-webhooks-schema", Confidence: verifier.Documented},
		},
		Samples: []verifier.Sample{
			{Type: "api:release.create", Body: `{"id":"{id}","action":"create","resource":"api:release","created_at":"{time}","data":{"id":"{id}","version":7,"app":{"name":"demo"}},"version":"application/vnd.heroku+json; version=3"}`},
		},
	})
}
