package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const api = "hashicorp/terraform-docs-common, website/docs/cloud-docs/api-docs/notification-configurations.mdx"
	verifier.Register(verifier.Provider{
		Name:  "hcp_terraform",
		Title: "HCP Terraform and Terraform Enterprise",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-TFE-Notification-Signature"}, Algorithm: "sha512"},
		},
		Identity: verifier.Identity{
			EventType: "body.trigger ?? body.notifications[0].trigger",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA512 of the body in X-TFE-Notification-Signature, on notifications of type generic", Source: api, Confidence: verifier.Documented},
			{About: "secret", Text: "the token of the notification configuration, as it is; without one nothing is signed", Source: api, Confidence: verifier.Documented},
			{About: "type", Text: "notifications[0].trigger of a run, trigger of a workspace", Source: api, Confidence: verifier.Documented},
			{About: "check", Text: "a configuration is enabled only if a first request is answered with a 2xx", Source: api, Confidence: verifier.Documented},
		},
		Samples: []verifier.Sample{
			{Type: "run:completed", Body: `{"payload_version":1,"notification_configuration_id":"nc-example","run_url":"https://app.terraform.io/app/example/demo/runs/run-{id}","run_id":"run-{id}","run_created_at":"{time}","workspace_id":"ws-example","workspace_name":"demo","organization_name":"example","notifications":[{"message":"Run Completed","trigger":"{type}","run_status":"applied","run_updated_at":"{time}","run_updated_by":"ada"}]}`},
		},
	})
}
