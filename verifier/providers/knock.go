package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const docs = "knocklabs/docs, content/developer-tools/outbound-webhooks/overview.mdx"
	verifier.Register(verifier.Provider{
		Name:  "knock",
		Title: "Knock",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:       []string{"X-Knock-Signature"},
				Format:       verifier.Pairs,
				Separator:    ",",
				SignatureKey: "s",
				TimestampKey: "t",
				Encoding:     "base64",
				Signed:       "{timestamp}.{body}",
			},
			TimestampUnit: verifier.UnixMilli,
		},
		Identity: verifier.Identity{
			EventType: "body.type",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "t=<unix milliseconds>,s=<base64 HMAC-SHA256 of {t}.{body}> in X-Knock-Signature", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "the secret key on the page of the webhook, as it is", Source: docs, Confidence: verifier.Documented},
			{About: "tolerance", Text: "5 minutes, in the example", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "the field type, and X-Knock-Event", Source: docs, Confidence: verifier.Documented},
			{About: "identity", Text: "no event ID", Source: docs, Confidence: verifier.Documented},
			{About: "retrying", Text: "8 attempts, after any answer that is not 2xx", Source: docs, Confidence: verifier.Documented},
		},
		Samples: []verifier.Sample{
			{Type: "message.sent", Body: `{"id":"{id}","type":"{type}","created_at":"{time}","data":{"id":"{id}","status":"sent","channel_id":"example"}}`},
		},
	})
}
