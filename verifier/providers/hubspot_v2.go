package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const (
		sdk  = "HubSpot/hubspot-api-nodejs, src/utils/signature.ts"
		docs = "developers.hubspot.com/docs-beta/webhooks/validating-requests"
	)
	verifier.Register(verifier.Provider{
		Name:  "hubspot_v2",
		Title: "HubSpot (signature v2)",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-HubSpot-Signature"}, Signed: "{secret}{method}{url}{body}"},
		},
		Identity: verifier.Identity{
			EventType: "body.origin.actionDefinitionId",
			Dedupe:    "digest",
		},
		Methods: []string{"POST", "GET"},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex SHA-256 of the secret, the method, the URL and the body, one after the other; no HMAC", Source: sdk, Confidence: verifier.Source},
			{About: "version", Text: "X-HubSpot-Signature-Version: v2, for workflows and CRM cards", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "the client secret of the app, as it is", Source: sdk, Confidence: verifier.Source},
			{About: "identity", Text: "none", Source: docs, Confidence: verifier.Documented},
		},
		Notes: []string{
			"Set public_url if Gatepost does not see the address as HubSpot calls it.",
			"A hash of secret and body is weaker than an HMAC. Use the provider hubspot_v3 where requests have X-HubSpot-Signature-v3.",
			"HubSpot shows what a CRM card answers: a card must go to your app itself.",
		},
		Samples: samples("hubspot_v2"),
	})
}
