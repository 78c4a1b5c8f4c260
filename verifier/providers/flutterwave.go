package providers

import "github.com/gatepost/gatepost/verifier"

// flutterwaveReceivers is the source of facts on v4, whose own documentation was not at hand.
const flutterwaveReceivers = "several receivers on GitHub that agree with each other"

func init() {
	const (
		mirror = "a community copy of developer.flutterwave.com/docs/webhooks"
		plugin = "Flutterwave/Woocommerce-v2, includes/class-flw-wc-payment-gateway.php"
	)
	verifier.Register(verifier.Provider{
		Name:   "flutterwave",
		Title:  "Flutterwave (v3)",
		Scheme: verifier.Scheme{Kind: verifier.Token, Header: "verif-hash"},
		Open:   []string{"header"},
		Identity: verifier.Identity{
			EventType: "body.event ?? body.type",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "none (v3); the secret hash is sent in verif-hash as it is", Source: plugin, Confidence: verifier.Source},
			{About: "v4", Text: "another header, flutterwave-signature, holds the secret hash as it is", Source: mirror, Confidence: verifier.ThirdParty},
			{About: "v4, another account", Text: "flutterwave-signature holds the base64 HMAC-SHA256 of the body", Source: flutterwaveReceivers, Confidence: verifier.ThirdParty},
			{About: "identity", Text: "data.id is the transaction", Source: plugin, Confidence: verifier.Source},
			{About: "type", Text: "event: charge.completed, and test_assess of a test", Source: plugin, Confidence: verifier.Source},
		},
		Notes: []string{
			"This is v3. For v4 use the provider flutterwave_v4. Accounts of v4 disagree on what flutterwave-signature holds: if that provider refuses the requests, it is the secret hash itself, and `header flutterwave-signature` belongs here.",
			tokenNote,
		},
		Samples: []verifier.Sample{
			{Type: "charge.completed", Body: `{"event":"{type}","data":{"id":285959875,"tx_ref":"{id}","amount":499.80,"currency":"NGN","status":"successful","created_at":"{time}","customer":{"email":"ada@example.com"}}}`},
		},
	})
}
