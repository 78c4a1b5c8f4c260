package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const (
		sdk  = "HubSpot/hubspot-api-nodejs, src/utils/signature.ts"
		docs = "developers.hubspot.com/docs-beta/webhooks/validating-requests"
	)
	verifier.Register(verifier.Provider{
		Name:  "hubspot_v1",
		Title: "HubSpot (signature v1)",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-HubSpot-Signature"}, Signed: "{secret}{body}"},
		},
		Identity: verifier.Identity{
			EventType: "body[0].subscriptionType",
			Dedupe:    "digest",
		},
		Batch: hubspotBatch,
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex SHA-256 of the secret and the body, one after the other, in X-HubSpot-Signature; no HMAC", Source: sdk, Confidence: verifier.Source},
			{About: "version", Text: "X-HubSpot-Signature-Version: v1, for events of CRM objects", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "the client secret of the app, as it is", Source: sdk, Confidence: verifier.Source},
			{About: "type", Text: "[].subscriptionType", Source: docs, Confidence: verifier.Documented},
			{About: "identity", Text: "eventId is not promised to be unique", Source: hubspotFields, Confidence: verifier.Documented},
			{About: "identity of each event", Text: "account, subscription, event, object, property, source of the change and time together", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"A hash of secret and body is weaker than an HMAC. Use the provider hubspot_v3 where requests have X-HubSpot-Signature-v3.",
			batchNote,
		},
		Samples: samples("hubspot_v1"),
	})
}
