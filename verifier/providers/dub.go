package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const sender = "dubinc/dub, apps/web/lib/webhook/qstash.ts and signature.ts"
	verifier.Register(verifier.Provider{
		Name:  "dub",
		Title: "Dub",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"Dub-Signature"}},
		},
		Identity: verifier.Identity{
			EventType: "body.event",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the body in Dub-Signature", Source: sender, Confidence: verifier.Source},
			{About: "secret", Text: "as it is", Source: sender, Confidence: verifier.Source},
			{About: "type", Text: "event", Source: "package dub, models/components/leadcreatedevent", Confidence: verifier.Source},
		},
		Samples: []verifier.Sample{
			{Type: "link.created", Body: `{"id":"evt_{id}","event":"{type}","createdAt":"{time}","data":{"id":"{id}","domain":"dub.sh","key":"demo","url":"https://example.com"}}`},
		},
	})
}
