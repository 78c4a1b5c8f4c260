package verifier

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// check reports what is wrong with a scheme, by the option that says it.
func (s *Scheme) check() (errs []error) {
	switch s.Kind {
	case HMAC:
		return s.checkSignature()
	case Token:
		n := 0
		for _, set := range []bool{s.Header != "", s.Bearer, s.Query != "", s.Field != ""} {
			if set {
				n++
			}
		}
		if n != 1 {
			errs = append(errs, errors.New("where the token is: write one of `header X-Token`, `bearer`, `query token` and `field token`"))
		}
	}
	return errs
}

func (s *Scheme) checkSignature() (errs []error) {
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	sig := &s.Signature
	oneOf := func(option, value string, allowed ...string) {
		if !slices.Contains(allowed, value) {
			fail("%s: unknown %q: use %s", option, value, strings.Join(allowed, ", "))
		}
	}
	oneOf("signature format", sig.Format, Plain, List, Pairs, Positional)
	oneOf("signature algorithm", sig.Algorithm, "sha1", "sha256", "sha384", "sha512")
	oneOf("signature encoding", sig.Encoding, "hex", "base64", "base64url")
	oneOf("signature secret_encoding", sig.SecretEncoding, "raw", "hex", "base64", "whsec", whsecOrRaw)
	oneOf("timestamp_unit", s.TimestampUnit, Unix, UnixMilli, UnixAny, RFC3339, HTTPDate)

	switch sig.Format {
	case Plain:
		if sig.Separator+sig.SignatureKey+sig.TimestampKey != "" {
			fail("signature format: plain takes nothing more; use list <separator>, positional <separator> or pairs <separator> <signature key> [<timestamp key>]")
		}
	case List, Positional:
		if sig.Separator == "" || sig.SignatureKey+sig.TimestampKey != "" {
			fail("signature format: write %s <separator>, such as `%[1]s ,`", sig.Format)
		}
	case Pairs:
		if sig.Separator == "" || sig.SignatureKey == "" || sig.SignatureKey == sig.TimestampKey || strings.Contains(sig.Separator+sig.SignatureKey+sig.TimestampKey, "=") {
			fail("signature format: write pairs <separator> <signature key> [<timestamp key>], such as `pairs , v1 t`")
		}
	}

	signed, err := parseTemplate(sig.Signed)
	if err != nil {
		fail("signature signed: %w", err)
		return errs
	}
	if !signed.has(fieldBody) {
		fail("signature signed: has no {body}: anybody who saw one request could send another body with its signature")
	}
	return append(errs, s.checkFields(signed)...)
}

// checkFields holds the template against the places that its fields come from.
func (s *Scheme) checkFields(signed template) (errs []error) {
	fail := func(text string) { errs = append(errs, errors.New(text)) }
	header, key := s.TimestampHeader != "", s.Signature.TimestampKey != "" || s.Signature.Format == Positional
	switch signs := signed.has(fieldTimestamp); {
	case header && key:
		fail("timestamp_header: the signature's own header has the timestamp already; leave one of them out")
	case s.TimestampField != "" && (header || key || signs):
		fail("timestamp_field: signed with the body, so there is no other timestamp; leave one of them out")
	case signs && !header && !key:
		fail("signature signed: {timestamp} comes from nowhere; add `timestamp_header <name> unix`, or a timestamp key to `format pairs`")
	case !signs && header:
		fail("timestamp_header: signed has no {timestamp}, and an unsigned one proves nothing; leave it out, or write what the provider signs, such as `signed {timestamp}.{body}`")
	case !signs && key:
		fail("signature format: signed has no {timestamp}, and an unsigned one proves nothing; leave it out, or write what the provider signs, such as `signed {timestamp}.{body}`")
	}
	if s.IDHeader == "" && signed.has(fieldID) {
		fail("signature signed: {id} comes from nowhere; add `id_header <name>`")
	}
	return errs
}

