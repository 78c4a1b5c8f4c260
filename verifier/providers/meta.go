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
		Batch: &verifier.Batch{
			Split: "flatten(map(body.entry, {let events = concat(.messaging ?? [], .standby ?? [], .changes ?? []); len(events) > 0 ? events : #}))",
			Identity: verifier.Identity{
				EventID:   "body.message.mid ?? body.value.messages[0].id ?? body.value.statuses[0].id",
				EventType: "body.field ?? (" + firstField("message", "postback", "delivery", "read", "reaction", "optin", "referral") + ")",
			},
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
			{About: "identity of each event", Text: "none that holds for all: a change can hold several messages, and several events can be about one", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"verify_token is the one that you enter beside the callback URL. Without it Gatepost refuses the GET by which Meta checks the URL.",
			"X-Hub-Signature, the SHA-1 beside it, is never looked at.",
			batchNote,
			"An event that `split` makes is one of messaging, standby or changes of an entry; an entry with none of them is one itself. The ID of the entry and the field object, which tell the page or account, are not in it: where you need those, write `split body.entry`.",
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
