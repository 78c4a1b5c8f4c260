package providers

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/verifier"
)

// Flipping any bit of what proves a request genuine, or of what that proof covers, must not pass.
func TestMutations(t *testing.T) {
	for _, name := range verifier.Names() {
		if name == "none" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVerifier(t, name, settings(name))
			valid := signed(t, name, v)
			places := placesOf(t, name, valid)
			if !slices.ContainsFunc(places, func(p place) bool { return p.proof }) {
				t.Fatal("nothing of what proves a request is flipped")
			}
			for _, p := range places {
				p.flipAll(t, name, v, valid)
			}
			if _, err := v.Verify(valid, now); err != nil {
				t.Errorf("afterwards the genuine request is refused: %v", err)
			}
		})
	}
}

// place is a part of a request that is flipped bit by bit, cut by its last byte, and left out.
type place struct {
	what  string
	proof bool // the signature or token is here
	get   func(*verifier.Request) string
	set   func(*verifier.Request, string)
	more  string // what is added at the end

	// same tells that a change does not matter, where not every one does; nil: all do.
	same func(before, after *verifier.Request) bool
}

func (p place) flipAll(t *testing.T, name string, v verifier.Verifier, valid *verifier.Request) {
	t.Helper()
	text := p.get(valid)
	try := func(how, changed string) {
		r := clone(valid)
		p.set(r, changed)
		_, err := v.Verify(r, now)
		switch {
		case err == nil && (p.same == nil || !p.same(valid, r)):
			t.Errorf("%s: %s: %q passes as %q", p.what, how, text, changed)
		case err != nil && !errors.As(err, new(*verifier.Error)) && !namesKey[name]:
			t.Errorf("%s: %s: %T: %[3]v", p.what, how, err)
		}
	}
	for i := range len(text) {
		for bit := range 8 {
			b := []byte(text)
			b[i] ^= 1 << bit
			try(fmt.Sprintf("bit %d of byte %d", bit, i), string(b))
		}
	}
	if text != "" {
		try("without its last byte", text[:len(text)-1])
	}
	try("with one more byte", text+p.more)
	try("left out", "")
}

// namesKey has the providers whose requests say which key is to be fetched. One that cannot be is no
// refusal.
var namesKey = map[string]bool{"aws_sns": true, "plaid": true}

// placesOf is all of a request that its provider covers.
func placesOf(t *testing.T, name string, r *verifier.Request) []place {
	t.Helper()
	p := lookup(t, name)
	s := settings(name)
	covers := p.Covers(s)
	var places []place
	for _, h := range append(slices.Clone(covers.Headers), testCovered[name]...) {
		places = append(places, headerPlace(h))
	}
	for _, h := range proofs(name) {
		if r.Header.Get(h) != "" {
			places = append(places, proofPlace(name, h))
		}
	}
	body := place{
		what: "body",
		more: "\n",
		get:  func(r *verifier.Request) string { return string(r.Body) },
		set:  func(r *verifier.Request, text string) { r.Body = []byte(text) },
	}
	if paths := provenInBody(name); len(paths) > 0 {
		body.proof = true
		body.same = func(a, b *verifier.Request) bool { return provenText(a, paths) == provenText(b, paths) }
	}
	if name == "twilio" { // signs the fields, however their text escapes them
		body.same = func(a, b *verifier.Request) bool { return bytes.Equal(must(twilioFields(a)), must(twilioFields(b))) }
	}
	if covers.Body || body.proof {
		places = append(places, body)
	}
	places = append(places, addressPlaces(name, covers, p.SecretQuery(s))...)
	return places
}

func headerPlace(name string) place {
	return place{
		what: name,
		more: "0",
		get:  func(r *verifier.Request) string { return r.Header.Get(name) },
		set: func(r *verifier.Request, text string) {
			r.Header.Del(name)
			if text != "" {
				r.Header.Set(name, text)
			}
		},
	}
}

// proofPlace is a header with a signature or a token.
func proofPlace(name, header string) place {
	p := headerPlace(header)
	p.proof = true
	p.same = func(a, b *verifier.Request) bool { return sameProof(name, p.get(a), p.get(b)) }
	return p
}

