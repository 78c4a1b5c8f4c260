package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	verifier.Register(verifier.Provider{
		Name:   "chargebee",
		Title:  "Chargebee",
		Scheme: verifier.Scheme{Kind: verifier.Basic},
		Identity: verifier.Identity{
			EventID:   "body.id",
			EventType: "body.event_type",
			Dedupe:    "body.id",
		},
		RetryHorizon: 3 * 24 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "none; user and password are sent as HTTP basic authentication", Source: "chargebee/chargebee-node, src/resources/webhook/auth.ts", Confidence: verifier.Source},
			{About: "type", Text: "event_type", Source: "chargebee/chargebee-typescript, types/resources/Event.d.ts of the package chargebee", Confidence: verifier.Source},
			{About: "retries", Text: "ever less often for 3 days, until 200", Source: "chargebee.com/docs, How would I know if the configured webhook URL in my Chargebee site is failing?", Confidence: verifier.Documented},
			{About: "identity", Text: "id of the event", Source: "chargebee/chargebee-typescript, types/resources/Event.d.ts of the package chargebee", Confidence: verifier.Source},
		},
		Notes: []string{
			tokenNote,
		},
		Samples: []verifier.Sample{
			{Type: "subscription_created", Body: `{"id":"ev_{id}","occurred_at":{unix},"source":"api","object":"event","api_version":"v2","event_type":"{type}","webhook_status":"scheduled","content":{"subscription":{"id":"{id}","status":"active"}}}`},
		},
	})
}
