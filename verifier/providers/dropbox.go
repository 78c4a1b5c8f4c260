package providers

import (
	"net/http"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const sample = "dropbox/mdwebhook, app.py"
	verifier.Register(verifier.Provider{
		Name:  "dropbox",
		Title: "Dropbox",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Dropbox-Signature"}},
		},
		Identity: verifier.Identity{Dedupe: "off"},
		Methods:  []string{"POST", "GET"},
		Handshake: &verifier.Handshake{
			BeforeVerify: true,
			Answer:       dropboxChallenge,
			Summary:      "When the webhook is added, Dropbox sends a GET whose challenge is answered as plain text.",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in X-Dropbox-Signature", Source: sample, Confidence: verifier.Source},
			{About: "secret", Text: "the app secret, as it is", Source: sample, Confidence: verifier.Source},
			{About: "handshake", Text: "GET with challenge, which is answered as plain text with nosniff", Source: sample, Confidence: verifier.Source},
			{About: "identity", Text: "none: the body only lists accounts in which something changed", Source: sample, Confidence: verifier.Source},
			{About: "deadline", Text: "10 seconds", Source: "an old copy of dropbox.com/developers/webhooks/docs", Confidence: verifier.ThirdParty},
		},
		Notes: []string{
			"Equal bodies are different events: the same account has changed again. So nothing is taken for a duplicate.",
		},
		Samples: []verifier.Sample{
			{Type: "change", Body: `{"list_folder":{"accounts":["dbid:{id}"]},"delta":{"users":[12345678]}}`},
		},
	})
}

func dropboxChallenge(r *verifier.Request) *verifier.Answer {
	challenge := queryChallenge(r, "challenge")
	if challenge == "" {
		return nil
	}
	return verifier.Text(http.StatusOK, challenge)
}
