package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const (
		docs = "developers.klaviyo.com, Working with system webhooks"
		spec = "webhook-verify, SPEC.md, quoting the same page"
	)
	verifier.Register(verifier.Provider{
		Name:  "klaviyo",
		Title: "Klaviyo",
		Scheme: verifier.Scheme{
			Kind:            verifier.HMAC,
			Signature:       verifier.Signature{Header: []string{"Klaviyo-Signature"}, Signed: "{body}{timestamp}"},
			TimestampHeader: "Klaviyo-Timestamp",
			TimestampUnit:   verifier.HTTPDate,
		},
		Identity: verifier.Identity{
			EventType: "body.data[0].topic",
			Dedupe:    "digest",
		},
		Batch: &verifier.Batch{
			Split: "body.data",
			Identity: verifier.Identity{
				EventID:   "body.external_id",
				EventType: "body.topic",
				Dedupe:    "[body.topic, body.external_id]",
			},
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "HMAC-SHA256 in Klaviyo-Signature, with the time at which it was sent in Klaviyo-Timestamp", Source: docs, Confidence: verifier.Documented},
			{About: "signature in detail", Text: "hex, of body and timestamp, one after the other; the timestamp is a date as in HTTP", Source: spec, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: spec, Confidence: verifier.ThirdParty},
			{About: "identity of each event", Text: "external_id; Klaviyo-Webhook-Id is the webhook", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "data[].topic", Source: docs, Confidence: verifier.Documented},
		},
		Notes: []string{
			batchNote,
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "event:klaviyo.opened_email", Body: `{"data":[{"external_id":"{id}","topic":"{type}","payload":{"data":{"type":"event","id":"{id}"}}}],"meta":{"timestamp":"{time}","klaviyo_webhook_id":"example"}}`},
		},
	})
}
