package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
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
				Signed:    "{id}{header.X-ConfigCat-Webhook-Timestamp}{body}",
			},
			IDHeader: "X-ConfigCat-Webhook-ID",
		},
		Identity: verifier.Identity{
			EventID: `header("X-ConfigCat-Webhook-ID")`,
			Dedupe:  "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of ID, timestamp and body, one after the other; one for each key, split at commas", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "the signing key, as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "timestamp", Text: "signed, in a unit that is not documented", Source: registry, Confidence: verifier.ThirdParty},
		},
		Notes: []string{
			"The age of a request is not judged, for the unit of its timestamp is not known.",
		},
		Samples: []verifier.Sample{
			{Type: "config", Header: map[string]string{"X-ConfigCat-Webhook-Timestamp": "{unix}"}, Body: `{"webhookId":"{id}","config":"demo","changedAt":"{time}"}`},
		},
	})
}
