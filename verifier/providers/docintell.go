package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const page = "DocIntell documentation, Webhooks"
	verifier.Register(verifier.Provider{
		Name:  "docintell",
		Title: "DocIntell",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-DocIntell-Signature"}, Prefix: "sha256="},
		},
		Identity: verifier.Identity{
			EventType: "body.event",
			Dedupe:    "[body.event, body.data.document_id, body.data.job_id]",
		},
		AnswerDeadline: 10 * time.Second,
		RetryHorizon:   15 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "sha256= and the hex HMAC-SHA256 of the body in X-DocIntell-Signature; the whole secret with its whsec_ is the key, as it is", Source: page, Confidence: verifier.Documented},
			{About: "identity", Text: "no event ID; event, data.document_id and data.job_id are in every example", Source: page, Confidence: verifier.Documented},
			{About: "deadline", Text: "2xx within 10 seconds", Source: page, Confidence: verifier.Documented},
			{About: "retries", Text: "5 attempts: at once, then after about 1, 2, 4 and 8 s; then, and after any 4xx at once, its dead letter queue", Source: page, Confidence: verifier.Documented},
			{About: "setup", Text: "POST /v1/webhooks with the address and the events; signing_secret is in the answer, and not shown again", Source: page, Confidence: verifier.Documented},
		},
		Notes: []string{
			"DocIntell advises to recognise duplicates by document_id and job_id. Those alone would drop completed after uploaded of one job.",
			"X-DocIntell-Timestamp and X-DocIntell-Event are not signed: the type is taken from the body, and no age can be told.",
			"A wrong secret sends events to DocIntell's dead letter queue at the first attempt, for it takes any 4xx as final.",
		},
		Samples: []verifier.Sample{
			docintellSample("document.processing.completed", `"status":"completed","processing_time_seconds":12.5,"page_count":3,"ir_version":"v001"`),
			docintellSample("document.processing.failed", `"status":"failed","error_message":"The file is protected by a password"`),
			docintellSample("document.uploaded", `"status":"queued"`),
		},
	})
}

func docintellSample(eventType, data string) verifier.Sample {
	return verifier.Sample{
		Type:   eventType,
		Header: map[string]string{"X-DocIntell-Event": "{type}", "X-DocIntell-Timestamp": "{unix}"},
		Body:   `{"event":"{type}","timestamp":"{time}","data":{"document_id":"{uuid}","job_id":"8f14e45f-0000-4000-8000-000000000001","tenant_id":"8f14e45f-0000-4000-8000-000000000002",` + data + `}}`,
	}
}
