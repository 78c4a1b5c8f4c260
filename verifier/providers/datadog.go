package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const docs = "docs.datadoghq.com/integrations/webhooks"
	verifier.Register(verifier.Provider{
		Name:   "datadog",
		Title:  "Datadog",
		Scheme: verifier.Scheme{Kind: verifier.Token, Header: "Authorization"},
		Open:   []string{"header"},
		Identity: verifier.Identity{
			EventID:   "body.id",
			EventType: "body.event_type",
			Dedupe:    "off",
		},
		AnswerDeadline: 15 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "none; headers of your own are sent, or user and password from the URL", Source: docs, Confidence: verifier.Documented},
			{About: "deadline", Text: "15 seconds", Source: docs, Confidence: verifier.Documented},
			{About: "retrying", Text: "5 times on 5xx and missed connections", Source: docs, Confidence: verifier.Documented},
			{About: "variables", Text: "$ID and $EVENT_TYPE stand for the event and its type", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"The body is a template that you write. Put \"id\":\"$ID\" and \"event_type\":\"$EVENT_TYPE\" into it, and `dedupe body.id` here; without an ID two alerts can have one body, so nothing is taken for a duplicate.",
			"The secret is the whole value of the header. With user and password in the URL use the provider basic.",
			tokenNote,
		},
		Samples: []verifier.Sample{
			{Type: "query_alert_monitor", Body: `{"id":"{id}","event_type":"{type}","title":"High load on web-1","date":"{unix_ms}"}`},
		},
	})
}
