package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		practices = "docs.withpersona.com/docs/webhooks-best-practices"
		webhooks  = "docs.withpersona.com/docs/webhooks"
	)
	verifier.Register(verifier.Provider{
		Name:  "persona",
		Title: "Persona",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:       []string{"Persona-Signature"},
				Format:       verifier.Pairs,
				Separator:    ",",
				SignatureKey: "v1",
				TimestampKey: "t",
				Signed:       "{timestamp}.{body}",
			},
		},
		Identity: verifier.Identity{
			EventType: "body.data.attributes.name",
			Dedupe:    "digest",
		},
		AnswerDeadline: 5 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "t=<unix>,v1=<hex HMAC-SHA256 of {t}.{body}> in Persona-Signature; two such sets, split at a space, while a secret is rotated", Source: practices, Confidence: verifier.Documented},
			{About: "secret", Text: "of the webhook, as the dashboard shows it", Source: practices, Confidence: verifier.Documented},
			{About: "deadline", Text: "200, 201, 202 or 204 within 5 seconds", Source: practices, Confidence: verifier.Documented},
			{About: "retrying", Text: "up to 8 times", Source: webhooks, Confidence: verifier.Documented},
			{About: "order", Text: "events may arrive in another order than data.attributes.created-at", Source: practices, Confidence: verifier.Documented},
			{About: "type", Text: "data.attributes.name", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"While a key is rotated the header holds several groups, set apart by a space: the signatures of all are looked at.",
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "inquiry.completed", Body: `{"data":{"type":"event","id":"evt_{id}","attributes":{"name":"{type}","created-at":"{time}","payload":{"data":{"type":"inquiry","id":"inq_{id}"}}}}}`},
		},
	})
}
