package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "trello",
		Title: "Trello",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:    []string{"X-Trello-Webhook"},
				Algorithm: "sha1",
				Encoding:  "base64",
				Signed:    "{body}{url}",
			},
		},
		Identity: verifier.Identity{
			EventID:   "body.action.id",
			EventType: "body.action.type",
			Dedupe:    "body.action.id",
		},
		Methods: []string{"POST", "HEAD"},
		Handshake: &verifier.Handshake{
			BeforeVerify: true,
			Answer:       answerHead,
			Summary:      "When a webhook is created, Trello sends a HEAD request and wants 200.",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA1 of the body and the callback URL after it, exactly as it was given, in X-Trello-Webhook", Source: "developer.atlassian.com/cloud/trello/guides/rest-api/webhooks", Confidence: verifier.Documented},
			{About: "secret", Text: "of the application", Source: "developer.atlassian.com/cloud/trello/guides/rest-api/webhooks", Confidence: verifier.Documented},
			{About: "handshake", Text: "HEAD, answered with 200, or the webhook is not created", Source: "developer.atlassian.com/cloud/trello/guides/rest-api/webhooks", Confidence: verifier.Documented},
			{About: "identity", Text: "action.id is one for each action", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"Set public_url to the callback URL exactly as it was given when the webhook was created.",
		},
		Samples: []verifier.Sample{
			trelloSample("updateCard", `"card":{"id":"{id}","name":"Fix a typo"},"listAfter":{"name":"Done"}`),
			trelloSample("createCard", `"card":{"id":"{id}","name":"Fix a typo"}`),
			trelloSample("commentCard", `"text":"Done","card":{"id":"{id}","name":"Fix a typo"}`),
		},
	})
}

func trelloSample(eventType, data string) verifier.Sample {
	return verifier.Sample{
		Type: eventType,
		Body: `{"action":{"id":"{id}","type":"{type}","date":"{time}","data":{` + data + `}},"model":{"id":"example","name":"Demo"}}`,
	}
}
