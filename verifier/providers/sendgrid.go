package providers

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const sdk = "sendgrid/sendgrid-go, helpers/eventwebhook and its tests"
	form := stamped{
		signature: "X-Twilio-Email-Event-Webhook-Signature",
		timestamp: "X-Twilio-Email-Event-Webhook-Timestamp",
		encode:    base64.StdEncoding.EncodeToString,
		decode:    verifier.DecodeBase64,
		newKey: func(secret string) (signatureKey, error) {
			return readECDSAKey(secret, elliptic.P256(), crypto.SHA256, true)
		},
		newPair: func() (string, string, error) {
			return writePair(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
		},
	}
	verifier.Register(verifier.Provider{
		Name:  "sendgrid",
		Title: "SendGrid (event webhook)",
		Scheme: verifier.Scheme{
			Kind:   verifier.Custom,
			Custom: form.scheme("ecdsa-p256", "ECDSA signature of time and body in "+form.signature),
		},
		Identity: verifier.Identity{
			EventType: "body[0].event",
			Dedupe:    "digest",
		},
		Batch: &verifier.Batch{
			Split: "body",
			Identity: verifier.Identity{
				EventID:   "body.sg_event_id",
				EventType: "body.event",
				Dedupe:    "body.sg_event_id",
			},
		},
		RetryHorizon: 24 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 of the ASN.1 form of ECDSA with P-256 and SHA-256 over timestamp and body, run together, in " + form.signature + ", time in " + form.timestamp, Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "the public verification key, as the dashboard shows it: base64 of its DER form", Source: sdk, Confidence: verifier.Source},
			{About: "body", Text: "ends with CR LF, which is signed", Source: sdk, Confidence: verifier.Source},
			{About: "identity of each event", Text: "sg_event_id, which is unique", Source: "docs.sendgrid.com/for-developers/tracking-events/troubleshooting", Confidence: verifier.Documented},
			{About: "retries", Text: "for up to 24 hours after the event, at growing intervals", Source: "docs.sendgrid.com/for-developers/tracking-events/troubleshooting", Confidence: verifier.Documented},
			{About: "setup", Text: "Mail Settings: Signed Event Webhook Requests makes the key pair and shows the public key", Source: "sendgrid/sendgrid-python, commit cb58667", Confidence: verifier.Source},
		},
		Notes: []string{
			"The secret is the verification key of the signed event webhook, a public key: keeping it secret is not needed.",
			batchNote,
			toleranceNote,
		},
		Samples: endingIn("\r\n", samples("sendgrid")),
	})
}