// sameProof reports whether two values of a header are the same signature or token.
func sameProof(name, a, b string) bool {
	a, b = lowerHex(a), lowerHex(b)
	if name == "worldpay" { // begins with the number of the key, of which any is taken
		a, b = strings.TrimLeft(a, "0123456789"), strings.TrimLeft(b, "0123456789")
	}
	schemeA, a, _ := strings.Cut(a, " ")
	schemeB, b, _ := strings.Cut(b, " ")
	return a == b && (schemeA == schemeB || strings.EqualFold(schemeA, "Bearer") || strings.EqualFold(schemeA, "Basic"))
}

var longHex = regexp.MustCompile("[0-9A-Fa-f]{40,}")

// lowerHex is the text with signatures in hex in lower case: both are read.
func lowerHex(text string) string { return longHex.ReplaceAllStringFunc(text, strings.ToLower) }

func addressPlaces(name string, covers verifier.Covers, tokens []string) []place {
	uri := place{
		what: "uri",
		more: "0",
		get:  func(r *verifier.Request) string { return r.URI },
		set:  func(r *verifier.Request, text string) { r.URI = text },
	}
	host := place{
		what: "host",
		more: "0",
		get:  func(r *verifier.Request) string { return r.Host },
		set:  func(r *verifier.Request, text string) { r.Host = text },
	}
	method := place{
		what: "method",
		more: "0",
		get:  func(r *verifier.Request) string { return r.Method },
		set:  func(r *verifier.Request, text string) { r.Method = text },
	}
	var places []place
	switch parameters := append(slices.Clone(covers.Query), tokens...); {
	case covers.URL:
		places = append(places, host, uri)
	case name == "contentful": // path and query, not the host
		places = append(places, uri)
	case name == "rfc9421": // by default authority and path, not the query
		uri.same = func(a, b *verifier.Request) bool { return a.Path() == b.Path() }
		host.same = func(a, b *verifier.Request) bool { return strings.EqualFold(a.Host, b.Host) }
		places = append(places, host, uri)
	case len(parameters) > 0:
		uri.proof = len(tokens) > 0
		uri.same = func(a, b *verifier.Request) bool {
			return !slices.ContainsFunc(parameters, func(p string) bool { return !slices.Equal(a.Query()[p], b.Query()[p]) })
		}
		places = append(places, uri)
	}
	if covers.Method || name == "rfc9421" {
		places = append(places, method)
	}
	return places
}

// testCovered are headers that are signed because the request itself names them.
var testCovered = map[string][]string{
	"coinbase_cdp": {"X-Event-Id", "Content-Type"},
	"contentful":   {"X-Contentful-Topic"},
}

// provenInBody are the places of the body that hold the proof or are covered by it, where not all
// of the body is.
func provenInBody(name string) []string {
	p, _ := verifier.Lookup(name)
	paths := append([]string{}, p.Covers(settings(name)).Fields...)
	if p.Scheme.Field != "" {
		paths = append(paths, p.Scheme.Field)
	}
	signatures := map[string]string{
		"adyen":           "notificationItems[].NotificationRequestItem.additionalData.hmacSignature",
		"aws_sns":         "Signature",
		"braintree":       "bt_signature",
		"mailgun":         "signature.signature",
		"microsoft_graph": "value[].clientState",
	}
	if path := signatures[name]; path != "" {
		paths = append(paths, path)
	}
	return paths
}

// provenText is what is at those places of a form or of a JSON object. What is absent counts as
// empty text, as it does to Adyen.
func provenText(r *verifier.Request, paths []string) string {
	var body object
	_ = json.Unmarshal(r.Body, &body)
	form, _ := url.ParseQuery(string(r.Body))
	var all []any
	for _, path := range paths {
		value := at(body, strings.Split(path, "."))
		if isForm(r) {
			value = form[path]
		}
		all = append(all, value)
	}
	return lowerHex(fmt.Sprintf("%q", all))
}

// at is the value at the end of the path; a name followed by [] is that of a list, all of it.
func at(v any, path []string) any {
	if len(path) == 0 {
		return cmp.Or(v, any(""))
	}
	o, _ := v.(object)
	name, isList := strings.CutSuffix(path[0], "[]")
	if !isList {
		return at(o[name], path[1:])
	}
	list, _ := o[name].([]any)
	var values []any
	for _, item := range list {
		values = append(values, at(item, path[1:]))
	}
	return values
}

func clone(r *verifier.Request) *verifier.Request {
	c := *r
	c.Header, c.Body = r.Header.Clone(), bytes.Clone(r.Body)
	return &c
}
