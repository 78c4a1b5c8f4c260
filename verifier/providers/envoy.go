package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		sdk   = "envoy/envoy-integrations-sdk-nodejs, src/util/EnvoySignatureVerifier.ts"
		setup = "developers.envoy.com/hub/docs/create-webhooks"
	)
	verifier.Register(verifier.Provider{
		Name:  "envoy",
		Title: "Envoy (visitors and workplace)",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Envoy-Signature"}, Encoding: "base64"},
		},
		Identity: verifier.Identity{
			EventType: "body.meta.event ?? body.event",
			Dedupe:    "digest",
		},
		RetryHorizon: 10 * time.Minute,
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of the body in X-Envoy-Signature", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "the client secret of the app, as it is", Source: sdk, Confidence: verifier.Source},
			{About: "retries", Text: "5 in 10 minutes, unless the answer is a 2xx", Source: setup, Confidence: verifier.Documented},
			{About: "type", Text: "meta.event of an app's events; elsewhere event", Source: "developers.envoy.com/hub/docs/use-the-plugin-api", Confidence: verifier.Documented},
		},
		Samples: []verifier.Sample{
			{Type: "entry_sign_in", Body: `{"meta":{"event":"{type}","plugin_id":1,"install_id":2,"config":{},"company":{"id":"3"}},"payload":{"id":"{id}","type":"entries","attributes":{"full-name":"Ada","signed-in-at":"{time}"}}}`},
		},
	})
}
