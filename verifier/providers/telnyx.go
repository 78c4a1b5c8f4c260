package providers

import (
	"encoding/base64"
	"errors"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const sdk = "team-telnyx/telnyx-node, src/lib/webhooks.ts"
	form := stamped{
		signature: "Telnyx-Signature-Ed25519",
		timestamp: "Telnyx-Timestamp",
		between:   "|",
		encode:    base64.StdEncoding.EncodeToString,
		decode:    verifier.DecodeBase64,
		newKey: func(secret string) (signatureKey, error) {
			b, ok := verifier.DecodeBase64(secret)
			if !ok {
				return nil, errors.New("is not base64, as the public key stands in the portal")
			}
			return newEd25519Key(b)
		},
		newPair: func() (string, string, error) { return newEd25519Pair(base64.StdEncoding.EncodeToString) },
	}
	scheme := form.scheme("ed25519", "Ed25519 signature of time and body in "+form.signature)
	verifier.Register(verifier.Provider{
		Name:   "telnyx",
		Title:  "Telnyx",
		Scheme: verifier.Scheme{Kind: verifier.Custom, Tolerance: 5 * time.Minute, Custom: scheme},
		Identity: verifier.Identity{
			EventID:   "body.data.id",
			EventType: "body.data.event_type",
			Dedupe:    "body.data.id",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 Ed25519 signature of {timestamp}|{body} in Telnyx-Signature-Ed25519, time in Telnyx-Timestamp", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "the public key of Mission Control, base64", Source: sdk, Confidence: verifier.Source},
			{About: "tolerance", Text: "5 minutes, past and future", Source: sdk, Confidence: verifier.Source},
			{About: "identity", Text: "data.id, type in data.event_type", Source: sdk, Confidence: verifier.Source},
		},
		Notes: []string{
			"The secret is the account's public key: keeping it secret is not needed.",
		},
		Samples: []verifier.Sample{
			telnyxSample("message.received", `"id":"{id}","direction":"inbound","text":"Hello","from":{"phone_number":"+15550100"}`),
			telnyxSample("message.finalized", `"id":"{id}","direction":"outbound","to":[{"phone_number":"+15550101","status":"delivered"}]`),
			telnyxSample("call.initiated", `"call_control_id":"{id}","direction":"incoming","from":"+15550100"`),
		},
	})
}

func telnyxSample(eventType, payload string) verifier.Sample {
	return verifier.Sample{
		Type: eventType,
		Body: `{"data":{"record_type":"event","id":"{id}","event_type":"{type}","occurred_at":"{time}","payload":{` + payload + `}},"meta":{"attempt":1}}`,
	}
}
