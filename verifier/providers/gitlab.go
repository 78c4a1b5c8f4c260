package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		docs   = "gitlabhq/gitlabhq, doc/user/project/integrations/webhooks.md"
		commit = "gitlab.com/gitlab-org/gitlab, commit 253cc167 (documentation of webhooks)"
	)
	id := eitherHeader("Idempotency-Key", "X-Gitlab-Event-UUID")
	verifier.Register(verifier.Provider{
		Name:   "gitlab",
		Title:  "GitLab (secret token)",
		Scheme: verifier.Scheme{Kind: verifier.Token, Header: "X-Gitlab-Token"},
		Identity: verifier.Identity{
			EventID:   id,
			EventType: `header("X-Gitlab-Event")`,
			Dedupe:    "[" + id + ", digest]",
		},
		AnswerDeadline: 10 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "none; the secret token is sent in X-Gitlab-Token", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "X-Gitlab-Event, such as Push Hook", Source: docs, Confidence: verifier.Documented},
			{About: "identity", Text: "Idempotency-Key stays the same when a request is sent again", Source: commit, Confidence: verifier.Documented},
			{About: "X-Gitlab-Event-UUID", Text: "shared by the events that one event sets off", Confidence: verifier.Unconfirmed},
			{About: "deadline", Text: "10 seconds; configurable where GitLab is self-managed", Confidence: verifier.Unconfirmed},
			{About: "setup", Text: "Settings > Webhooks of the project or group: the address, and a text of your own choice as secret token", Source: "trigger.dev/docs/webhooks/providers/gitlab", Confidence: verifier.ThirdParty},
		},
		Notes: []string{
			tokenNote,
		},
		Samples: samples("gitlab"),
	})
}
