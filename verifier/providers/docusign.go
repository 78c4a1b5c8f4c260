package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const blog = "docusign.com/blog/developers, Manually authenticating HMAC signatures"
	verifier.Register(verifier.Provider{
		Name:  "docusign",
		Title: "DocuSign Connect",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-DocuSign-Signature-{n}"}, Encoding: "base64"},
		},
		Identity: verifier.Identity{
			EventType: "body.event",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of the body, one in each of the headers X-DocuSign-Signature-1, -2 and so on", Source: blog, Confidence: verifier.Documented},
			{About: "headers", Text: "one for each active key; the number need not be that of yours", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "a Connect key, as it is", Source: blog, Confidence: verifier.Documented},
			{About: "type", Text: "event", Source: blog, Confidence: verifier.Documented},
			{About: "identity", Text: "envelopeId, event and generatedDateTime; retryCount grows", Confidence: verifier.Unconfirmed},
			{About: "deadline", Text: "100 seconds", Confidence: verifier.Unconfirmed},
			{About: "retries", Text: "for up to 15 days", Confidence: verifier.Unconfirmed},
			{About: "setup", Text: "eSignature Admin: Connect > Connect Keys > Add Secret Key shows the key once; then add a Connect configuration with the address, and tick Include HMAC Signature", Source: "trigger.dev/docs/webhooks/providers/docusign", Confidence: verifier.ThirdParty},
		},
		Notes: []string{
			"Connect can send XML instead of JSON; then there is no type.",
			"Sixteen signatures at most are looked at: do not keep more keys active.",
		},
		Samples: samples("docusign"),
	})
}
