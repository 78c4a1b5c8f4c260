package providers

import (
	"net/http"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	verifier.Register(verifier.Provider{
		Name:  "nylas",
		Title: "Nylas",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Nylas-Signature"}},
		},
		Identity: verifier.Identity{
			EventType: "body.type",
			Dedupe:    "digest",
		},
		Methods: []string{"POST", "GET"},
		Handshake: &verifier.Handshake{
			BeforeVerify: true,
			Answer:       nylasChallenge,
			Summary:      "When a webhook is made, Nylas sends a GET whose challenge is answered as plain text.",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in X-Nylas-Signature", Source: "nylas/nylas-nodejs, release 6.10.0", Confidence: verifier.Source},
			{About: "secret", Text: "webhook_secret, as it is", Source: "package nylas, models/webhooks", Confidence: verifier.Source},
			{About: "handshake", Text: "when a webhook is made, a verification request whose challenge is answered", Source: "developer.nylas.com/docs/v3/webhooks", Confidence: verifier.Documented},
			{About: "handshake in detail", Text: "GET with challenge; the answer is its value alone", Source: "dev.to/mqasimca, who works on the CLI of Nylas", Confidence: verifier.ThirdParty},
			{About: "type", Text: "the field type", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"A compressed body is signed as it is sent.",
		},
		Samples: []verifier.Sample{
			{Type: "message.created", Body: `{"specversion":"1.0","type":"{type}","source":"/google/emails/realtime","id":"{id}","time":{unix},"webhook_delivery_attempt":1,"data":{"application_id":"example","object":{"id":"{id}","object":"message","subject":"Hello"}}}`},
		},
	})
}

func nylasChallenge(r *verifier.Request) *verifier.Answer {
	challenge := queryChallenge(r, "challenge")
	if challenge == "" {
		return nil
	}
	return verifier.Text(http.StatusOK, challenge)
}
