package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		blog = "bitbucket.org/blog/enhanced-webhook-security"
		spec = "webhook-verify, SPEC.md, quoting support.atlassian.com"
	)
	verifier.Register(verifier.Provider{
		Name:  "bitbucket",
		Title: "Bitbucket Cloud",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Hub-Signature"}, Prefix: "sha256="},
		},
		Identity: verifier.Identity{
			EventID:   `header("X-Request-UUID")`,
			EventType: `header("X-Event-Key")`,
			Dedupe:    `[header("X-Event-Key"), header("X-Request-UUID"), digest]`,
		},
		AnswerDeadline: 10 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "sha256= and the hex HMAC-SHA256 of the body in X-Hub-Signature; other hashes may come", Source: blog, Confidence: verifier.Documented},
			{About: "signature in detail", Text: "with a worked example", Source: spec, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is; without one nothing is signed", Source: spec, Confidence: verifier.ThirdParty},
			{About: "type", Text: "X-Event-Key, such as repo:push", Source: blog, Confidence: verifier.Documented},
			{About: "identity", Text: "X-Request-UUID", Confidence: verifier.Unconfirmed},
			{About: "deadline", Text: "10 seconds", Source: "support.atlassian.com/bitbucket-cloud/docs/troubleshoot-webhooks", Confidence: verifier.Documented},
			{About: "retries", Text: "2 more after 5xx", Source: "support.atlassian.com/bitbucket-cloud/docs/troubleshoot-webhooks", Confidence: verifier.Documented},
			{About: "largest body", Text: "256 KB; larger ones may not be sent at all, without notice", Source: "confluence.atlassian.com/bbkb/troubleshoot-webhooks-1167729092", Confidence: verifier.Documented},
			{About: "largest body", Text: "256 KB; what is larger may not be sent at all", Source: "support.atlassian.com/bitbucket-cloud/docs/troubleshoot-webhooks", Confidence: verifier.Documented},
		},
		Notes: []string{
			"X-Event-Key and X-Request-UUID are not signed.",
		},
		Samples: samples("bitbucket"),
	})
}
