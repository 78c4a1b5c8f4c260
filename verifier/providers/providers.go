// Package providers is the catalogue: one file for each provider, each fact with its source.
// Import it for its effect of registering them all with package verifier.
//
// A provider whose requests carry an HMAC of the body is a scheme, an identity and the facts; see
// syncai.go for the shortest. Expressions of identities are written over body and headers, not
// over the id and type they yield, so that a user who overrides one of those does not change
// what counts as a duplicate.
package providers

import (
	"strconv"
	"strings"

	"github.com/gatepost/gatepost/verifier"
)

// registry is the source of facts for which no official one was at hand.
const registry = "webhook-co/webhook, packages/webhooks-spec/src/adapters/config.ts"

// Notes that several providers share.
const (
	tokenNote     = "The token proves who sends, not what: it covers nothing of the request, and whoever reads one request can send any other."
	toleranceNote = "How old a request may be is not documented: Gatepost takes 5 minutes, past and future. Set tolerance if yours arrive later."
	batchNote     = "One request can carry several events, and a redelivery can group them anew: unless `split` is on, requests are compared as a whole."
)

// standardWebhooks is the scheme of Standard Webhooks with headers under a prefix.
func standardWebhooks(prefix string) verifier.Scheme {
	return verifier.Scheme{
		Kind: verifier.HMAC,
		Signature: verifier.Signature{
			Header:         []string{prefix + "-signature"},
			Format:         verifier.List,
			Separator:      " ",
			Prefix:         "v1,",
			Encoding:       "base64",
			Signed:         "{id}.{timestamp}.{body}",
			SecretEncoding: "whsec",
		},
		TimestampHeader: prefix + "-timestamp",
		IDHeader:        prefix + "-id",
	}
}

// withKey is the scheme with another secret_encoding.
func withKey(encoding string, s verifier.Scheme) verifier.Scheme {
	s.Signature.SecretEncoding = encoding
	return s
}

// withEd25519 adds the second kind of signatures of Standard Webhooks.
func withEd25519(s verifier.Scheme) verifier.Scheme {
	s.Ed25519 = &verifier.Ed25519{Prefix: "v1a,", PublicPrefix: "whpk_", PrivatePrefix: "whsk_"}
	return s
}

// eitherHeader is the expression for the first of two headers that is present.
func eitherHeader(first, second string) string {
	a, b := "header("+strconv.Quote(first)+")", "header("+strconv.Quote(second)+")"
	return "(" + a + ` != "" ? ` + a + " : " + b + ")"
}

// firstField is the expression for the name of the first field that the body has.
func firstField(names ...string) string {
	var b strings.Builder
	for _, n := range names {
		b.WriteString("body." + n + " != nil ? " + strconv.Quote(n) + " : ")
	}
	return b.String() + `""`
}
