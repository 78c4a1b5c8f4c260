package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const page = "DocExtract (Adteco) documentation, Webhooks"
	verifier.Register(verifier.Provider{
		Name:  "docextract",
		Title: "DocExtract (Adteco)",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-DocExtract-Signature"}},
		},
		Identity: verifier.Identity{
			EventType: "body.event",
			Dedupe:    "[body.event, body.data.id]",
		},
		AnswerDeadline: 5 * time.Second,
		RetryHorizon:   time.Hour + 12*time.Minute + 35*time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in X-DocExtract-Signature; the secret is the dashboard's, as it is", Source: page, Confidence: verifier.Documented},
			{About: "identity", Text: "data.id is the job; credits.* and webhook.test have none", Source: page, Confidence: verifier.Documented},
			{About: "deadline", Text: "200 within 5 seconds", Source: page, Confidence: verifier.Documented},
			{About: "retries", Text: "6 attempts: at once, after 5 s, 30 s, 2 min, 10 min and 1 h; later ones by hand in the dashboard", Source: page, Confidence: verifier.Documented},
			{About: "setup", Text: "DocExtract Settings > Webhooks: the address, which must be https; the webhook secret is shown there", Source: page, Confidence: verifier.Documented},
		},
		Notes: []string{
			"DocExtract advises to recognise duplicates by data.id. That alone would drop job.completed after job.failed of one job; events without data.id are compared by the digest of their body.",
			"A replay from the dashboard within dedupe_window counts as a duplicate.",
			"No timestamp is signed apart from the body's own: an old request verifies for as long as its secret is accepted.",
		},
		Samples: []verifier.Sample{
			{Type: "job.completed", Body: `{"event":"{type}","data":{"id":"job_{id}","org_id":"org_example","extractor_id":"ext_example","status":"completed","extracted_data":{"invoice_number":"NP-2201","total_amount":499.80,"invoice_date":"2026-03-02"},"confidence":{"invoice_number":0.97,"total_amount":0.99,"invoice_date":0.95},"processing_time_ms":2310,"cost_credits":1,"metadata":{"source":"upload"},"created_at":"{time}","completed_at":"{time}"}}`},
			{Type: "job.failed", Body: `{"event":"{type}","data":{"id":"job_{id}","org_id":"org_example","extractor_id":"ext_example","status":"failed","error_details":{"code":"document_unreadable","message":"The scan is too dark","suggestion":"Scan it again with more light"},"processing_time_ms":840,"cost_credits":0,"metadata":{"source":"upload"},"created_at":"{time}","failed_at":"{time}"}}`},
			{Type: "credits.low_balance", Body: `{"event":"{type}","data":{"org_id":"org_{id}","current_balance":40,"threshold":50,"percentage_remaining":4.0,"estimated_jobs_remaining":40,"timestamp":"{time}"}}`},
			{Type: "credits.depleted", Body: `{"event":"{type}","data":{"org_id":"org_{id}","depleted_at":"{time}","jobs_queued":3}}`},
			{Type: "webhook.test", Body: `{"event":"{type}","data":{"message":"Test {id}","timestamp":"{time}"}}`},
		},
	})
}
