package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "tiktok",
		Title: "TikTok for Developers",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:       []string{"TikTok-Signature"},
				Format:       verifier.Pairs,
				Separator:    ",",
				SignatureKey: "s",
				TimestampKey: "t",
				Signed:       "{timestamp}.{body}",
			},
		},
		Identity: verifier.Identity{
			EventType: "body.event",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "t=<unix>,s=<hex HMAC-SHA256 of {t}.{body}> in TikTok-Signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "event", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "video.publish.complete", Body: `{"client_key":"example","event":"{type}","create_time":{unix},"user_openid":"example","content":"{\"share_id\":\"{id}\"}"}`},
		},
	})
}
