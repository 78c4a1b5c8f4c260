package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const sdk = "EasyPost/easypost-go, webhook.go"
	verifier.Register(verifier.Provider{
		Name:  "easypost",
		Title: "EasyPost",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Hmac-Signature"}, Prefix: "hmac-sha256-hex="},
		},
		Identity: verifier.Identity{
			EventID:   "body.id",
			EventType: "body.description",
			Dedupe:    "body.id",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hmac-sha256-hex= and the hex HMAC-SHA256 of the body in X-Hmac-Signature", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "normalised as Unicode NFKD", Source: sdk, Confidence: verifier.Source},
			{About: "identity", Text: "id, such as evt_…", Source: sdk, Confidence: verifier.Source},
			{About: "type", Text: "description", Source: sdk, Confidence: verifier.Source},
		},
		Notes: []string{
			"A secret with characters beyond ASCII must be given in the normal form NFKD; others are the same in every form.",
		},
		Samples: []verifier.Sample{
			{Type: "tracker.updated", Body: `{"id":"evt_{id}","object":"Event","mode":"production","description":"{type}","status":"pending","created_at":"{time}","result":{"id":"trk_example","object":"Tracker","status":"in_transit","weight":614.4}}`},
		},
	})
}
