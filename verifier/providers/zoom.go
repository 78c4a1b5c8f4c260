package providers

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const sample = "zoom/webhook-sample, index.js"
	verifier.Register(verifier.Provider{
		Name:  "zoom",
		Title: "Zoom",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header: []string{"x-zm-signature"},
				Prefix: "v0=",
				Signed: "v0:{timestamp}:{body}",
			},
			TimestampHeader: "x-zm-request-timestamp",
		},
		Identity: verifier.Identity{
			EventType: "body.event",
			Dedupe:    "digest",
		},
		Handshake: &verifier.Handshake{
			Bind:    zoomValidation,
			Summary: "When the URL is saved, and every 72 hours, Zoom posts a signed endpoint.url_validation; its plainToken is answered together with its HMAC.",
		},
		RetryHorizon:   85 * time.Minute,
		AnswerDeadline: 3 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "v0= and the hex HMAC-SHA256 of v0:{timestamp}:{body} in x-zm-signature, timestamp in x-zm-request-timestamp", Source: sample, Confidence: verifier.Source},
			{About: "secret", Text: "the secret token of the app, as it is", Source: sample, Confidence: verifier.Source},
			{About: "handshake", Text: "endpoint.url_validation is signed; it is answered with plainToken and its hex HMAC-SHA256 as encryptedToken", Source: sample, Confidence: verifier.Source},
			{About: "handshake again", Text: "at creation and every 72 hours from then on", Source: "developers.zoom.us/changelog/platform/webhook-url-validation", Confidence: verifier.Documented},
			{About: "deadline of the handshake", Text: "3 seconds", Confidence: verifier.Unconfirmed},
			{About: "retries", Text: "3: after 5 minutes, 20 minutes after that, and 60 minutes after that", Source: "developers.zoom.us/blog/webhook-delays", Confidence: verifier.Documented},
			{About: "deadline", Text: "200 or 204 within 3 seconds", Source: "developers.zoom.us/blog/webhook-delays", Confidence: verifier.Documented},
			{About: "setup", Text: "the app's page in the Marketplace: enable Event Subscriptions under Features > Access and give the address as event notification endpoint URL of each", Source: "developers.zoom.us/docs/api/webhooks", Confidence: verifier.Documented},
		},
		Notes: []string{
			"The handshake is answered with the first secret.",
			"The answer to the handshake is a signature of what Zoom sent. Gatepost verifies the request first, and refuses a plainToken that could itself be the content of a request.",
			toleranceNote,
		},
		Samples: samples("zoom"),
	})
}

// zoomValidation answers with a signature of what was sent. The token must not be able to pass for
// the content of a request, "v0:<timestamp>:<body>", or the answer would be a forged signature.
func zoomValidation(s verifier.Settings) func(*verifier.Request) *verifier.Answer {
	return func(r *verifier.Request) *verifier.Answer {
		const most = 256
		var request struct {
			Event   string
			Payload struct{ PlainToken string }
		}
		if len(s.Secrets) == 0 || !bytes.Contains(r.Body, []byte("endpoint.url_validation")) ||
			!decodeObject(r, &request) || request.Event != "endpoint.url_validation" {
			return nil
		}
		token := request.Payload.PlainToken
		if token == "" || len(token) > most || strings.Contains(token, ":") {
			return nil
		}
		mac := hmac.New(sha256.New, []byte(s.Secrets[0]))
		mac.Write([]byte(token))
		return verifier.JSON("plainToken", token, "encryptedToken", hex.EncodeToString(mac.Sum(nil)))
	}
}
