package providers

import (
	"net/http"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	verifier.Register(verifier.Provider{
		Name:  "onfleet",
		Title: "Onfleet",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:         []string{"X-Onfleet-Signature"},
				Algorithm:      "sha512",
				SecretEncoding: "hex",
			},
		},
		Identity: verifier.Identity{
			EventType: "body.triggerName",
			Dedupe:    "digest",
		},
		Methods: []string{"POST", "GET"},
		Handshake: &verifier.Handshake{
			BeforeVerify: true,
			Answer: func(r *verifier.Request) *verifier.Answer {
				check := queryChallenge(r, "check")
				if check == "" {
					return nil
				}
				return verifier.Text(http.StatusOK, check)
			},
			Summary: "When a webhook is created, Onfleet sends a GET whose check is answered as plain text.",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA512 of the body in X-Onfleet-Signature", Source: "docs.onfleet.com/reference/secrets", Confidence: verifier.Documented},
			{About: "secret", Text: "from the dashboard, hex, decoded", Source: "docs.onfleet.com/reference/secrets", Confidence: verifier.Documented},
			{About: "type", Text: "triggerName", Confidence: verifier.Unconfirmed},
			{About: "handshake", Text: "GET with check, which is answered as plain text with 200", Source: "onfleet/developer, api-tools/webhooks/nodejs/webhookserver.js", Confidence: verifier.Source},
		},
		Samples: []verifier.Sample{
			{Type: "taskCompleted", Body: `{"triggerName":"{type}","taskId":"{id}","time":{unix_ms},"data":{"task":{"id":"{id}","state":3}}}`},
		},
	})
}
