package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const docs = "developers.notion.com/reference/webhooks"
	verifier.Register(verifier.Provider{
		Name:  "notion",
		Title: "Notion",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Notion-Signature"}, Prefix: "sha256="},
		},
		Identity: verifier.Identity{
			EventID:   "body.id",
			EventType: "body.type",
			Dedupe:    "body.id",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "sha256= and the hex HMAC-SHA256 of the body in X-Notion-Signature", Source: "makenotion/notion-sdk-js, src/webhooks.ts", Confidence: verifier.Source},
			{About: "secret", Text: "the verification_token of the subscription, secret_…, whole and as it is", Source: docs, Confidence: verifier.Documented},
			{About: "verification", Text: "the token comes in an unsigned POST when the subscription is made; a person pastes it in at Notion", Source: docs, Confidence: verifier.Documented},
			{About: "identity", Text: "id", Source: docs, Confidence: verifier.Documented},
			{About: "identity over retries", Text: "id stays the same, attempt_number grows", Confidence: verifier.Unconfirmed},
			{About: "type", Text: "the field type", Source: docs, Confidence: verifier.Documented},
			{About: "retries", Text: "8 within about 24 hours", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"Notion sends the secret itself in the first request, unsigned. Gatepost refuses it and logs no body: let that one request go to a place where you can read it, paste the token at Notion, and set it as secret here.",
		},
		Samples: []verifier.Sample{
			{Type: "page.created", Body: `{"id":"{id}","timestamp":"{time}","workspace_id":"example","subscription_id":"example","integration_id":"example","authors":[{"id":"example","type":"person"}],"attempt_number":1,"entity":{"id":"{id}","type":"page"},"type":"{type}","data":{"parent":{"id":"example","type":"space"}}}`},
		},
	})
}
