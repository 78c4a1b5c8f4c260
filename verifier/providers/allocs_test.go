package providers

import (
	"testing"

	"github.com/gatepost/gatepost/verifier"
)

// manyAllocs are the bounds of the providers that need more than mostAllocs, and what for.
var manyAllocs = map[string]float64{
	"contentful": 8,  // a request lists its signed headers
	"braintree":  22, // a form, and a list of keys in it
	"sendgrid":   20, // crypto/ecdsa
	"paypal":     20, // crypto/rsa
	"twilio":     20, // the fields of a form, unescaped and sorted

	// JSON in which the proof is.
	"adyen":           36,
	"aws_sns":         50,
	"mailgun":         20,
	"microsoft_graph": 20,

	// The libraries for JOSE and for structured fields.
	"constant_contact": 190,
	"messagebird":      120,
	"monday":           120,
	"netlify":          120,
	"plaid":            160,
	"rfc9421":          120,
	"saleor":           140,
}

func TestVerifyAllocatesLittle(t *testing.T) {
	for _, name := range verifier.Names() {
		v := newVerifier(t, name, settings(name))
		r := kibibyte(t, name, v)
		// The race detector empties pools at random: the best of some runs counts.
		least := testing.AllocsPerRun(1, func() { _, _ = v.Verify(r, now) })
		for range 20 {
			least = min(least, testing.AllocsPerRun(1, func() { _, _ = v.Verify(r, now) }))
		}
		most, known := manyAllocs[name]
		if !known {
			most = mostAllocs
		}
		if least > most {
			t.Errorf("%s: %v allocations, more than %v", name, least, most)
		}
		if known && least <= mostAllocs {
			t.Errorf("%s: %v allocations, no exception any more", name, least)
		}
	}
}
