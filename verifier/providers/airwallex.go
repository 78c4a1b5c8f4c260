package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		example  = "www.airwallex.com/docs/developer-tools__listen-for-webhook-events__code-examples"
		overview = "www.airwallex.com/docs/developer-tools/webhooks/webhooks-overview"
	)
	verifier.Register(verifier.Provider{
		Name:  "airwallex",
		Title: "Airwallex",
		Scheme: verifier.Scheme{
			Kind:            verifier.HMAC,
			Signature:       verifier.Signature{Header: []string{"X-Signature"}, Signed: "{timestamp}{body}"},
			TimestampHeader: "X-Timestamp",
			TimestampUnit:   verifier.UnixAny,
		},
		Identity: verifier.Identity{
			EventID:   "body.id",
			EventType: "body.name",
			Dedupe:    "body.id",
		},
		RetryHorizon: 3 * 24 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of timestamp and body, one after the other, in x-signature", Source: example, Confidence: verifier.Documented},
			{About: "timestamp", Text: "in x-timestamp; milliseconds, as others say: seconds are taken, too, told apart by their length", Source: "hookdeck/webhook-skills, airwallex-webhooks", Confidence: verifier.ThirdParty},
			{About: "secret", Text: "the secret of the notification URL, as it is", Source: example, Confidence: verifier.Documented},
			{About: "identity", Text: "id stays the same over retries", Source: overview, Confidence: verifier.Documented},
			{About: "retries", Text: "ever less often for about three days, until 200", Source: overview, Confidence: verifier.Documented},
			{About: "answers", Text: "only 200 counts", Source: overview, Confidence: verifier.Documented},
			{About: "type", Text: "name", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			toleranceNote,
			"Test events of the dashboard are signed with the key in their header client-secret-key, not with your secret: they do not verify.",
		},
		Samples: []verifier.Sample{
			{Type: "payment_intent.succeeded", Body: `{"id":"evt_{id}","name":"{type}","account_id":"example","data":{"object":{"id":"int_{id}","amount":499.80,"currency":"EUR","status":"SUCCEEDED"}},"created_at":"{time}"}`},
		},
	})
}
