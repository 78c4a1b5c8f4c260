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
		},
		Notes: []string{
			tokenNote,
		},
		Samples: []verifier.Sample{
			gitlabSample("Push Hook", `"object_kind":"push","event_name":"push","ref":"refs/heads/main","checkout_sha":"{id}","user_username":"ada","total_commits_count":1,"commits":[{"id":"{id}","message":"Fix a typo","timestamp":"{time}"}]`),
			gitlabSample("Merge Request Hook", `"object_kind":"merge_request","event_type":"merge_request","user":{"username":"ada"},"object_attributes":{"iid":7,"title":"Fix a typo","state":"opened","action":"open","source_branch":"typo","target_branch":"main","created_at":"{time}"}`),
			gitlabSample("Pipeline Hook", `"object_kind":"pipeline","object_attributes":{"id":42,"ref":"main","sha":"{id}","status":"success","created_at":"{time}"}`),
		},
	})
}

func gitlabSample(eventType, fields string) verifier.Sample {
	return verifier.Sample{
		Type: eventType,
		Header: map[string]string{
			"Idempotency-Key":       "{id}",
			"User-Agent":            "GitLab/gatepost",
			"X-Gitlab-Event":        "{type}",
			"X-Gitlab-Event-UUID":   "{id}",
			"X-Gitlab-Webhook-UUID": "example",
		},
		Body: `{` + fields + `,"project":{"id":1,"name":"demo","path_with_namespace":"example/demo"}}`,
	}
}
