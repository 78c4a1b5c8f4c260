package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const code = "discourse/discourse, app/jobs/regular/emit_web_hook_event.rb and its spec"
	verifier.Register(verifier.Provider{
		Name:  "discourse",
		Title: "Discourse",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Discourse-Event-Signature"}, Prefix: "sha256="},
		},
		Identity: verifier.Identity{
			EventID:   `header("X-Discourse-Event-Id")`,
			EventType: `header("X-Discourse-Event")`,
			Dedupe:    `[header("X-Discourse-Event"), digest]`,
		},
		RetryHorizon: 156 * time.Minute,
		Facts: []verifier.Fact{
			{About: "signature", Text: "sha256= and the hex HMAC-SHA256 of the body in X-Discourse-Event-Signature; sent only where a secret is set", Source: code, Confidence: verifier.Source},
			{About: "secret", Text: "as it is", Source: code, Confidence: verifier.Source},
			{About: "identity", Text: "X-Discourse-Event-Id is another one for each attempt, so it tells no duplicate", Source: code, Confidence: verifier.Source},
			{About: "type", Text: "X-Discourse-Event, such as post_created; X-Discourse-Event-Type is what it is about", Source: code, Confidence: verifier.Source},
			{About: "retries", Text: "none, unless the site setting retry_web_hook_events is on: then 1, 5, 25 and 125 minutes apart", Source: code, Confidence: verifier.Source},
			{About: "removal", Text: "404 and 410 switch the webhook off after such retries", Source: code, Confidence: verifier.Source},
			{About: "ping", Text: "a test posts {\"ping\":\"OK\"}, signed: an ordinary event", Source: code, Confidence: verifier.Source},
		},
		Notes: []string{
			"X-Discourse-Event and X-Discourse-Event-Id are not signed.",
			"With content type application/x-www-form-urlencoded the body is JSON all the same: choose application/json.",
		},
		Samples: []verifier.Sample{
			{Type: "post_created", Header: map[string]string{"X-Discourse-Event-Id": "{number}", "X-Discourse-Event-Type": "post", "X-Discourse-Event": "{type}", "X-Discourse-Instance": "https://forum.example.com"}, Body: `{"post":{"id":{number},"username":"ada","created_at":"{time}","raw":"Test {id}","topic_id":7,"topic_title":"Demo"}}`},
		},
	})
}
