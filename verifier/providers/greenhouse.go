package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const onboarding = "developers.greenhouse.io/onboarding_webhooks.html"
	verifier.Register(verifier.Provider{
		Name:  "greenhouse",
		Title: "Greenhouse",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"Signature"}, Prefix: "sha256 "},
		},
		Identity: verifier.Identity{
			EventType: "body.event_type ?? body.action",
			Dedupe:    "digest",
		},
		RetryHorizon: 15 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "sha256, a space and the hex HMAC-SHA256 of the body in Signature", Source: onboarding, Confidence: verifier.Documented},
			{About: "secret", Text: "the secret key of the webhook, as it is; in Onboarding it is made by Greenhouse and shown once", Source: onboarding, Confidence: verifier.Documented},
			{About: "type", Text: "event_type in Onboarding", Source: onboarding, Confidence: verifier.Documented},
			{About: "type in Recruiting", Text: "action", Source: "automatelab.tech/saas-webhooks/greenhouse", Confidence: verifier.ThirdParty},
			{About: "identity", Text: "id of the body in Onboarding; whether it is that of the event is not said", Source: onboarding, Confidence: verifier.Documented},
			{About: "retries", Text: "up to 7 attempts over 15 hours, unless the answer is 200; redirects are not followed", Source: onboarding, Confidence: verifier.Documented},
			{About: "retries in Recruiting", Text: "up to 6 attempts within 7 hours", Source: "grnhse/greenhouse-api-docs, source/includes/webhooks, pull request 556", Confidence: verifier.Documented},
		},
		Samples: []verifier.Sample{
			{Type: "new_hire_created", Body: `{"event_type":"{type}","id":"{id}","payload":{"id":"{id}","created_at":"{time}"}}`},
			{Type: "candidate_hired", Body: `{"action":"{type}","payload":{"application":{"id":{number},"status":"hired","applied_at":"{time}","candidate":{"id":{number},"first_name":"Ada","title":"Test {id}"}}}}`},
		},
	})
}