// checkSettings holds what is said of the settings against the scheme they resolved to.
func (p *Provider) checkSettings(s Settings, scheme Scheme) (errs []error) {
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	insecure := s.Insecure && slices.Contains(p.Open, "insecure")
	switch {
	case scheme.Kind == None && !insecure:
		fail("insecure is missing: %s accepts every request unverified; write `insecure` to say that this is meant", p.Name)
	case scheme.Kind == None && len(s.Secrets) > 0:
		fail("secret: %s verifies nothing; leave it out, or use another provider", p.Name)
	case insecure && len(s.Secrets) > 0:
		fail("insecure: with a secret requests are verified; leave one of them out")
	case scheme.Keyless() && len(s.Secrets) > 0:
		fail("secret: %s shares none; leave it out", p.Name)
	case scheme.Keyless():
	case len(s.Secrets) == 0 && !insecure && slices.Contains(p.Open, "insecure"):
		fail("secret is missing: add `secret <secret>`, or `insecure` to accept every request unverified")
	case len(s.Secrets) == 0 && !insecure && p.EnrolHeader != "" && s.Enrol != nil:
	case len(s.Secrets) == 0 && !insecure && p.EnrolHeader != "":
		fail("secret is missing: add `secret <secret>`, or `enrol <file> <time>` to take the one that %s hands out", p.Name)
	case len(s.Secrets) == 0 && !insecure:
		fail("secret is missing: add `secret <secret>`")
	}
	if s.Enrol != nil && (s.Enrol.File == "" || s.Enrol.Until.IsZero()) {
		fail("enrol: write the file for the secret and when enrolment ends, such as `enrol /var/lib/gatepost/secret 2026-11-21T12:00:00Z`")
	}
	if s.Tolerance < 0 {
		fail("tolerance: must be longer than 0")
	}
	if s.Tolerance != 0 && !scheme.covers().Timestamp {
		fail("tolerance: %s signs no timestamp whose age could be told; leave it out", p.Name)
	}
	return errs
}

func checkPublicURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return errors.New("public_url: write http or https, host and optionally the path, such as https://hooks.example.com")
	}
	return nil
}

// hasPlaceholder reports whether the text may be expanded later, so that it says nothing yet.
func hasPlaceholder(text string) bool { return strings.Contains(text, "{") }

// checkHeaders reports names that are none, and those that never arrive because Caddy drops them.
func (s *Scheme) checkHeaders(expected []string) (errs []error) {
	check := func(option, name string) {
		if !isHeader(name) {
			errs = append(errs, fmt.Errorf("%s: %q is not the name of a header", option, name))
			return
		}
		if server := NeverArrives(name, expected); server != "" {
			errs = append(errs, fmt.Errorf("%s: %s never arrives: Caddy drops headers with _ or . in their name unless the server option %s lists them", option, name, server))
		}
	}
	for _, name := range s.Signature.headers() {
		check("signature header", name)
	}
	for _, h := range []struct{ option, name string }{
		{"timestamp_header", s.TimestampHeader},
		{"id_header", s.IDHeader},
		{"header", s.Header},
		{"signature key_header", s.Signature.KeyHeader},
	} {
		if h.name != "" {
			check(h.option, h.name)
		}
	}
	for _, p := range s.template() {
		if p.field == fieldHeader {
			check("signature signed", p.text)
		}
	}
	return errs
}

// NeverArrives names the server option that lets a header through which Caddy drops for its name; ""
// if it arrives, by its name or since it is one of those expected (Settings.ExpectedHeaders).
func NeverArrives(header string, expected []string) (option string) {
	header = strings.ToLower(header)
	for _, e := range expected {
		if prefix, all := strings.CutSuffix(strings.ToLower(e), "*"); header == prefix || all && strings.HasPrefix(header, prefix) {
			return ""
		}
	}
	switch {
	case strings.Contains(header, "."):
		return "expected_dot_headers"
	case strings.Contains(header, "_"):
		return "expected_underscore_headers"
	}
	return ""
}

// isHeader reports whether the name is a token, as the names of headers are.
func isHeader(name string) bool {
	for i := range len(name) {
		c := name[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return name != ""
}
