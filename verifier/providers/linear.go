package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const sdk = "linear/linear, packages/sdk/src/webhooks/client.ts"
	verifier.Register(verifier.Provider{
		Name:  "linear",
		Title: "Linear",
		Scheme: verifier.Scheme{
			Kind:           verifier.HMAC,
			Signature:      verifier.Signature{Header: []string{"Linear-Signature"}},
			TimestampField: "webhookTimestamp",
			TimestampUnit:  verifier.UnixMilli,
			Tolerance:      time.Minute,
		},
		Identity: verifier.Identity{
			EventID:   `header("Linear-Delivery")`,
			EventType: "body.type",
			Dedupe:    `[header("Linear-Delivery"), digest]`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in Linear-Signature", Source: sdk, Confidence: verifier.Source},
			{About: "timestamp", Text: "webhookTimestamp in the body, in unix milliseconds; Linear-Timestamp is not signed", Source: sdk, Confidence: verifier.Source},
			{About: "tolerance", Text: "one minute, past and future", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "as it is", Source: sdk, Confidence: verifier.Source},
			{About: "identity", Text: "Linear-Delivery", Confidence: verifier.Unconfirmed},
			{About: "type", Text: "type; what happened is in action", Source: sdk, Confidence: verifier.Source},
			{About: "deadline", Text: "5 seconds", Confidence: verifier.Unconfirmed},
			{About: "retries", Text: "3: after 1 min, 1 h and 6 h", Confidence: verifier.Unconfirmed},
			{About: "setup", Text: "Settings > API > New webhook with the address; the webhook's page shows the signing secret", Source: "trigger.dev/docs/webhooks/providers/linear", Confidence: verifier.ThirdParty},
		},
		Notes: []string{
			"Linear-Delivery and Linear-Event are not signed.",
		},
		Samples: samples("linear"),
	})
}
