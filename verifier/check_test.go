package verifier

import (
	"strings"
	"testing"
	"time"
)

func TestCheck(t *testing.T) {
	sig := func(change func(*Signature)) *Signature {
		s := Signature{Header: []string{"X-Sig"}}
		change(&s)
		return &s
	}
	secret := []string{"secret"}
	tests := []struct {
		name     string
		provider string
		settings Settings
		want     []string // what the message names; none: no error
	}{
		{"hmac", "hmac", Settings{Secrets: secret, Signature: &Signature{Header: []string{"X-Sig"}}}, nil},
		{"placeholder as secret", "hmac", Settings{Secrets: []string{"{env.X}"}, Signature: sig(func(s *Signature) { s.SecretEncoding = "whsec" })}, nil},
		{"placeholder as public_url", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) {}), PublicURL: "{env.URL}"}, nil},
		{"no signature block", "hmac", Settings{Secrets: secret}, []string{"signature header", "`header X-Signature`"}},
		{"no secret", "hmac", Settings{Signature: sig(func(s *Signature) {})}, []string{"secret is missing", "`secret <secret>`"}},
		{"empty secret", "hmac", Settings{Secrets: []string{""}, Signature: sig(func(s *Signature) {})}, []string{"secret 1", "empty"}},
		{"bad second secret", "hmac", Settings{Secrets: []string{"00", "xx"}, Signature: sig(func(s *Signature) { s.SecretEncoding = "hex" })}, []string{"secret 2", "hex"}},
		{"tolerance without timestamp", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) {}), Tolerance: time.Minute}, []string{"tolerance", "signs no timestamp"}},
		{"negative tolerance", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) { s.Signed = "{timestamp}{body}" }), TimestampHeader: "X-Time", Tolerance: -1}, []string{"tolerance", "longer than 0"}},
		{"unknown algorithm", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) { s.Algorithm = "md5" })}, []string{"algorithm", `"md5"`, "sha256"}},
		{"unknown encoding", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) { s.Encoding = "base32" })}, []string{"encoding", "base64url"}},
		{"unknown secret encoding", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) { s.SecretEncoding = "pem" })}, []string{"secret_encoding", "whsec"}},
		{"unknown format", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) { s.Format = "csv" })}, []string{"format", "plain, list, pairs"}},
		{"list without separator", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) { s.Format = List })}, []string{"format", "list <separator>"}},
		{"pairs without key", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) { s.Format, s.Separator = Pairs, "," })}, []string{"format", "pairs <separator> <signature key>"}},
		{"plain with separator", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) { s.Separator = "," })}, []string{"format", "plain takes nothing more"}},
		{"unknown timestamp unit", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) { s.Signed = "{timestamp}{body}" }), TimestampHeader: "X-Time", TimestampUnit: "days"}, []string{"timestamp_unit", "unix_ms", "http_date"}},
		{"timestamp_header not signed", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) {}), TimestampHeader: "X-Time"}, []string{"timestamp_header", "{timestamp}"}},
		{"timestamp key not signed", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) { s.Format, s.Separator, s.SignatureKey, s.TimestampKey = Pairs, ",", "v1", "t" })}, []string{"signed has no {timestamp}"}},
		{"two timestamps", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) {
			s.Format, s.Separator, s.SignatureKey, s.TimestampKey, s.Signed = Pairs, ",", "v1", "t", "{timestamp}{body}"
		}), TimestampHeader: "X-Time"}, []string{"timestamp_header", "already"}},
		{"timestamp from nowhere", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) { s.Signed = "{timestamp}{body}" })}, []string{"comes from nowhere", "timestamp_header"}},
		{"id from nowhere", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) { s.Signed = "{id}{body}" })}, []string{"comes from nowhere", "id_header"}},
		{"unknown field", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) { s.Signed = "{payload}" })}, []string{"signed", "{payload}", "{query.X}"}},
		{"body not signed", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) { s.Signed = "{url}" })}, []string{"signed", "{body}"}},
		{"positional without separator", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) { s.Format, s.Signed = Positional, "{timestamp}{body}" })}, []string{"format", "positional <separator>"}},
		{"positional and a timestamp header", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) { s.Format, s.Separator, s.Signed = Positional, ",", "{timestamp}{body}" }), TimestampHeader: "X-Time"}, []string{"timestamp_header", "already"}},
		{"timestamp field", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) {}), TimestampField: "sent", Tolerance: time.Minute}, nil},
		{"timestamp field and header", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) { s.Signed = "{timestamp}{body}" }), TimestampField: "sent", TimestampHeader: "X-Time"}, []string{"timestamp_field", "leave one of them out"}},
		{"secret that names no key", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) { s.KeyHeader = "X-Key" })}, []string{"secret 1", "<key>:<secret>"}},
		{"key header that never arrives", "hmac", Settings{Secrets: []string{"k:s"}, Signature: sig(func(s *Signature) { s.KeyHeader = "X_Key" })}, []string{"key_header", "expected_underscore_headers"}},
		{"numbered headers", "hmac", Settings{Secrets: secret, Signature: &Signature{Header: []string{"X-Sig-{n}"}}}, nil},
		{"underscore", "hmac", Settings{Secrets: secret, Signature: &Signature{Header: []string{"x_sig"}}}, []string{"signature header", "x_sig", "expected_underscore_headers"}},
		{"underscore that the server expects", "hmac", Settings{Secrets: secret, Signature: &Signature{Header: []string{"x_sig"}}, ExpectedHeaders: []string{"X_Sig"}}, nil},
		{"underscore after a prefix that the server expects", "hmac", Settings{Secrets: secret, Signature: &Signature{Header: []string{"x_sig"}}, ExpectedHeaders: []string{"X_*"}}, nil},
		{"dot", "token", Settings{Secrets: secret, Header: "x.token"}, []string{"header", "x.token", "expected_dot_headers"}},
		{"underscore in the template", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) { s.Signed = "{header.X_Kind}{body}" })}, []string{"signed", "expected_underscore_headers"}},
		{"no header name", "hmac", Settings{Secrets: secret, Signature: &Signature{Header: []string{"X Sig"}}}, []string{"signature header", "not the name of a header"}},
		{"empty header name", "hmac", Settings{Secrets: secret, Signature: &Signature{Header: []string{""}}}, []string{"signature header", "not the name of a header"}},
		{"public_url", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) {}), PublicURL: "hooks.example.com"}, []string{"public_url", "https://"}},
		{"token option for hmac", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) {}), Bearer: true}, []string{"bearer"}},

		{"token", "token", Settings{Secrets: secret, Bearer: true}, nil},
		{"token nowhere", "token", Settings{Secrets: secret}, []string{"`bearer`", "`query token`"}},
		{"token in two places", "token", Settings{Secrets: secret, Bearer: true, Query: "t"}, []string{"one of"}},
		{"token with tolerance", "token", Settings{Secrets: secret, Bearer: true, Tolerance: time.Minute}, []string{"tolerance"}},
		{"token with signature", "token", Settings{Secrets: secret, Bearer: true, Signature: sig(func(s *Signature) {})}, []string{"signature"}},
		{"token that ends in a line break", "token", Settings{Secrets: []string{"secret\n"}, Bearer: true}, []string{"secret 1", "white space"}},
		{"token with a control character", "token", Settings{Secrets: []string{"sec\x01ret"}, Header: "X-Token"}, []string{"secret 1", "control"}},
		{"basic", "basic", Settings{Secrets: []string{"user:password"}}, nil},
		{"basic without colon", "basic", Settings{Secrets: secret}, []string{"user:password"}},
		{"none", "none", Settings{Insecure: true}, nil},
		{"none, not insecure", "none", Settings{}, []string{"`insecure`"}},
		{"none with a secret", "none", Settings{Insecure: true, Secrets: secret}, []string{"secret", "verifies nothing"}},
		{"insecure hmac", "hmac", Settings{Secrets: secret, Signature: sig(func(s *Signature) {}), Insecure: true}, []string{"insecure", "none"}},
		{"several things at once", "hmac", Settings{Signature: sig(func(s *Signature) { s.Algorithm = "md5" }), Tolerance: time.Minute}, []string{"secret is missing", "algorithm", "tolerance"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := Lookup(tt.provider)
			err := p.Check(tt.settings)
			if len(tt.want) == 0 {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil {
				t.Fatal("no error")
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q does not name %q", err, w)
				}
			}
			if _, err := p.New(tt.settings); err == nil {
				t.Error("New takes what Check refuses")
			}
		})
	}
}

