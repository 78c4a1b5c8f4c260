package providers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"regexp"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		docs   = "learn.microsoft.com/linkedin/shared/api-guide/webhook-validation"
		copied = "a copy of " + docs + " in a public repository, which says what the page does where both could be read"
	)
	verifier.Register(verifier.Provider{
		Name:  "linkedin",
		Title: "LinkedIn",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-LI-Signature"}, Signed: "hmacsha256={body}"},
		},
		Identity: verifier.Identity{
			EventType: "body.type",
			Dedupe:    "digest",
		},
		Methods: []string{"POST", "GET"},
		Handshake: &verifier.Handshake{
			BeforeVerify: true,
			Bind:         linkedinValidation,
			Summary:      "When the webhook is registered, and every two hours, LinkedIn sends a GET with a code, which is answered together with its HMAC.",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of hmacsha256= and the body in X-LI-Signature", Source: copied, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "the client secret of the app, as it is", Source: docs, Confidence: verifier.Documented},
			{About: "handshake", Text: "GET with challengeCode, a random UUID, answered with it and its hex HMAC-SHA256", Source: docs, Confidence: verifier.Documented},
			{About: "handshake again", Text: "every 2 hours; three failures in a row block the URL", Source: copied, Confidence: verifier.ThirdParty},
			{About: "handshake, deadline", Text: "3 seconds", Source: copied, Confidence: verifier.ThirdParty},
			{About: "identity", Text: "a notification can come more than once; its payload holds an ID, in a place that differs by product", Source: copied, Confidence: verifier.ThirdParty},
			{About: "type", Text: "the field type", Confidence: verifier.Unconfirmed},
			{About: "challenge of child applications", Text: "apps with child applications get applicationId beside the challenge, and must answer with the secret of that application: not covered", Source: docs, Confidence: verifier.Documented},
		},
		Notes: []string{
			"The handshake is answered with the first secret. What it signs, a UUID, can never be the content of a request.",
		},
		Samples: []verifier.Sample{
			{Type: "LEAD_ACTION", Body: `{"type":"{type}","leadGenFormResponse":"urn:li:leadGenFormResponse:{id}","occurredAt":{unix_ms}}`},
		},
	})
}

var uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// linkedinValidation signs for whoever asks, but nothing other than a UUID.
func linkedinValidation(s verifier.Settings) func(*verifier.Request) *verifier.Answer {
	return func(r *verifier.Request) *verifier.Answer {
		code := queryChallenge(r, "challengeCode")
		if len(s.Secrets) == 0 || !uuidForm.MatchString(code) {
			return nil
		}
		mac := hmac.New(sha256.New, []byte(s.Secrets[0]))
		mac.Write([]byte(code))
		return verifier.JSON("challengeCode", code, "challengeResponse", hex.EncodeToString(mac.Sum(nil)))
	}
}
