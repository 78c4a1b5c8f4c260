package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const code = "SonarSource/sonarqube, server/sonar-server-common, WebhookCallerImpl and its test"
	verifier.Register(verifier.Provider{
		Name:  "sonarqube",
		Title: "SonarQube",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Sonar-Webhook-HMAC-SHA256"}},
		},
		Identity: verifier.Identity{
			EventID: "body.taskId",
			Dedupe:  "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in X-Sonar-Webhook-HMAC-SHA256; sent only where a secret is set", Source: code, Confidence: verifier.Source},
			{About: "secret", Text: "of the webhook, as it is", Source: code, Confidence: verifier.Source},
			{About: "retries", Text: "none; redirects are followed", Source: code, Confidence: verifier.Source},
			{About: "identity", Text: "taskId, the analysis", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"A request tells of one analysis; qualityGate.status says how it went. X-SonarQube-Project, which names the project, is not signed.",
		},
		Samples: []verifier.Sample{
			{Body: `{"serverUrl":"https://sonar.example.com","taskId":"{id}","status":"SUCCESS","analysedAt":"{time}","revision":"{id}","project":{"key":"demo","name":"Demo"},"branch":{"name":"main","type":"LONG","isMain":true},"qualityGate":{"name":"Sonar way","status":"OK","conditions":[]},"properties":{}}`},
		},
	})
}
