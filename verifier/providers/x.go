package providers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"regexp"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const docs = "docs.x.com/x-api/webhooks/quickstart"
	verifier.Register(verifier.Provider{
		Name:  "x",
		Title: "X (Twitter)",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:   []string{"x-twitter-webhooks-signature"},
				Prefix:   "sha256=",
				Encoding: "base64",
			},
		},
		Identity: verifier.Identity{Dedupe: "digest"},
		Methods:  []string{"POST", "GET"},
		Handshake: &verifier.Handshake{
			BeforeVerify: true,
			Bind:         xChallenge,
			Summary:      "When the webhook is registered, and every hour, X sends a GET with a token, which is answered with its HMAC.",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "sha256= and the base64 HMAC-SHA256 of the body in x-twitter-webhooks-signature", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "the consumer secret of the app, as it is", Source: docs, Confidence: verifier.Documented},
			{About: "handshake", Text: "GET with crc_token, answered with response_token: sha256= and the base64 HMAC-SHA256 of the token", Source: docs, Confidence: verifier.Documented},
			{About: "handshake again", Text: "every hour; a webhook that fails it gets no events", Source: docs, Confidence: verifier.Documented},
			{About: "deadline of the handshake", Text: "3 seconds", Source: "developer.x.com, Securing webhooks", Confidence: verifier.Documented},
		},
		Notes: []string{
			"The answer to the handshake is a signature of whatever the asker chose. So only plain words are signed, and a request whose body is nothing but such a word is refused.",
			"The handshake is answered with the first secret.",
			batchNote,
			"What happened is the name of the list that an event is in, and for whom stands beside the lists, so the provider has no `split` of its own.",
		},
		Samples: []verifier.Sample{
			{Type: "tweet_create_events", Body: `{"for_user_id":"1111","tweet_create_events":[{"id_str":"{id}","text":"Hello","created_at":"{time}","user":{"id_str":"2222","screen_name":"ada"}}]}`},
		},
	})
}

var xToken = regexp.MustCompile(`^[A-Za-z0-9+/=_-]{1,256}$`)

// xChallenge signs for whoever asks. What it may have signed is no event, whatever its signature.
func xChallenge(s verifier.Settings) func(*verifier.Request) *verifier.Answer {
	return func(r *verifier.Request) *verifier.Answer {
		if xToken.Match(r.Body) {
			return &verifier.Answer{Status: http.StatusUnauthorized}
		}
		token := queryChallenge(r, "crc_token")
		if len(s.Secrets) == 0 || !xToken.MatchString(token) {
			return nil
		}
		mac := hmac.New(sha256.New, []byte(s.Secrets[0]))
		mac.Write([]byte(token))
		return verifier.JSON("response_token", "sha256="+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
}
