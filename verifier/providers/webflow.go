package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const sdk = "webflow/js-webflow-api, src/wrapper/WebhooksClient.ts"
	verifier.Register(verifier.Provider{
		Name:  "webflow",
		Title: "Webflow",
		Scheme: verifier.Scheme{
			Kind:            verifier.HMAC,
			Signature:       verifier.Signature{Header: []string{"X-Webflow-Signature"}, Signed: "{timestamp}:{body}"},
			TimestampHeader: "X-Webflow-Timestamp",
			TimestampUnit:   verifier.UnixAny,
		},
		Identity: verifier.Identity{
			EventType: "body.triggerType",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of {timestamp}:{body} in X-Webflow-Signature, timestamp in X-Webflow-Timestamp", Source: sdk, Confidence: verifier.Source},
			{About: "timestamp", Text: "seconds or milliseconds: both are taken, told apart by their length", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "the secret of the webhook, or the client secret of the app that made it, as it is", Source: sdk, Confidence: verifier.Source},
			{About: "type", Text: "triggerType", Source: "package webflow-api, api/types", Confidence: verifier.Source},
			{About: "attempts", Text: "3 at most", Source: "developers.webflow.com/data/changelog/webhook-retries", Confidence: verifier.Documented},
		},
		Notes: []string{
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "form_submission", Body: `{"triggerType":"{type}","payload":{"name":"Contact","siteId":"example","data":{"email":"ada@example.com"},"submittedAt":"{time}","id":"{id}"}}`},
		},
	})
}
