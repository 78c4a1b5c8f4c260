package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const sdk = "openai/openai-python, src/openai/resources/webhooks and tests/lib/test_webhooks.py"
	verifier.Register(verifier.Provider{
		Name:   "openai",
		Title:  "OpenAI",
		Scheme: standardWebhooks("webhook"),
		Identity: verifier.Identity{
			EventID:   `header("webhook-id")`,
			EventType: "body.type",
			Dedupe:    `header("webhook-id")`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "Standard Webhooks: webhook-id, webhook-timestamp and webhook-signature", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "base64 after whsec_", Source: sdk, Confidence: verifier.Source},
			{About: "secret without whsec_", Text: "the SDK takes one as it is", Source: "openai/openai-node, package openai, src/resources/webhooks/webhooks.ts", Confidence: verifier.Source},
			{About: "tolerance", Text: "5 minutes, past and future", Source: sdk, Confidence: verifier.Source},
			{About: "identity", Text: "webhook-id, which is signed; the id in the body is another", Source: sdk, Confidence: verifier.Source},
			{About: "identity over retries", Text: "webhook-id stays the same", Confidence: verifier.Unconfirmed},
			{About: "retries", Text: "for up to 72 hours, at growing intervals", Source: "hookdeck.com/webhooks/platforms/guide-to-openai-webhooks-features-and-best-practices", Confidence: verifier.ThirdParty},
			{About: "answers", Text: "only a 2xx counts; a redirect is a failure", Source: "hookdeck.com/webhooks/platforms/guide-to-openai-webhooks-features-and-best-practices", Confidence: verifier.ThirdParty},
		},
		Samples: []verifier.Sample{
			{Type: "response.completed", Body: `{"id":"evt_{id}","object":"event","created_at":{unix},"type":"{type}","data":{"id":"resp_{id}"}}`},
			{Type: "batch.completed", Body: `{"id":"evt_{id}","object":"event","created_at":{unix},"type":"{type}","data":{"id":"batch_{id}"}}`},
			{Type: "fine_tuning.job.succeeded", Body: `{"id":"evt_{id}","object":"event","created_at":{unix},"type":"{type}","data":{"id":"ftjob_{id}"}}`},
		},
	})
}
