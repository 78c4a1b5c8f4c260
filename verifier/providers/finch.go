package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const sdk = "Finch-API/finch-api-python, src/finch/resources/webhooks.py"
	verifier.Register(verifier.Provider{
		Name:  "finch",
		Title: "Finch",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:         []string{"Finch-Signature"},
				Format:         verifier.List,
				Separator:      " ",
				Prefix:         "v1,",
				Encoding:       "base64",
				Signed:         "{id}.{timestamp}.{body}",
				SecretEncoding: "whsec",
			},
			TimestampHeader: "Finch-Timestamp",
			IDHeader:        "Finch-Event-Id",
		},
		Identity: verifier.Identity{
			EventID:   `header("Finch-Event-Id")`,
			EventType: "body.event_type",
			Dedupe:    `header("Finch-Event-Id")`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "as Standard Webhooks, under the names Finch-Event-Id, Finch-Timestamp and Finch-Signature", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "base64", Source: sdk, Confidence: verifier.Source},
			{About: "tolerance", Text: "5 minutes, past and future", Source: sdk, Confidence: verifier.Source},
			{About: "type", Text: "event_type", Source: "package @tryfinch/finch-api, src/resources/webhooks.ts", Confidence: verifier.Source},
		},
		Samples: []verifier.Sample{
			{Type: "individual.created", Body: `{"company_id":"example","account_id":"example","event_type":"{type}","data":{"individual_id":"{id}"}}`},
		},
	})
}
