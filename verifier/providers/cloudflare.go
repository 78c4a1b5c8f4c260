package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const docs = "cloudflare/cloudflare-docs, notifications/get-started/configure-webhooks.mdx"
	verifier.Register(verifier.Provider{
		Name:   "cloudflare",
		Title:  "Cloudflare Notifications",
		Scheme: verifier.Scheme{Kind: verifier.Token, Header: "cf-webhook-auth"},
		Identity: verifier.Identity{
			EventType: "body.alert_type",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "none; the secret is sent in cf-webhook-auth", Source: docs, Confidence: verifier.Documented},
			{About: "test", Text: "Save and Test sends a request with a text, which is an ordinary one", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "alert_type, which not every notification has", Source: "cloudflare/cloudflare-docs, src/content/docs/notifications/reference/webhook-payload-schema.mdx", Confidence: verifier.Documented},
		},
		Notes: []string{
			"Cloudflare takes the ports 80 and 443 only.",
			tokenNote,
		},
		Samples: []verifier.Sample{
			{Type: "http_alert_origin_error", Body: `{"name":"Origin errors","text":"Test {id}","data":{"zone":"example.com"},"ts":{unix},"account_id":"example","policy_id":"example","alert_type":"{type}"}`},
		},
	})
}
