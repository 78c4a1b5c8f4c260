package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		sdk        = "Shopify/shopify-app-js, packages/apps/shopify-api/lib/webhooks"
		duplicates = "shopify.dev/apps/build/webhooks/ignore-duplicates"
		retries    = "shopify.dev/changelog/updates-to-webhook-retry-mechanism"
	)
	topic := eitherHeader("X-Shopify-Topic", "Shopify-Topic")
	eventID := eitherHeader("X-Shopify-Event-Id", "Shopify-Event-Id")
	verifier.Register(verifier.Provider{
		Name:  "shopify",
		Title: "Shopify",
		// The names without X- belong to the newer subscriptions that Shopify calls events.
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:   []string{"X-Shopify-Hmac-Sha256", "Shopify-Hmac-Sha256"},
				Encoding: "base64",
			},
		},
		Identity: verifier.Identity{
			EventID:   eventID,
			EventType: topic,
			Dedupe:    "[" + topic + ", " + eventID + ", digest]",
		},
		AnswerDeadline: 5 * time.Second,
		RetryHorizon:   4 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of the body in X-Shopify-Hmac-Sha256, or shopify-hmac-sha256", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "the app's client secret, as it is", Source: sdk, Confidence: verifier.Source},
			{About: "identity", Text: "X-Shopify-Event-Id is the same for all copies of an event, and for all topics and subscriptions that one event concerns", Source: duplicates, Confidence: verifier.Documented},
			{About: "type", Text: "X-Shopify-Topic, or shopify-topic", Source: sdk, Confidence: verifier.Source},
			{About: "retries", Text: "8 over 4 hours, with the original payload", Source: retries, Confidence: verifier.Documented},
			{About: "removal", Text: "the subscription is removed after failures in a row", Confidence: verifier.Unconfirmed},
			{About: "deadline", Text: "5 seconds in all, 1 to connect", Source: "dev.to/shannonllc", Confidence: verifier.ThirdParty},
			{About: "rotation", Text: "the oldest client secret that is not revoked signs: let both be until it is", Source: "shopify.dev, Rotate or revoke client credentials, and help.shopify.com, API credential rotation", Confidence: verifier.Documented},
			{About: "setup", Text: "of an app, subscribe in shopify.app.toml or by the Admin API: the secret is the client secret in the app's settings in the Dev Dashboard; of a store, Settings > Notifications > Webhooks shows the signing key", Source: "trigger.dev/docs/webhooks/providers/shopify", Confidence: verifier.ThirdParty},
			{About: "after rotation", Text: "a revoked secret may sign for half an hour more", Source: "Shopify/shopify-app-js, issue 3183", Confidence: verifier.ThirdParty},
		},
		Notes: []string{
			"Only the body is signed: topic, shop and ID are not. The body's digest is part of the dedupe key, so a reused ID suppresses nothing.",
			"Webhooks made under Settings > Notifications are signed with another secret than the app's: give both.",
		},
		Samples: samples("shopify"),
	})
}
