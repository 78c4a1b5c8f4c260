package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const sdk = "cloudinary/cloudinary_npm, lib/utils/index.js"
	verifier.Register(verifier.Provider{
		Name:  "cloudinary",
		Title: "Cloudinary",
		Scheme: verifier.Scheme{
			Kind:            verifier.HMAC,
			Signature:       verifier.Signature{Header: []string{"X-Cld-Signature"}, Signed: "{body}{timestamp}{secret}"},
			TimestampHeader: "X-Cld-Timestamp",
			Tolerance:       2 * time.Hour,
		},
		Open:     []string{"signature"},
		Required: []string{"algorithm"},
		Gap:      "Cloudinary signs with SHA-1 unless the account is set to SHA-256",
		Example:  verifier.Settings{Signature: &verifier.Signature{Algorithm: "sha1"}},
		Identity: verifier.Identity{
			EventType: "body.notification_type",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex hash of body, timestamp and API secret, one after the other, in X-Cld-Signature; no HMAC", Source: sdk, Confidence: verifier.Source},
			{About: "algorithm", Text: "SHA-1 unless the account is set to SHA-256", Source: sdk, Confidence: verifier.Source},
			{About: "tolerance", Text: "2 hours; the SDK looks at the past only, Gatepost at the future too", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "the API secret, as it is", Source: sdk, Confidence: verifier.Source},
			{About: "type", Text: "notification_type", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"Write `algorithm sha1` or `algorithm sha256` into signature, as your account signs.",
			"Whoever holds this secret holds your API: webhooks have none of their own.",
		},
		Samples: []verifier.Sample{
			{Type: "upload", Body: `{"notification_type":"{type}","timestamp":"{time}","request_id":"{id}","asset_id":"{id}","public_id":"invoice","version":{unix},"resource_type":"image","bytes":120253}`},
		},
	})
}
