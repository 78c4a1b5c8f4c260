package providers

import (
	"cmp"
	"maps"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

// testSigners sign for the providers whose private key nobody else has, with one that the fetched
// keys of tests belong to.
var testSigners = map[string]func(r *verifier.Request, id string, now time.Time) error{}

// signedBy is a verifier with another way of signing.
type signedBy struct {
	verifier.Verifier
	sign func(r *verifier.Request, id string, now time.Time) error
}

func (s signedBy) Sign(r *verifier.Request, id string, now time.Time) error {
	return s.sign(r, id, now)
}

// What the shared tests need to know of the providers with code of their own.
func init() {
	secrets := func(s ...string) verifier.Settings { return verifier.Settings{Secrets: s} }
	testSettings["adyen"] = secrets("DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00")
	testOthers["adyen"] = "00"
	testSettings["braintree"] = secrets("public:private")
	testOthers["braintree"] = "other_public:other_private"
	testSettings["rfc9421"] = verifier.Settings{Algorithm: "ed25519"}

	maps.Copy(testProofs, map[string][]string{
		"coinbase_cdp":     {hook0Header},
		"constant_contact": {constantContactHeader},
		"contentful":       {contentfulSignature},
		"discord":          {"X-Signature-Ed25519"},
		"hubspot_v3":       {hubspotV3Signature},
		"messagebird":      {messagebirdHeader},
		"netlify":          {netlifyHeader},
		"paypal":           {paypalSignature},
		"plaid":            {plaidHeader},
		"rfc9421":          {"Signature", "Signature-Input"},
		"saleor":           {saleorHeader},
		"sendgrid":         {"X-Twilio-Email-Event-Webhook-Signature"},
		"telnyx":           {"Telnyx-Signature-Ed25519"},
		"twilio":           {twilioHeader},
	})

	vectorProviders["hook0"] = "coinbase_cdp"
	vectorProviders["rfc9421"] = "" // those of the RFC do not cover the body: see TestRFC9421Vectors
	// One vector is a token without signature, for which there is no secret.
	vectorSettings["messagebird"] = func(v vector) verifier.Settings { return secrets(cmp.Or(v.Secret, "unused")) }
}
