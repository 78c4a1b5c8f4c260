package providers

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/textproto"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

// fuzzOnly is the variable with the name of the one provider that the targets are to spend their
// time on.
const fuzzOnly = "GATEPOST_FUZZ_PROVIDER"

// fuzzCase is a provider with settings under which the seeds of the case verify.
type fuzzCase struct {
	provider *verifier.Provider
	settings verifier.Settings
	verifier verifier.Verifier
	now      time.Time
	request  *verifier.Request
}

// fuzzCases are the sample of each provider and its vectors.
func fuzzCases(f *testing.F) []fuzzCase {
	f.Helper()
	var cases []fuzzCase
	only := os.Getenv(fuzzOnly)
	add := func(name string, s verifier.Settings, at time.Time, r func(verifier.Verifier) *verifier.Request) {
		if only == "" || only == name {
			v := newVerifier(f, name, s)
			cases = append(cases, fuzzCase{lookup(f, name), s, v, at, r(v)})
		}
	}
	for _, name := range verifier.Names() {
		add(name, settings(name), now, func(v verifier.Verifier) *verifier.Request { return signed(f, name, v) })
	}
	for _, c := range readVectors(f) {
		if name, s, ok := c.settings(); ok {
			add(name, s, time.Unix(c.Now, 0), func(verifier.Verifier) *verifier.Request { return c.request(f) })
		}
	}
	if len(cases) == 0 {
		f.Fatalf("%s: no provider %s", fuzzOnly, only)
	}
	return cases
}

// addSeeds adds the requests of the cases.
func addSeeds(f *testing.F, cases []fuzzCase) {
	f.Helper()
	for i, c := range cases {
		f.Add(uint16(i), c.request.URI, writeHeaders(c.request.Header), c.request.Body)
	}
}

// with is the case's request with other contents.
func (c fuzzCase) with(uri, headers string, body []byte) *verifier.Request {
	r := *c.request
	r.URI, r.Header, r.Body = uri, readHeaders(headers), body
	return &r
}

// FuzzVerify is over all providers: no request makes one panic, a refusal is of the right type,
// and what nobody signed does not pass. The first argument chooses the provider. No call leaves
// the process: see theWeb.
func FuzzVerify(f *testing.F) {
	cases := fuzzCases(f)
	addSeeds(f, cases)
	f.Fuzz(func(t *testing.T, which uint16, uri, headers string, body []byte) {
		c := cases[int(which)%len(cases)]
		r := c.with(uri, headers, body)
		if h := c.provider.HandshakeFor(c.settings); h != nil {
			h.Answer(r)
		}
		_, err := c.verifier.Verify(r, c.now)
		switch {
		case err != nil && c.provider.Scheme.Kind != verifier.Custom && !errors.As(err, new(*verifier.Error)):
			t.Errorf("%s: %T: %[2]v", c.provider.Name, err)
		case err == nil && c.provider.Covers(c.settings).Body:
			// A genuine request, such as the seeds, passes; with other bytes added it must not.
			r.Body = append(bytes.Clone(body), "another request"...)
			if _, err := c.verifier.Verify(r, c.now); err == nil {
				t.Errorf("%s takes another body with the same proof", c.provider.Name)
			}
		}
	})
}

// FuzzExplain is over all providers, too: what was rejected is explained without a panic, and
// without a word of the secret.
func FuzzExplain(f *testing.F) {
	cases := fuzzCases(f)
	addSeeds(f, cases)
	f.Fuzz(func(t *testing.T, which uint16, uri, headers string, body []byte) {
		const longest = 1 << 10 // of a body: thousands of verifications are tried
		c := cases[int(which)%len(cases)]
		r := c.with(uri, headers, body[:min(len(body), longest)])
		text, err := json.Marshal(c.provider.Explain(c.settings, r, c.now))
		if err != nil {
			t.Fatal(err)
		}
		sent := uri + headers + string(body)
		for _, secret := range c.settings.Secrets {
			if len(secret) > 8 && bytes.Contains(text, []byte(secret)) && !strings.Contains(sent, secret) {
				t.Errorf("%s: the explanation holds the secret: %s", c.provider.Name, text)
			}
		}
	})
}

// FuzzReadProven holds the reader of bodies that prove themselves against encoding/json.
func FuzzReadProven(f *testing.F) {
	for _, text := range []string{`{}`, `{"a":{"b":[1,-2.5e3,"\u00e9",null,true]}}`, `{"a":1,"\u0061":2}`, `{"a":1,"A":2}`, ` { "a" : [ ] } `, `{"a":"\ud800\\\""}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := readProven(body)
		if err != nil {
			return
		}
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		var want object
		if err := d.Decode(&want); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, want %v, %v", body, got, want, err)
		}
		some, err := readProven(body, "a")
		if err != nil && resembles(want, "a") {
			return
		}
		if a, given := want["a"]; err != nil || given != (len(some) > 0) || given && textOf(some, "a") != textOf(object{"a": a}, "a") {
			t.Errorf("%q: a alone is %v, %v", body, some, err)
		}
	})
}

// resembles reports whether a member of v has the name but for its case.
func resembles(v any, name string) bool {
	switch v := v.(type) {
	case object:
		for n, member := range v {
			if n != name && strings.EqualFold(n, name) || resembles(member, name) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(e any) bool { return resembles(e, name) })
	}
	return false
}

// FuzzFetched is over what is fetched from providers: certificates and keys.
func FuzzFetched(f *testing.F) {
	for _, name := range []string{testPayPalCert, testSNSCert, testKeySet} {
		_, document := theWeb.documents[name](nil)
		f.Add(document)
	}
	_, document := servePlaidKey([]byte(`{"key_id":"` + testPlaidKeyID + `"}`))
	f.Add(document)
	f.Fuzz(func(_ *testing.T, document []byte) {
		_, _ = readCertificates(document)
		_, _ = readPlaidKey(document, testPlaidKeyID)
		_, _ = readKeySet(document)
		_, _, _ = readKey(string(document))
	})
}

// writeHeaders and readHeaders turn headers into lines and back, so that one string holds all.
func writeHeaders(h http.Header) string {
	var b strings.Builder
	_ = h.Write(&b) // a builder takes everything
	return b.String()
}

func readHeaders(text string) http.Header {
	h := http.Header{}
	for line := range strings.SplitSeq(text, "\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			name = textproto.CanonicalMIMEHeaderKey(name)
			h[name] = append(h[name], strings.TrimSpace(value))
		}
	}
	return h
}
