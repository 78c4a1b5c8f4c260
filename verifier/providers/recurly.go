package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const sdk = "recurly/recurly-client-ruby, lib/recurly/webhooks.rb"
	verifier.Register(verifier.Provider{
		Name:  "recurly",
		Title: "Recurly",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:    []string{"recurly-signature"},
				Format:    verifier.Positional,
				Separator: ",",
				Signed:    "{timestamp}.{body}",
			},
			TimestampUnit: verifier.UnixAny,
			Tolerance:     5 * time.Minute,
		},
		Identity: verifier.Identity{
			EventType: `body.object_type + "." + body.event_type`,
			Dedupe:    "digest",
		},
		RetryHorizon: 73 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "<timestamp>,<hex HMAC-SHA256 of {timestamp}.{body}>, with further signatures while a key is rotated", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "as it is", Source: sdk, Confidence: verifier.Source},
			{About: "timestamp", Text: "milliseconds", Source: sdk, Confidence: verifier.Source},
			{About: "timestamp elsewhere", Text: "seconds", Source: registry, Confidence: verifier.ThirdParty},
			{About: "tolerance", Text: "5 minutes, past and future", Source: sdk, Confidence: verifier.Source},
			{About: "identity", Text: "id is the object, not the event", Source: sdk, Confidence: verifier.Source},
			{About: "retries", Text: "up to 10, the xth after about 10 + x * 2^(x+5) seconds, counted from 0", Source: "docs.recurly.com/recurly-subscriptions/docs/automatic-retries", Confidence: verifier.Documented},
		},
		Notes: []string{
			"Sources disagree on the unit of the timestamp: both are taken, told apart by their length.",
		},
		Samples: []verifier.Sample{
			{Type: "account.created", Body: `{"id":"{id}","object_type":"account","site_id":"example","event_type":"created","event_time":"{time}","account_code":"ada"}`},
		},
	})
}
