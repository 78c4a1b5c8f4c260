package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const code = "intercom/intercom-webhooks, csharp"
	verifier.Register(verifier.Provider{
		Name:  "intercom",
		Title: "Intercom",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:    []string{"X-Hub-Signature"},
				Prefix:    "sha1=",
				Algorithm: "sha1",
			},
		},
		Identity: verifier.Identity{
			EventID:   "body.id",
			EventType: "body.topic",
			Dedupe:    "body.id",
		},
		Methods: []string{"POST", "HEAD"},
		Handshake: &verifier.Handshake{
			BeforeVerify: true,
			Answer:       answerHead,
			Summary:      "When the endpoint URL is entered, Intercom sends a HEAD request to see whether it answers.",
		},
		Facts: []verifier.Fact{
			{About: "handshake", Text: "a HEAD request validates the URL", Source: "developers.intercom.com/docs/webhooks/setting-up-webhooks", Confidence: verifier.Documented},
			{About: "signature", Text: "sha1= and the hex HMAC-SHA1 of the body in X-Hub-Signature", Source: code, Confidence: verifier.Source},
			{About: "secret", Text: "the client secret of the app, as it is", Source: code, Confidence: verifier.Source},
			{About: "identity", Text: "id, such as notif_…", Source: code, Confidence: verifier.Source},
			{About: "identity over retries", Text: "id stays the same, delivery_attempts grows", Confidence: verifier.Unconfirmed},
			{About: "type", Text: "topic", Source: code, Confidence: verifier.Source},
			{About: "deadline", Text: "5 seconds", Confidence: verifier.Unconfirmed},
			{About: "retries", Text: "one, after a minute", Confidence: verifier.Unconfirmed},
			{About: "failures", Text: "more than 1000 errors in a row within 15 minutes pause the topic for 15 minutes; a week of errors suspends the subscription of a private app", Source: "developers.intercom.com/docs/webhooks/webhook-notifications", Confidence: verifier.Documented},
			{About: "setup", Text: "Developer Hub, the app's Configure > Webhooks: the address as endpoint URL, then the topics", Source: "developers.intercom.com/docs/webhooks/setting-up-webhooks", Confidence: verifier.Documented},
		},
		Samples: samples("intercom"),
	})
}
