package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const docs = "vercel.com/docs/webhooks"
	verifier.Register(verifier.Provider{
		Name:  "vercel",
		Title: "Vercel",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"x-vercel-signature"}, Algorithm: "sha1"},
		},
		Identity: verifier.Identity{
			EventID:   "body.id",
			EventType: "body.type",
			Dedupe:    "body.id",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA1 of the body in x-vercel-signature", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "of the webhook, or the client secret of the integration, as it is", Source: docs, Confidence: verifier.Documented},
			{About: "encoding", Text: "hex", Source: registry, Confidence: verifier.ThirdParty},
			{About: "identity", Text: "id, of the delivery", Source: "vercel.com/docs/webhooks/webhooks-api", Confidence: verifier.Documented},
			{About: "type", Text: "the field type", Source: "vercel.com/docs/webhooks/webhooks-api", Confidence: verifier.Documented},
			{About: "deadline", Text: "30 seconds", Confidence: verifier.Unconfirmed},
			{About: "retries", Text: "for up to 24 hours", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "deployment.created", Body: `{"id":"{id}","type":"{type}","createdAt":{unix_ms},"region":"fra1","payload":{"team":{"id":"team_example"},"user":{"id":"user_example"},"deployment":{"id":"dpl_{id}","name":"demo","url":"demo.vercel.app","meta":{}},"project":{"id":"prj_example"},"target":"production"}}`},
			{Type: "deployment.succeeded", Body: `{"id":"{id}","type":"{type}","createdAt":{unix_ms},"region":"fra1","payload":{"team":{"id":"team_example"},"user":{"id":"user_example"},"deployment":{"id":"dpl_{id}","name":"demo","url":"demo.vercel.app","meta":{}},"project":{"id":"prj_example"},"target":"production"}}`},
			{Type: "deployment.error", Body: `{"id":"{id}","type":"{type}","createdAt":{unix_ms},"region":"fra1","payload":{"team":{"id":"team_example"},"user":{"id":"user_example"},"deployment":{"id":"dpl_{id}","name":"demo","url":"demo.vercel.app","meta":{}},"project":{"id":"prj_example"},"target":"production"}}`},
		},
	})
}
