package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		sdk        = "slackapi/python-slack-sdk, slack_sdk/signature"
		requestURL = "api.slack.com/apis/http"
	)
	verifier.Register(verifier.Provider{
		Name:  "slack",
		Title: "Slack",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header: []string{"X-Slack-Signature"},
				Prefix: "v0=",
				Signed: "v0:{timestamp}:{body}",
			},
			TimestampHeader: "X-Slack-Request-Timestamp",
			Tolerance:       5 * time.Minute,
		},
		Identity: verifier.Identity{
			EventID:   "body.event_id",
			EventType: "body.event.type ?? body.type ?? body.command",
			Dedupe:    "body.event_id",
		},
		Handshake: &verifier.Handshake{
			Answer:  verifier.EchoField("type", "url_verification", "challenge"),
			Summary: "When the request URL is set, Slack posts a signed url_verification; its challenge is answered as plain text.",
		},
		AnswerDeadline: 3 * time.Second,
		RetryHorizon:   6 * time.Minute,
		Facts: []verifier.Fact{
			{About: "signature", Text: "v0= and the hex HMAC-SHA256 of v0:{timestamp}:{body} in X-Slack-Signature, timestamp in X-Slack-Request-Timestamp", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "the app's signing secret, as it is", Source: sdk, Confidence: verifier.Source},
			{About: "tolerance", Text: "5 minutes, past and future", Source: sdk, Confidence: verifier.Source},
			{About: "handshake", Text: "the request URL must pass url_verification", Source: requestURL, Confidence: verifier.Documented},
			{About: "handshake answer", Text: "200 with the challenge as text/plain, among other forms", Source: "api.slack.com/events/url_verification", Confidence: verifier.Documented},
			{About: "identity", Text: "event_id of the Events API stays the same over retries", Confidence: verifier.Unconfirmed},
			{About: "deadline", Text: "3 seconds", Source: "docs.agno.com", Confidence: verifier.ThirdParty},
			{About: "retries", Text: "3: at once, after 1 min and after 5 min, with a new timestamp and signature each", Confidence: verifier.Unconfirmed},
			{About: "setup", Text: "the app's page: the address under Event Subscriptions as request URL; the signing secret is under Basic Information > App Credentials", Source: "trigger.dev/docs/webhooks/providers/slack", Confidence: verifier.ThirdParty},
		},
		Notes: []string{
			"Slash commands and interactive messages have no event_id: they are compared by the digest of their body. Slack shows the body of the answer to them; Gatepost's is empty unless ack has one.",
		},
		Samples: samples("slack"),
	})
}
