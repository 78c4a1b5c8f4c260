package providers

import (
	"net/http"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const sample = "twitchdev/eventsub-webhooks-node-sample, index.js"
	verifier.Register(verifier.Provider{
		Name:  "twitch",
		Title: "Twitch EventSub",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header: []string{"Twitch-Eventsub-Message-Signature"},
				Prefix: "sha256=",
				Signed: "{id}{timestamp}{body}",
			},
			TimestampHeader: "Twitch-Eventsub-Message-Timestamp",
			TimestampUnit:   verifier.RFC3339,
			Tolerance:       10 * time.Minute,
			IDHeader:        "Twitch-Eventsub-Message-Id",
		},
		Identity: verifier.Identity{
			EventID:   `header("Twitch-Eventsub-Message-Id")`,
			EventType: "body.subscription.type",
			Dedupe:    `header("Twitch-Eventsub-Message-Id")`,
		},
		Handshake: &verifier.Handshake{
			Answer:  twitchChallenge,
			Summary: "When a subscription is made, Twitch posts a signed challenge, which is answered as plain text.",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "sha256= and the hex HMAC-SHA256 of message ID, timestamp and body, one after the other", Source: sample, Confidence: verifier.Source},
			{About: "secret", Text: "the one given when subscribing, 10 to 100 ASCII characters, as it is", Source: "twitchdev/twitch-cli, internal/events", Confidence: verifier.Source},
			{About: "tolerance", Text: "10 minutes", Source: registry, Confidence: verifier.ThirdParty},
			{About: "handshake", Text: "webhook_callback_verification is signed; its challenge is answered as plain text", Source: sample, Confidence: verifier.Source},
			{About: "identity", Text: "Twitch-Eventsub-Message-Id is signed", Source: sample, Confidence: verifier.Source},
			{About: "identity over retries", Text: "it stays the same", Source: "dev.twitch.tv/docs/eventsub", Confidence: verifier.Documented},
			{About: "deadline", Text: "a few seconds", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"Twitch-Eventsub-Message-Type is not signed: a revocation, which any 2xx satisfies, is an ordinary event whose body has a subscription and no event.",
		},
		Samples: []verifier.Sample{
			twitchSample("channel.follow", `"user_id":"1234","user_login":"ada","user_name":"Ada","followed_at":"{time}"`),
			twitchSample("stream.online", `"id":"{id}","type":"live","started_at":"{time}"`),
			twitchSample("channel.subscribe", `"user_id":"1234","user_login":"ada","tier":"1000","is_gift":false`),
		},
	})
}

// twitchChallenge goes by the header, which is not signed; the body with its challenge is.
func twitchChallenge(r *verifier.Request) *verifier.Answer {
	var request struct{ Challenge string }
	if r.Header.Get("Twitch-Eventsub-Message-Type") != "webhook_callback_verification" || !decodeObject(r, &request) ||
		request.Challenge == "" || len(request.Challenge) > maxChallenge {
		return nil
	}
	return verifier.Text(http.StatusOK, request.Challenge)
}

func twitchSample(eventType, event string) verifier.Sample {
	return verifier.Sample{
		Type:   eventType,
		Header: map[string]string{"Twitch-Eventsub-Message-Type": "notification", "Twitch-Eventsub-Subscription-Type": "{type}"},
		Body:   `{"subscription":{"id":"{id}","type":"{type}","version":"1","status":"enabled","cost":0,"condition":{"broadcaster_user_id":"1337"},"created_at":"{time}"},"event":{"broadcaster_user_id":"1337","broadcaster_user_login":"example",` + event + `}}`,
	}
}
