package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const signatures = "scheduleonce/developer-center, docs/Webhooks/webhook-signatures.md"
	verifier.Register(verifier.Provider{
		Name:  "oncehub",
		Title: "OnceHub",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:       []string{"Oncehub-Signature"},
				Format:       verifier.Pairs,
				Separator:    ",",
				SignatureKey: "s",
				TimestampKey: "t",
				Signed:       "{timestamp}.{body}",
			},
		},
		Identity: verifier.Identity{
			EventID:   "body.id",
			EventType: "body.type",
			Dedupe:    "body.id",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "t=<unix>,s=<hex HMAC-SHA256 of {t}.{body}> in Oncehub-Signature", Source: signatures, Confidence: verifier.Documented},
			{About: "secret", Text: "of the endpoint, as it is, behind View secret in the webhook settings; endpoints made with v1 of the API have none", Source: signatures, Confidence: verifier.Documented},
			{About: "tolerance", Text: "left to the receiver", Source: signatures, Confidence: verifier.Documented},
			{About: "identity", Text: "id of the event", Source: signatures, Confidence: verifier.Documented},
			{About: "type", Text: "the field type", Source: signatures, Confidence: verifier.Documented},
		},
		Notes: []string{
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "booking.scheduled", Body: `{"id":"EVNT-{id}","object":"event","creation_time":"{time}","type":"{type}","api_version":"v2","data":{"object":"booking","id":"BKNG-{id}","subject":"15-minute meeting","status":"scheduled","duration_minutes":15}}`},
		},
	})
}