func TestCheckOfPresets(t *testing.T) {
	preset := Provider{
		Name:     "preset",
		Scheme:   Scheme{Kind: HMAC, Signature: Signature{Header: []string{"X-Sig"}, Algorithm: "sha256"}},
		Identity: Identity{Dedupe: "digest"},
	}
	gaps := Provider{
		Name:     "gaps",
		Scheme:   Scheme{Kind: HMAC, Signature: Signature{Algorithm: "sha256"}},
		Open:     []string{"signature", "timestamp_header", "id_header"},
		Required: []string{"header", "encoding", "signed"},
		Gap:      "nobody knows",
	}
	token := Provider{Name: "fixed", Scheme: Scheme{Kind: Token, Header: "X-Token"}}
	secret := []string{"secret"}
	tests := []struct {
		name     string
		provider Provider
		settings Settings
		want     []string
	}{
		{"preset", preset, Settings{Secrets: secret}, nil},
		{"signature of a preset", preset, Settings{Secrets: secret, Signature: &Signature{Algorithm: "sha512"}}, []string{"signature: how preset signs is known", "hmac"}},
		{"timestamp of a preset", preset, Settings{Secrets: secret, TimestampHeader: "X-Time"}, []string{"timestamp_header"}},
		{"gaps left", gaps, Settings{Secrets: secret}, []string{"signature header, encoding, signed", "nobody knows", "`encoding hex`", "`signed {body}`"}},
		{"one gap left", gaps, Settings{Secrets: secret, Signature: &Signature{Header: []string{"X-Sig"}, Signed: "{body}"}}, []string{"signature encoding: missing"}},
		{"gaps filled", gaps, Settings{Secrets: secret, Signature: &Signature{Header: []string{"X-Sig"}, Encoding: "hex", Signed: "{body}", Algorithm: "sha256"}}, nil},
		{"what is known changed", gaps, Settings{Secrets: secret, Signature: &Signature{Header: []string{"X-Sig"}, Encoding: "hex", Signed: "{body}", Algorithm: "sha1"}}, []string{"signature algorithm: gaps uses sha256"}},
		{"header of a token", token, Settings{Secrets: secret, Header: "X-Other"}, []string{"header: where fixed sends its token is known"}},
	}
	for _, tt := range tests {
		err := tt.provider.Check(tt.settings)
		if (err == nil) != (len(tt.want) == 0) {
			t.Errorf("%s: %v", tt.name, err)
		}
		for _, w := range tt.want {
			if err != nil && !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q does not name %q", tt.name, err, w)
			}
		}
	}
	if len(gaps.Scheme.Signature.Header) != 0 || gaps.Scheme.Signature.Encoding != "" {
		t.Error("the provider itself was changed")
	}
}

func TestSecretsAreJudgedOnceExpanded(t *testing.T) {
	p, _ := Lookup("basic")
	s := Settings{Secrets: []string{"{env.USER_PASSWORD}"}}
	if err := p.Check(s); err != nil {
		t.Errorf("a placeholder: %v", err)
	}
	if _, err := p.New(s); err == nil {
		t.Error("New takes a secret without colon")
	}
	s = Settings{Secrets: []string{"user:password"}, PublicURL: "{env.URL}"}
	if err := p.Check(s); err != nil {
		t.Errorf("a placeholder: %v", err)
	}
	if _, err := p.New(s); err == nil {
		t.Error("New takes a public_url that is none")
	}
}
