package providers

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		docs = "discord/discord-api-docs, developers/events/webhook-events.mdx"
		sdk  = "discord/discord-interactions-js, src/index.ts"
	)
	form := stamped{
		signature: "X-Signature-Ed25519",
		timestamp: "X-Signature-Timestamp",
		encode:    hex.EncodeToString,
		decode:    func(text string) ([]byte, bool) { return verifier.DecodeHex(text, ed25519.SignatureSize) },
		newKey: func(secret string) (signatureKey, error) {
			b, err := hex.DecodeString(secret)
			if err != nil {
				return nil, errors.New("is not hex, as the public key stands in the developer portal")
			}
			return newEd25519Key(b)
		},
		newPair: func() (string, string, error) { return newEd25519Pair(hex.EncodeToString) },
	}
	verifier.Register(verifier.Provider{
		Name:  "discord",
		Title: "Discord (webhook events and interactions)",
		Scheme: verifier.Scheme{
			Kind:   verifier.Custom,
			Custom: form.scheme("ed25519", "Ed25519 signature of time and body in "+form.signature),
		},
		Identity: verifier.Identity{
			EventID:   "body.id",
			EventType: "body.event.type ?? body.type",
			Dedupe:    "digest",
		},
		Ack: verifier.Ack{Status: http.StatusNoContent},
		Handshake: &verifier.Handshake{
			Answer:  discordPing,
			Summary: "Discord sends signed pings, and now and then one that is signed wrongly: those get 401, an interaction's ping its own type, a webhook's 204.",
		},
		AnswerDeadline: 3 * time.Second,
		RetryHorizon:   10 * time.Minute,
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex Ed25519 signature of timestamp and body, run together, in X-Signature-Ed25519, time in X-Signature-Timestamp", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "the application's public key, hex", Source: sdk, Confidence: verifier.Source},
			{About: "handshake", Text: "a ping of type 0 is answered with 204; requests with a wrong signature have to be answered with 401, else the address is removed", Source: docs, Confidence: verifier.Documented},
			{About: "interactions", Text: "a ping of type 1 is answered with a JSON object of type 1", Source: sdk, Confidence: verifier.Source},
			{About: "deadline", Text: "3 seconds", Source: docs, Confidence: verifier.Documented},
			{About: "retries", Text: "several, with growing intervals, for up to 10 minutes", Source: docs, Confidence: verifier.Documented},
			{About: "setup", Text: "Developer Portal, the application: the public key is under General Information; under Webhooks give the address as endpoint URL and turn events on", Source: "trigger.dev/docs/webhooks/providers/discord", Confidence: verifier.ThirdParty},
		},
		Notes: []string{
			"The secret is the application's public key: keeping it secret is not needed.",
			"An interaction wants its real answer at once: use a plain reverse proxy for those, and this for webhook events.",
			toleranceNote,
		},
		Samples: samples("discord"),
	})
}

// newEd25519Pair makes a pair, its halves as newEd25519Key takes them.
func newEd25519Pair(encode func([]byte) string) (private, public string, err error) {
	a, b, err := ed25519.GenerateKey(nil)
	return encode(b), encode(a), err
}

// discordPing answers the pings. Webhook events have type 1 as the pings of interactions do, and an
// event beside it.
func discordPing(r *verifier.Request) *verifier.Answer {
	var ping struct {
		Type  *int
		Event any
	}
	if !decodeObject(r, &ping) || ping.Type == nil || ping.Event != nil {
		return nil
	}
	switch *ping.Type {
	case 0:
		return &verifier.Answer{Status: http.StatusNoContent, Header: http.Header{"Content-Type": {"application/json"}}}
	case 1:
		return &verifier.Answer{
			Status: http.StatusOK,
			Header: http.Header{"Content-Type": {"application/json"}},
			Body:   []byte(`{"type":1}`),
		}
	}
	return nil
}
