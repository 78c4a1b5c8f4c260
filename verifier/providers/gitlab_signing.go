package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const mr = "gitlab.com/gitlab-org/gitlab, merge requests 230944 and 231325"
	verifier.Register(verifier.Provider{
		Name:   "gitlab_signing",
		Title:  "GitLab (signing token)",
		Scheme: standardWebhooks("webhook"),
		Identity: verifier.Identity{
			EventID:   `header("webhook-id")`,
			EventType: `header("X-Gitlab-Event")`,
			Dedupe:    `header("webhook-id")`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "Standard Webhooks, from GitLab 19.0 on", Source: mr, Confidence: verifier.Documented},
			{About: "secret", Text: "whsec_ and the base64 of 32 bytes", Source: mr, Confidence: verifier.Documented},
			{About: "identity", Text: "webhook-id is signed; it equals Idempotency-Key", Source: mr, Confidence: verifier.Documented},
			{About: "type", Text: "X-Gitlab-Event, such as Push Hook", Source: "gitlabhq/gitlabhq, doc/user/project/integrations/webhooks.md", Confidence: verifier.Documented},
			{About: "deadline", Text: "10 seconds; configurable where GitLab is self-managed", Confidence: verifier.Unconfirmed},
			{About: "setup", Text: "the webhook's form has a field for the signing token, beside that for the secret token; its API takes signing_token", Source: "gitlab.com/gitlab-org/gitlab, merge requests 230944 and 231325", Confidence: verifier.Documented},
		},
		Notes: []string{
			"X-Gitlab-Event is not signed; object_kind in the body is.",
			toleranceNote,
		},
		Samples: samples("gitlab"),
	})
}
