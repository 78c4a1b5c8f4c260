package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const (
		webhooks   = "docs.snyk.io/snyk-api-info/snyk-webhooks"
		validation = "docs.snyk.io/snyk-api/how-to-use-snyk-webhooks-apis/validation-and-versioning-of-payloads"
	)
	verifier.Register(verifier.Provider{
		Name:  "snyk",
		Title: "Snyk",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Hub-Signature"}, Prefix: "sha256="},
		},
		Identity: verifier.Identity{
			EventID:   `header("X-Snyk-Transport-ID")`,
			EventType: `header("X-Snyk-Event")`,
			Dedupe:    `[header("X-Snyk-Event"), digest]`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "sha256= and the hex HMAC-SHA256 of the body in X-Hub-Signature", Source: webhooks, Confidence: verifier.Documented},
			{About: "secret", Text: "that of the webhook, as it is", Source: validation, Confidence: verifier.Documented},
			{About: "identity", Text: "X-Snyk-Transport-ID is that of the delivery", Source: webhooks, Confidence: verifier.Documented},
			{About: "type", Text: "X-Snyk-Event, name and version, such as project_snapshot/v0; a first one is ping", Source: webhooks, Confidence: verifier.Documented},
		},
		Notes: []string{
			"X-Snyk-Event and X-Snyk-Transport-ID are not signed.",
		},
		Samples: []verifier.Sample{
			{Type: "project_snapshot/v0", Header: map[string]string{"X-Snyk-Event": "{type}", "X-Snyk-Transport-ID": "{id}", "X-Snyk-Timestamp": "{time}"}, Body: `{"project":{"id":"{id}","name":"example/demo","lastTestedDate":"{time}"},"org":{"id":"example","name":"demo"},"newIssues":[],"removedIssues":[]}`},
		},
	})
}
