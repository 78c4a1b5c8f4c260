package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		verification = "developers.tiktok.com/doc/webhooks-verification"
		overview     = "developers.tiktok.com/doc/webhooks-overview"
	)
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
		RetryHorizon: 72 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "t=<unix>,s=<hex HMAC-SHA256 of {t}.{body}> in TikTok-Signature", Source: verification, Confidence: verifier.Documented},
			{About: "secret", Text: "the client secret of the app, as it is", Source: verification, Confidence: verifier.Documented},
			{About: "tolerance", Text: "left to the receiver", Source: verification, Confidence: verifier.Documented},
			{About: "retries", Text: "ever less often for up to 72 hours", Source: overview, Confidence: verifier.Documented},
			{About: "answers", Text: "only 200 counts", Source: overview, Confidence: verifier.Documented},
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
