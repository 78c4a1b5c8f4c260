package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const spec = "webhook-verify, SPEC.md, quoting developers.cloudflare.com/stream"
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
			{About: "signature", Text: "time=<unix>,sig1=<hex HMAC-SHA256 of {time}.{body}>", Source: spec, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: spec, Confidence: verifier.ThirdParty},
			{About: "tolerance", Text: "old requests should be discarded; no number is given", Source: spec, Confidence: verifier.ThirdParty},
			{About: "identity", Text: "uid is the video, not the event", Source: spec, Confidence: verifier.ThirdParty},
		},
		Notes: []string{
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "ready", Body: `{"uid":"{id}","readyToStream":true,"status":{"state":"ready"},"meta":{"name":"clip.mp4"},"created":"{time}","modified":"{time}","duration":12.5}`},
		},
	})
}
