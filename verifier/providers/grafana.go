package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const (
		code = "grafana/alerting, http/hmac.go"
		docs = "grafana/grafana, docs, webhook-notifier.md"
	)
	verifier.Register(verifier.Provider{
		Name:  "grafana",
		Title: "Grafana Alerting",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Grafana-Alerting-Signature"}},
		},
		Open: []string{"signature", "timestamp_header", "timestamp_unit"},
		Identity: verifier.Identity{
			EventType: "body.status",
			Dedupe:    "off",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body, or of {timestamp}:{body} where a timestamp header is configured", Source: code, Confidence: verifier.Source},
			{About: "header", Text: "X-Grafana-Alerting-Signature unless configured otherwise", Source: code, Confidence: verifier.Source},
			{About: "secret", Text: "as it is", Source: code, Confidence: verifier.Source},
			{About: "identity", Text: "none; an alert that goes on is sent again on purpose", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "status: firing or resolved", Source: docs, Confidence: verifier.Documented},
		},
		Notes: []string{
			"Better have the timestamp signed: set a timestamp header at Grafana, and here `timestamp_header <name>` and `signed {timestamp}:{body}` in signature.",
			"Where Grafana uses another header for the signature, or a user and password, use the provider hmac or basic.",
			"Nothing is taken for a duplicate: a repeated alert has the body of the first.",
		},
		Samples: []verifier.Sample{
			{Type: "firing", Body: `{"receiver":"gatepost","status":"{type}","groupKey":"{id}","groupLabels":{"alertname":"High load"},"alerts":[{"status":"{type}","labels":{"alertname":"High load","instance":"web-1"},"startsAt":"{time}","fingerprint":"{id}"}],"title":"High load"}`},
		},
	})
}
