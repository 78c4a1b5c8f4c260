package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		application = "dev.frontapp.com/docs/application-webhooks"
		rule        = "dev.frontapp.com/docs/rule-webhooks"
		overview    = "dev.frontapp.com/docs/webhooks-1 (an older version)"
		connector   = "dev.frontapp.com/docs/security-1"
	)
	verifier.Register(verifier.Provider{
		Name:  "front",
		Title: "Front",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:   []string{"X-Front-Signature"},
				Encoding: "base64",
				Signed:   "{timestamp}:{body}",
			},
			TimestampHeader: "X-Front-Request-Timestamp",
			TimestampUnit:   verifier.UnixMilli,
		},
		Identity: verifier.Identity{
			EventType: "body.type",
			Dedupe:    "digest",
		},
		AnswerDeadline: 5 * time.Second,
		Handshake: &verifier.Handshake{
			Answer:  frontChallenge,
			Summary: "When an application webhook is saved, the value of X-Front-Challenge is answered in a JSON object; the request is signed.",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of {timestamp}:{body} in X-Front-Signature, timestamp in X-Front-Request-Timestamp", Source: application, Confidence: verifier.Documented},
			{About: "timestamp", Text: "unix milliseconds", Source: application, Confidence: verifier.Documented},
			{About: "tolerance", Text: "5 minutes, advised for connectors", Source: connector, Confidence: verifier.Documented},
			{About: "secret", Text: "the signing key of the application, as it is", Source: application, Confidence: verifier.Documented},
			{About: "handshake", Text: "when the webhook is saved, a signed request with X-Front-Challenge", Source: application, Confidence: verifier.Documented},
			{About: "handshake answer", Text: "a JSON object that holds the challenge", Source: "hookdeck/webhook-skills, frontapp-webhooks, and other receivers that agree", Confidence: verifier.ThirdParty},
			{About: "deadline", Text: "5 seconds", Source: overview, Confidence: verifier.Documented},
			{About: "rule webhooks", Text: "are signed otherwise: base64 HMAC-SHA1 of the body alone, with the API secret", Source: rule, Confidence: verifier.Documented},
			{About: "type", Text: "the field type", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"These are application webhooks. Webhooks of rules are signed with HMAC-SHA1 of the body: receive them with the provider hmac, algorithm sha1, encoding base64.",
		},
		Samples: []verifier.Sample{
			{Type: "inbound", Body: `{"type":"{type}","authorization":{"id":"example"},"payload":{"_links":{},"id":"evt_{id}","type":"{type}","emitted_at":{unix}}}`},
		},
	})
}

func frontChallenge(r *verifier.Request) *verifier.Answer {
	challenge := headerChallenge(r, "X-Front-Challenge")
	// The header is not signed, the body is: no event becomes a handshake because of a header.
	var body struct{ Type string }
	if challenge == "" || !decodeObject(r, &body) || body.Type != "sync" {
		return nil
	}
	return verifier.JSON("challenge", challenge)
}
