package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const docs = "configcat/docs, website/docs/advanced/notifications-webhooks.mdx"
	verifier.Register(verifier.Provider{
		Name:  "configcat",
		Title: "ConfigCat",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:    []string{"X-ConfigCat-Webhook-Signature-V1"},
				Format:    verifier.List,
				Separator: ",",
				Encoding:  "base64",
				Signed:    "{id}{timestamp}{body}",
			},
			TimestampHeader: "X-ConfigCat-Webhook-Timestamp",
			IDHeader:        "X-ConfigCat-Webhook-ID",
		},
		Identity: verifier.Identity{
			EventID: `header("X-ConfigCat-Webhook-ID")`,
			Dedupe:  "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of ID, timestamp and body, one after the other; one for each signing key, split at commas", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "the signing key, configcat_whsk_…, as it is", Source: docs, Confidence: verifier.Documented},
			{About: "timestamp", Text: "unix seconds in X-ConfigCat-Webhook-Timestamp", Source: docs, Confidence: verifier.Documented},
			{About: "identity", Text: "X-ConfigCat-Webhook-ID is another one for every request, so it tells no duplicate", Source: docs, Confidence: verifier.Documented},
			{About: "retrying", Text: "up to 5 times, at varying intervals", Source: docs, Confidence: verifier.Documented},
		},
		Notes: []string{
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "config", Body: `{"webhookId":"{id}","config":"demo","changedAt":"{time}"}`},
		},
	})
}
