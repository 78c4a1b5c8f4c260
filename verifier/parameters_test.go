package verifier

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Parameters that few schemes need. Each row changes one thing of a request that verifies.
func TestParameters(t *testing.T) {
	positional := Settings{Secrets: []string{"secret"}, Signature: &Signature{Header: []string{"X-Sig"}, Format: Positional, Separator: ",", Signed: "{timestamp}.{body}"}, TimestampUnit: UnixAny}
	numbered := Settings{Secrets: []string{"secret"}, Signature: &Signature{Header: []string{"X-Sig-{n}"}, Encoding: "base64"}}
	prefixed := Settings{Secrets: []string{"secret"}, Signature: &Signature{Header: []string{"X-Sig"}, Format: List, Separator: ",", Prefix: "{n}/SHA256/"}}
	method := Settings{Secrets: []string{"secret"}, Signature: &Signature{Header: []string{"X-Sig"}, Prefix: "{algorithm}=", Algorithm: "sha1"}}
	field := Settings{Secrets: []string{"secret"}, Signature: &Signature{Header: []string{"X-Sig"}}, TimestampField: "sent", TimestampUnit: UnixMilli}
	keyed := Settings{Secrets: []string{"old:one", "new:two", "colon:t:h"}, Signature: &Signature{Header: []string{"X-Sig"}, KeyHeader: "X-Key"}}
	hashed := Settings{Secrets: []string{"secret"}, Signature: &Signature{Header: []string{"X-Sig"}, Signed: "{secret}{body}"}}
	nonce := Settings{Secrets: []string{"secret"}, Signature: &Signature{Header: []string{"X-Sig"}, Signed: "{body}.{header.X-Nonce}"}}
	grouped := Settings{Secrets: []string{"secret"}, Signature: &Signature{Header: []string{"X-Sig"}, Format: Pairs, Separator: ",", SignatureKey: "v1", TimestampKey: "t", Signed: "{timestamp}.{body}"}}

	edit := func(name string, f func(string) string) func(*Request) {
		return func(r *Request) { r.Header.Set(name, f(r.Header.Get(name))) }
	}
	replace := func(old, with string) func(string) string {
		return func(s string) string { return strings.Replace(s, old, with, 1) }
	}
	tests := []struct {
		name     string
		settings Settings
		change   func(*Request)
		want     Code
	}{
		{"positional", positional, nil, ""},
		{"positional: a wrong one first", positional, edit("X-Sig", replace(",", ","+strings.Repeat("0", 64)+", ")), ""},
		{"positional: no timestamp", positional, edit("X-Sig", replace("1790000000,", "")), SignatureMalformed},
		{"positional: empty timestamp", positional, edit("X-Sig", replace("1790000000", "")), TimestampMissing},
		{"positional: timestamp alone", positional, edit("X-Sig", func(string) string { return "1790000000" }), SignatureMalformed},
		{"positional: as milliseconds", positional, edit("X-Sig", replace("1790000000,", "1790000000000,")), SignatureMismatch},

		{"numbered", numbered, nil, ""},
		{"numbered: another number", numbered, func(r *Request) {
			r.Header.Set("X-Sig-16", r.Header.Get("X-Sig-1"))
			r.Header.Set("X-Sig-1", strings.Repeat("A", 43)+"=")
		}, ""},
		{"numbered: past the last", numbered, func(r *Request) {
			r.Header.Set("X-Sig-17", r.Header.Get("X-Sig-1"))
			r.Header.Del("X-Sig-1")
		}, SignatureMissing},

		{"prefix with a number", prefixed, nil, ""},
		{"prefix with another number", prefixed, edit("X-Sig", replace("1/", "77/")), ""},
		{"prefix among others", prefixed, edit("X-Sig", func(s string) string { return "1/SHA1/00, 2/SHA256/" + strings.Repeat("0", 64) + "," + s }), ""},
		{"prefix without the number", prefixed, edit("X-Sig", replace("1/", "/")), SignatureMalformed},
		{"prefix with too long a number", prefixed, edit("X-Sig", replace("1/", "12345678901/")), SignatureMalformed},
		{"prefix with another hash", prefixed, edit("X-Sig", replace("SHA256", "SHA1")), SignatureMalformed},

		{"algorithm as prefix", method, nil, ""},
		{"another algorithm as prefix", method, edit("X-Sig", replace("sha1=", "sha256=")), SignatureMalformed},

		{"timestamp in the body", field, nil, ""},
		{"timestamp in the body: changed", field, func(r *Request) { r.Body = []byte(`{"sent":1}`) }, SignatureMismatch},

		{"keyed", keyed, nil, ""},
		{"keyed: another key", keyed, func(r *Request) { r.Header.Set("X-Key", "new") }, SignatureMismatch},
		{"keyed: unknown key", keyed, func(r *Request) { r.Header.Set("X-Key", "x") }, SignatureMismatch},
		{"keyed: no key", keyed, func(r *Request) { r.Header.Del("X-Key") }, SignatureMissing},
		{"keyed: two keys", keyed, func(r *Request) { r.Header.Add("X-Key", "old") }, SignatureMalformed},

		{"hashed", hashed, nil, ""},
		{"hashed: other body", hashed, func(r *Request) { r.Body = append(r.Body, ' ') }, SignatureMismatch},

		{"header after the body", nonce, nil, ""},
		{"header after the body: the boundary moved", nonce, func(r *Request) {
			// `{"a":".` + "." + `n"}.b` signs the same bytes as `{"a":"..n"}` + "." + "b" does.
			r.Header.Set("X-Nonce", `n"}.b`)
		}, SignatureMalformed},

		{"pairs in groups", grouped, edit("X-Sig", func(s string) string { return "t=1790000000,v1=" + strings.Repeat("0", 64) + " " + s }), ""},
		{"pairs in groups of two times", grouped, edit("X-Sig", func(s string) string { return "t=1,v1=" + strings.Repeat("0", 64) + " " + s }), SignatureMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := mustNew(t, "hmac", tt.settings)
			r := &Request{Method: "POST", Header: http.Header{"X-Nonce": {"n"}}, Body: []byte(`{"a":1}`)}
			if err := v.Sign(r, "id", testNow); err != nil {
				t.Fatal(err)
			}
			if tt.change != nil {
				tt.change(r)
			}
			if _, err := v.Verify(r, testNow); codeOf(err) != tt.want || (err == nil) != (tt.want == "") {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestTimestampInTheBody(t *testing.T) {
	v := mustNew(t, "hmac", Settings{Secrets: []string{"secret"}, Signature: &Signature{Header: []string{"X-Sig"}}, TimestampField: "sent", TimestampUnit: RFC3339, Tolerance: time.Minute})
	r := &Request{Header: http.Header{}, Body: []byte(`{"sent":"","b":{"sent":1}}`)}
	if err := v.Sign(r, "", testNow); err != nil {
		t.Fatal(err)
	}
	for age, want := range map[time.Duration]Code{0: "", time.Minute: "", 2 * time.Minute: TimestampTooOld, -2 * time.Minute: TimestampInFuture} {
		if got, err := v.Verify(r, testNow.Add(age)); codeOf(err) != want || err == nil && !got.SignedAt.Equal(testNow) {
			t.Errorf("%v: %+v, %v", age, got, err)
		}
	}
	plain := mustNew(t, "hmac", Settings{Secrets: []string{"secret"}, Signature: &Signature{Header: []string{"X-Sig"}}})
	for body, want := range map[string]Code{`{}`: TimestampMissing, `{"sent":""}`: TimestampMissing, `{"sent":[]}`: TimestampMalformed, `{"sent":1}`: TimestampMalformed, `x`: TimestampMissing} {
		r := &Request{Header: http.Header{}, Body: []byte(body)}
		if err := plain.Sign(r, "", testNow); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Verify(r, testNow); codeOf(err) != want {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
	if err := v.Sign(&Request{Body: []byte("x")}, "", testNow); err == nil {
		t.Error("signs a body that can hold no timestamp")
	}
}

func TestKeyHeaderTriesTheNamedKeyOnly(t *testing.T) {
	s := Settings{Secrets: []string{"old:one", "new:two", "colon:t:h"}, Signature: &Signature{Header: []string{"X-Sig"}, KeyHeader: "X-Key"}}
	for i, secret := range s.Secrets {
		one := s
		one.Secrets = []string{secret}
		r := &Request{Header: http.Header{}, Body: []byte("{}")}
		if err := mustNew(t, "hmac", one).Sign(r, "", testNow); err != nil {
			t.Fatal(err)
		}
		if got, err := mustNew(t, "hmac", s).Verify(r, testNow); err != nil || got.Secret != i {
			t.Errorf("%d: %+v, %v", i, got, err)
		}
	}
}

func TestHashWithTheSecret(t *testing.T) {
	v := mustNew(t, "hmac", Settings{Secrets: []string{"secret"}, Signature: &Signature{Header: []string{"X-Sig"}, Signed: "{secret}{method}{body}"}})
	sum := sha256.Sum256([]byte("secretPOSTbody"))
	r := &Request{Method: "POST", Header: http.Header{"X-Sig": {hex.EncodeToString(sum[:])}}, Body: []byte("body")}
	if _, err := v.Verify(r, testNow); err != nil {
		t.Error(err)
	}
}

func TestTokenInTheBody(t *testing.T) {
	v := mustNew(t, "token", Settings{Secrets: []string{`a "secret"`}, Field: "passcode"})
	r := &Request{Body: []byte(`{"a":1}`)}
	if err := v.Sign(r, "", testNow); err != nil {
		t.Fatal(err)
	}
	tests := map[string]Code{
		string(r.Body):                      "",
		`{"a":1}`:                           SignatureMissing,
		`{"passcode":""}`:                   SignatureMissing,
		`{"passcode":1}`:                    SignatureMissing,
		`{"passcode":"x"}`:                  TokenMismatch,
		`{"b":{"passcode":"a \"secret\""}}`: SignatureMissing,
		`{"passcode":"a \"secret\"","passcode":""}`: SignatureMissing,
		`[]`: SignatureMissing,
	}
	for body, want := range tests {
		if _, err := v.Verify(&Request{Body: []byte(body)}, testNow); codeOf(err) != want {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
	if err := v.Sign(&Request{Body: []byte("[]")}, "", testNow); err == nil {
		t.Error("signs a body that can hold no token")
	}
}

func TestMoreTimestampUnits(t *testing.T) {
	tests := []struct {
		unit, text string
		want       int64 // milliseconds
		ok         bool
	}{
		{UnixAny, "1790000000", 1_790_000_000_000, true},
		{UnixAny, "1790000000123", 1_790_000_000_123, true},
		{UnixAny, "179000000012345", 0, false},
		{UnixAny, "", 0, false},
		{HTTPDate, "Mon, 21 Sep 2026 14:13:20 GMT", 1_790_000_000_000, true},
		{HTTPDate, "Mon, 21 Sep 2026 14:13:20 +0000", 0, false},
		{HTTPDate, "2026-09-21T14:13:20Z", 0, false},
		{RFC3339, "2026-09-21T14:13:20.123456789Z", 1_790_000_000_123, true},
		{RFC3339, "2026-09-21T16:13:20+02:00", 1_790_000_000_000, true},
		{RFC3339, "2026-09-21 14:13:20Z", 0, false},
		{RFC3339, "2026-09-21T14:13:20." + strings.Repeat("0", 40) + "Z", 0, false},
	}
	for _, tt := range tests {
		got, ok := ParseTimestamp(tt.unit, tt.text)
		if ok != tt.ok || ok && got.UnixMilli() != tt.want {
			t.Errorf("%s %q: %v %v", tt.unit, tt.text, got, ok)
		}
	}
	for _, unit := range []string{Unix, UnixMilli, UnixAny, RFC3339, HTTPDate} {
		if got, ok := ParseTimestamp(unit, FormatTimestamp(unit, testNow)); !ok || !got.Equal(testNow) {
			t.Errorf("%s: %v %v", unit, got, ok)
		}
	}
}

func TestLocationReplacesThePresets(t *testing.T) {
	p := Provider{Name: "preset", Scheme: Scheme{Kind: Token, Query: "token"}, Open: []string{"header", "query"}}
	if err := p.Check(Settings{Secrets: []string{"x"}, Header: "X-Token"}); err != nil {
		t.Error(err)
	}
	if got := p.SecretHeaders(Settings{Header: "X-Token"}); len(got) != 1 || len(p.SecretQuery(Settings{Header: "X-Token"})) != 0 {
		t.Errorf("headers %v", got)
	}
	if err := p.Check(Settings{Secrets: []string{"x"}, Bearer: true}); err == nil {
		t.Error("bearer is not open")
	}
}
