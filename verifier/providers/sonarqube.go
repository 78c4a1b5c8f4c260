package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		code   = "SonarSource/sonarqube, server/sonar-webserver-webapi/src/main/java/org/sonar/server/webhook/ws/CreateAction.java"
		sender = "SonarSource/sonarqube, server/sonar-server-common/src/main/java/org/sonar/server/webhook/WebhookCallerImpl.java"
		docs   = "SonarSource/sonarqube, server/sonar-docs/src/pages/project-administration/webhooks.md"
	)
	verifier.Register(verifier.Provider{
		Name:  "sonarqube",
		Title: "SonarQube",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Sonar-Webhook-HMAC-SHA256"}},
		},
		Identity: verifier.Identity{
			Dedupe: "digest",
		},
		AnswerDeadline: 10 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in X-Sonar-Webhook-HMAC-SHA256, where a secret is set", Source: code, Confidence: verifier.Source},
			{About: "secret", Text: "of the webhook, as it is", Source: code, Confidence: verifier.Source},
			{About: "deadline", Text: "10 seconds", Source: docs, Confidence: verifier.Documented},
			{About: "identity", Text: "taskId is the analysis, not the event: a changed issue is told under it, too", Source: "docs.sonarsource.com/sonarqube-server/discovering/integrations/webhooks", Confidence: verifier.Documented},
			{About: "retries", Text: "none; redirects are followed", Source: sender, Confidence: verifier.Source},
		},
		Notes: []string{
			"A request tells of one analysis; qualityGate.status says how it went. X-SonarQube-Project, which names the project, is not signed.",
		},
		Samples: []verifier.Sample{
			{Body: `{"serverUrl":"https://sonar.example.com","taskId":"{id}","status":"SUCCESS","analysedAt":"{time}","revision":"{id}","project":{"key":"demo","name":"Demo"},"branch":{"name":"main","type":"LONG","isMain":true},"qualityGate":{"name":"Sonar way","status":"OK","conditions":[]},"properties":{}}`},
		},
	})
}
