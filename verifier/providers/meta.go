package providers

import (
	"crypto/hmac"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const sdk = "WhatsApp/WhatsApp-Nodejs-SDK, src/api/webhooks.ts"
	verifier.Register(verifier.Provider{
		Name:  "meta",
		Title: "Meta (Graph API, WhatsApp, Messenger, Instagram)",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Hub-Signature-256"}, Prefix: "sha256="},
		},
		Open:    []string{"verify_token"},
		Example: verifier.Settings{VerifyToken: "{env.META_VERIFY_TOKEN}"},
		Identity: verifier.Identity{
			EventType: "body.object",
			Dedupe:    "digest",
		},
		Methods: []string{"POST", "GET"},
		Handshake: &verifier.Handshake{
			BeforeVerify: true,
			Bind:         metaSubscription,
			Summary:      "When the callback URL is saved, Meta sends a GET with the verify token; its challenge is answered as plain text.",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "sha256= and the hex HMAC-SHA256 of the body in X-Hub-Signature-256", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "the app secret, as it is", Source: sdk, Confidence: verifier.Source},
			{About: "signed bytes", Text: `the body as sent, with its \\u escapes`, Confidence: verifier.Unconfirmed},
			{About: "handshake", Text: "GET with hub.mode=subscribe, hub.verify_token and hub.challenge; the challenge is the answer", Source: "fbsamples/original-coast-clothing, app.js", Confidence: verifier.Source},
			{About: "identity", Text: "no event ID; one request holds several entries", Source: "developers.facebook.com/docs/messenger-platform/webhook-reference", Confidence: verifier.Documented},
			{About: "deadline", Text: "20 seconds at Messenger", Confidence: verifier.Unconfirmed},
			{About: "retries", Text: "for 36 hours, WhatsApp for 7 days", Confidence: verifier.Unconfirmed},
			{About: "setup", Text: "the Meta app's dashboard: the address as callback URL, and a verify token of your own choice, which is verify_token here; the secret is the App Secret", Source: "trigger.dev/docs/webhooks/providers/whatsapp", Confidence: verifier.ThirdParty},
		},
		Notes: []string{
			"verify_token is the one that you enter beside the callback URL. Without it Gatepost refuses the GET by which Meta checks the URL.",
			"X-Hub-Signature, the SHA-1 beside it, is never looked at.",
			batchNote,
		},
		Samples: samples("meta"),
	})
}

func metaSubscription(s verifier.Settings) func(*verifier.Request) *verifier.Answer {
	return func(r *verifier.Request) *verifier.Answer {
		return hubChallenge(r, func() bool {
			q := r.Query()
			return s.VerifyToken != "" && q.Get("hub.mode") == "subscribe" &&
				hmac.Equal([]byte(q.Get("hub.verify_token")), []byte(s.VerifyToken))
		})
	}
}
