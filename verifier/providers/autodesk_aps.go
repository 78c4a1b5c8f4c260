package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "autodesk_aps",
		Title: "Autodesk Platform Services",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:    []string{"X-Adsk-Signature"},
				Prefix:    "sha1hash=",
				Algorithm: "sha1",
			},
		},
		Identity: verifier.Identity{
			EventType: "body.hook.event",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "sha1hash= and the hex HMAC-SHA1 of the body in X-Adsk-Signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "hook.event", Confidence: verifier.Unconfirmed},
		},
		Samples: []verifier.Sample{
			{Type: "dm.version.added", Body: `{"version":"1.0","resourceUrn":"urn:{id}","hook":{"hookId":"example","event":"{type}","system":"data"},"payload":{"name":"plan.dwg"}}`},
		},
	})
}
