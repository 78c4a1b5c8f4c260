package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const sdk = "clerk/javascript, packages/backend/src/webhooks.ts"
	verifier.Register(verifier.Provider{
		Name:   "clerk",
		Title:  "Clerk",
		Scheme: standardWebhooks("svix"),
		Identity: verifier.Identity{
			EventID:   `header("svix-id")`,
			EventType: "body.type",
			Dedupe:    `header("svix-id")`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "Standard Webhooks under the names svix-id, svix-timestamp and svix-signature", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "base64 after whsec_", Source: sdk, Confidence: verifier.Source},
			{About: "tolerance", Text: "5 minutes, as the library of Standard Webhooks has it", Source: sdk, Confidence: verifier.Source},
			{About: "type", Text: "the field type", Source: sdk, Confidence: verifier.Source},
		},
		Samples: []verifier.Sample{
			{Type: "user.created", Body: `{"type":"{type}","object":"event","timestamp":{unix},"instance_id":"ins_example","data":{"id":"user_{id}","object":"user","first_name":"Ada","last_name":"Example","email_addresses":[{"id":"idn_example","object":"email_address","email_address":"ada@example.com"}],"created_at":{unix_ms}}}`},
			{Type: "session.created", Body: `{"type":"{type}","object":"event","timestamp":{unix},"instance_id":"ins_example","data":{"id":"sess_{id}","object":"session","user_id":"user_example","status":"active","created_at":{unix_ms}}}`},
			{Type: "user.deleted", Body: `{"type":"{type}","object":"event","timestamp":{unix},"instance_id":"ins_example","data":{"id":"user_{id}","object":"user","deleted":true}}`},
		},
	})
}
