package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	verifier.Register(verifier.Provider{
		Name:  "ashby",
		Title: "Ashby",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"Ashby-Signature"}, Prefix: "sha256="},
		},
		Identity: verifier.Identity{
			EventType: "body.action",
			Dedupe:    "digest",
		},
		RetryHorizon: 3 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "sha256= and the hex HMAC-SHA256 of the body in Ashby-Signature", Source: "developers.ashbyhq.com/docs/authenticating-webhooks", Confidence: verifier.Documented},
			{About: "secret", Text: "the secret token you choose for the webhook, as it is; without one nothing is signed", Source: "developers.ashbyhq.com/docs/authenticating-webhooks", Confidence: verifier.Documented},
			{About: "type", Text: "action", Confidence: verifier.Unconfirmed},
			{About: "ping", Text: "when a webhook is created or edited a ping is sent; without an answer below 400 the webhook stays disabled", Source: "developers.ashbyhq.com/docs/setting-up-webhooks", Confidence: verifier.Documented},
			{About: "retries", Text: "9, the first after 10 s, each about twice as late as the one before, within about 3 hours", Source: "developers.ashbyhq.com/docs/retries", Confidence: verifier.Documented},
		},
		Samples: []verifier.Sample{
			{Type: "candidateHire", Body: `{"action":"{type}","data":{"application":{"id":"{id}","status":"Hired","updatedAt":"{time}"}}}`},
		},
	})
}
