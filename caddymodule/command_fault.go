package caddymodule

import (
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/gatepost/gatepost/verifier"
)

// sendFaults are the flags of `send` that make a request deliberately wrong.
type sendFaults struct {
	skew        string
	tamper      bool
	noSignature bool
	wrongSecret bool
	duplicate   int
}

// check refuses faults that no server could find, and those that hide each other.
func (f *sendFaults) check(p *verifier.Provider, s verifier.Settings) error {
	covers := p.Covers(s)
	switch {
	case s.Insecure && f.noSignature:
		return usageError("--no-signature: nothing is verified, so no server could tell; leave it out")
	case s.Insecure && f.wrongSecret:
		return usageError("--wrong-secret: nothing is verified, so no server could tell; leave it out")
	case f.noSignature && (f.wrongSecret || f.tamper || f.skew != ""):
		return usageError("--no-signature: nothing is signed, so --wrong-secret, --tamper and --skew change nothing; leave them out")
	case f.tamper && !covers.Body && len(covers.Fields) == 0:
		return usageError("--tamper: %s signs nothing of the body, so no server could tell; use --wrong-secret", p.Name)
	case f.skew != "" && !covers.Timestamp:
		return usageError("--skew: %s signs no timestamp, so no server could tell; leave it out", p.Name)
	}
	return nil
}

// signedAt is the time at which the request is to be signed.
func (f *sendFaults) signedAt(now time.Time) (time.Time, error) {
	if f.skew == "" {
		return now, nil
	}
	skew, err := caddy.ParseDuration(f.skew)
	if err != nil {
		return now, usageError("--skew: %q is not a duration: write 10m for the past or -10m for the future", f.skew)
	}
	return now.Add(-skew), nil
}

// tampered is the body with a change that its signature must not survive: where all of it is
// signed, a space at its end, with which JSON means the same; else another value of a signed field.
func tampered(body []byte, covers verifier.Covers) ([]byte, error) {
	if covers.Body {
		return append(body, ' '), nil
	}
	for _, field := range covers.Fields {
		if at := firstCharacter(field).FindSubmatchIndex(body); at != nil {
			at := max(at[2], at[4])
			body[at] = otherCharacter(body[at])
			return body, nil
		}
	}
	return nil, errors.New("the body has none of the fields that are signed")
}

// firstCharacter finds the first character of a field's value, in JSON or in a form. The names of a
// path follow each other in it, which is as good as decoding where the body is a sample.
func firstCharacter(field string) *regexp.Regexp {
	var json, form string
	for name := range strings.SplitSeq(strings.ReplaceAll(field, "[]", ""), ".") {
		form = regexp.QuoteMeta(name)
		json += `(?s:.*?)"` + form + `"\s*:`
	}
	return regexp.MustCompile(`^(?:` + json + `\s*"?([0-9A-Za-z])|(?s:.*&)?` + form + `=([0-9A-Za-z]))`)
}

// otherCharacter is another one of the same kind.
func otherCharacter(c byte) byte {
	switch c {
	case '9', 'z', 'Z':
		return c - 1
	default:
		return c + 1
	}
}
