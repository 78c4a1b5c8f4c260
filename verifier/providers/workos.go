package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const sdk = "workos/workos-go, webhook_verification.go"
	verifier.Register(verifier.Provider{
		Name:  "workos",
		Title: "WorkOS",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:       []string{"WorkOS-Signature"},
				Format:       verifier.Pairs,
				Separator:    ",",
				SignatureKey: "v1",
				TimestampKey: "t",
				Signed:       "{timestamp}.{body}",
			},
			TimestampUnit: verifier.UnixMilli,
			Tolerance:     3 * time.Minute,
		},
		Identity: verifier.Identity{
			EventID:   "body.id",
			EventType: "body.event",
			Dedupe:    "body.id",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "t=<unix milliseconds>, v1=<hex HMAC-SHA256 of {t}.{body}>, with a space after the comma", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "as it is", Source: sdk, Confidence: verifier.Source},
			{About: "tolerance", Text: "3 minutes, past and future", Source: sdk, Confidence: verifier.Source},
			{About: "identity", Text: "id", Source: sdk, Confidence: verifier.Source},
		},
		Samples: []verifier.Sample{
			{Type: "user.created", Body: `{"id":"event_{id}","event":"{type}","created_at":"{time}","data":{"object":"user","id":"user_{id}","email":"ada@example.com","first_name":"Ada","last_name":"Example"}}`},
		},
	})
}
