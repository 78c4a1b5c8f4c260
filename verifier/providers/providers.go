// Package providers is the catalogue: one file for each provider, each fact with its source.
// Import it for its effect of registering them all with package verifier.
//
// A provider whose requests carry an HMAC of the body is a scheme, an identity and the facts; see
// syncai.go for the shortest. Expressions of identities are written over body and headers, not
// over the id and type they yield, so that a user who overrides one of those does not change
// what counts as a duplicate.
package providers

import "strconv"

// eitherHeader is the expression for the first of two headers that is present.
func eitherHeader(first, second string) string {
	a, b := "header("+strconv.Quote(first)+")", "header("+strconv.Quote(second)+")"
	return "(" + a + ` != "" ? ` + a + " : " + b + ")"
}
