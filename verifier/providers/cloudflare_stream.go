package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const docs = "cloudflare/cloudflare-docs, src/content/docs/stream/manage-video-library/using-webhooks.mdx"
	verifier.Register(verifier.Provider{
		Name:  "cloudflare_stream",
		Title: "Cloudflare Stream",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:       []string{"Webhook-Signature"},
				Format:       verifier.Pairs,
				Separator:    ",",
				SignatureKey: "sig1",
				TimestampKey: "time",
				Signed:       "{timestamp}.{body}",
			},
		},
		Identity: verifier.Identity{Dedupe: "digest"},
		Facts: []verifier.Fact{
			{About: "signature", Text: "time=<unix>,sig1=<hex HMAC-SHA256 of {time}.{body}> in Webhook-Signature", Source: docs, Confidence: verifier.Documented},
			{About: "secret", Text: "what the API answers when the webhook is made or read, as it is", Source: docs, Confidence: verifier.Documented},
			{About: "tolerance", Text: "old requests should be discarded; no number is given", Source: docs, Confidence: verifier.Documented},
			{About: "identity", Text: "uid is the video, not the event", Source: docs, Confidence: verifier.Documented},
		},
		Notes: []string{
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "ready", Body: `{"uid":"{id}","readyToStream":true,"status":{"state":"ready"},"meta":{"name":"clip.mp4"},"created":"{time}","modified":"{time}","duration":12.5}`},
		},
	})
}
