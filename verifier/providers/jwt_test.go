package providers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gatepost/gatepost/verifier"
)

// rawToken is a token of any header and claims, signed with HS256 or, without a key, not at all.
func rawToken(header, claims object, key []byte) string {
	part := func(o object) string { return base64.RawURLEncoding.EncodeToString(must(json.Marshal(o))) }
	text := part(header) + "." + part(claims)
	if key == nil {
		return text + "."
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Which algorithm counts is settled before a request comes, whatever its token says.
func TestTokensPinTheirAlgorithm(t *testing.T) {
	body := []byte("{}")
	secret := []byte(settings("netlify").Secrets[0])
	claims := object{"iss": "netlify", "sha256": hexSHA256(body)}
	v := newVerifier(t, "netlify", settings("netlify"))
	for name, tt := range map[string]struct {
		token string
		want  verifier.Code
	}{
		"genuine":            {rawToken(object{"alg": "HS256", "typ": "JWT"}, claims, secret), ""},
		"without typ":        {rawToken(object{"alg": "HS256"}, claims, secret), ""},
		"none":               {rawToken(object{"alg": "none"}, claims, nil), verifier.SignatureMalformed},
		"none, signed":       {rawToken(object{"alg": "none"}, claims, secret), verifier.SignatureMalformed},
		"nOnE":               {rawToken(object{"alg": "nOnE"}, claims, secret), verifier.SignatureMalformed},
		"HS384":              {rawToken(object{"alg": "HS384"}, claims, secret), verifier.SignatureMalformed},
		"RS256":              {rawToken(object{"alg": "RS256"}, claims, secret), verifier.SignatureMalformed},
		"no alg":             {rawToken(object{}, claims, secret), verifier.SignatureMalformed},
		"unknown crit":       {rawToken(object{"alg": "HS256", "crit": []string{"x"}, "x": 1}, claims, secret), verifier.SignatureMismatch},
		"without signature":  {rawToken(object{"alg": "HS256"}, claims, nil), verifier.SignatureMismatch},
		"another issuer":     {rawToken(object{"alg": "HS256"}, object{"iss": "x", "sha256": claims["sha256"]}, secret), verifier.SignatureMismatch},
		"no hash":            {rawToken(object{"alg": "HS256"}, object{"iss": "netlify"}, secret), verifier.SignatureMismatch},
		"claims of no JSON":  {rawToken(object{"alg": "HS256"}, object{"iss": 1}, secret), verifier.SignatureMalformed},
		"two parts":          {"a.b", verifier.SignatureMalformed},
		"padded":             {rawToken(object{"alg": "HS256"}, claims, secret) + "=", verifier.SignatureMalformed},
		"five parts (a JWE)": {"a.b.c.d.e", verifier.SignatureMalformed},
		"JSON serialization": {`{"payload":"","signatures":[]}`, verifier.SignatureMalformed},
	} {
		r := &verifier.Request{Header: http.Header{netlifyHeader: {tt.token}}, Body: body}
		if _, err := v.Verify(r, now); codeOf(err) != tt.want || err != nil && tt.want == "" {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

// A secret shorter than its hash is used as it is.
func TestShortSecretsOfTokens(t *testing.T) {
	v := newVerifier(t, "netlify", verifier.Settings{Secrets: []string{"short"}})
	token := rawToken(object{"alg": "HS256"}, object{"iss": "netlify", "sha256": hexSHA256(nil)}, []byte("short"))
	if _, err := v.Verify(&verifier.Request{Header: http.Header{netlifyHeader: {token}}}, now); err != nil {
		t.Error(err)
	}
}

func TestMondayTokenIsForAnAddress(t *testing.T) {
	secret := []byte("signing secret")
	claims := func(change func(object)) object {
		o := object{"aud": "https://hooks.example.com/in", "iat": now.Unix(), "exp": now.Unix() + 300, "accountId": 1, "shortLivedToken": "x"}
		change(o)
		return o
	}
	for name, tt := range map[string]struct {
		change    func(object)
		publicURL string
		want      verifier.Code
	}{
		"its own":             {func(object) {}, "", ""},
		"with the query":      {func(o object) { o["aud"] = "https://hooks.example.com/in?v=1" }, "", ""},
		"with the port":       {func(o object) { o["aud"] = "https://hooks.example.com:443/in" }, "", ""},
		"the public one":      {func(o object) { o["aud"] = "https://public.example.com/in" }, "https://public.example.com", ""},
		"not the public one":  {func(object) {}, "https://public.example.com", verifier.TokenMismatch},
		"another":             {func(o object) { o["aud"] = "https://evil.example.com/in" }, "", verifier.TokenMismatch},
		"none":                {func(o object) { delete(o, "aud") }, "", verifier.TokenMismatch},
		"expired":             {func(o object) { o["exp"] = now.Unix() - 31 }, "", verifier.TimestampTooOld},
		"expired just now":    {func(o object) { o["exp"] = now.Unix() - 30 }, "", ""},
		"not valid yet":       {func(o object) { o["iat"] = now.Unix() + 31 }, "", verifier.TimestampInFuture},
		"without exp":         {func(o object) { delete(o, "exp") }, "", verifier.TimestampMissing},
		"without iat":         {func(o object) { delete(o, "iat") }, "", verifier.TimestampMissing},
		"a token that is old": {func(o object) { o["iat"] = now.Unix() - 3600 }, "", ""},
	} {
		v := newVerifier(t, "monday", verifier.Settings{Secrets: []string{string(secret)}, PublicURL: tt.publicURL})
		token := rawToken(object{"alg": "HS256", "typ": "JWT"}, claims(tt.change), secret)
		for _, prefix := range []string{"", "Bearer "} {
			r := &verifier.Request{Method: "POST", Scheme: "https", Host: "hooks.example.com", URI: "/in?v=1", Header: http.Header{"Authorization": {prefix + token}}}
			if _, err := v.Verify(r, now); codeOf(err) != tt.want || err != nil && tt.want == "" {
				t.Errorf("%s: %v, want %q", name, err, tt.want)
			}
		}
	}
}

func TestMessageBirdHeader(t *testing.T) {
	if messagebirdHeader != http.CanonicalHeaderKey("MessageBird-Signature-JWT") {
		t.Error("another header than the provider's")
	}
}

func TestPlaidSecrets(t *testing.T) {
	p := lookup(t, "plaid")
	for _, bad := range []string{"client", "client:", ":secret", " : "} {
		if _, err := p.New(verifier.Settings{Secrets: []string{bad}}); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	v := newVerifier(t, "plaid", settings("plaid"))
	r := signed(t, "plaid", v)
	rotated := newVerifier(t, "plaid", verifier.Settings{Secrets: []string{"client:old", "client:secret"}})
	if got, err := rotated.Verify(r, now); err != nil || got.Secret != 1 {
		t.Errorf("after a rotation: %+v, %v", got, err)
	}
	wrong := newVerifier(t, "plaid", verifier.Settings{Secrets: []string{"client:old"}})
	if _, err := wrong.Verify(r, now); err == nil || errors.As(err, new(*verifier.Error)) || strings.Contains(err.Error(), "old") {
		t.Errorf("credentials that Plaid refuses: %v", err)
	}
	sandbox := settings("plaid")
	sandbox.Sandbox = true
	if _, err := newVerifier(t, "plaid", sandbox).Verify(r, now); err == nil || !strings.Contains(err.Error(), "sandbox.plaid.com") {
		t.Errorf("the sandbox: %v", err)
	}
}

// No token but Plaid's passes, and few of them cause a call.
func TestPlaidTokens(t *testing.T) {
	theWeb.forget()
	v := newVerifier(t, "plaid", settings("plaid"))
	r := signed(t, "plaid", v)
	genuine := r.Header.Get(plaidHeader)
	if _, err := v.Verify(r, now); err != nil {
		t.Fatal(err)
	}
	for i := range len(genuine) {
		c := clone(r)
		b := []byte(genuine)
		b[i] ^= 1
		c.Header.Set(plaidHeader, string(b))
		if _, err := v.Verify(c, now); err == nil {
			t.Errorf("a flip of byte %d passes", i)
		}
	}
	if _, err := v.Verify(r, now); err != nil {
		t.Errorf("the genuine one after them: %v", err)
	}
	if _, err := v.Verify(r, now.Add(5*time.Minute+time.Second)); codeOf(err) != verifier.TimestampTooOld {
		t.Errorf("an old one: %v", err)
	}
	c := clone(r)
	c.Body = append(c.Body, ' ')
	if _, err := v.Verify(c, now); codeOf(err) != verifier.SignatureMismatch {
		t.Errorf("another body: %v", err)
	}

	before := theWeb.count(plaidLive)
	claims := object{"iat": now.Unix(), "request_body_sha256": hexSHA256(r.Body)}
	for _, header := range []object{
		{"alg": "HS256", "kid": testPlaidKeyID},
		{"alg": "none", "kid": testPlaidKeyID},
		{"alg": "ES256"},
		{"alg": "ES256", "kid": "../../../x"},
		{"alg": "ES256", "kid": strings.Repeat("a", 100)},
		{"alg": "ES256", "kid": 1},
	} {
		c := clone(r)
		c.Header.Set(plaidHeader, rawToken(header, claims, []byte("x")))
		if _, err := v.Verify(c, now); codeOf(err) != verifier.SignatureMalformed {
			t.Errorf("%v: %v", header, err)
		}
	}
	if theWeb.count(plaidLive) != before {
		t.Error("a malformed token causes a call")
	}
}

func TestPlaidKeys(t *testing.T) {
	key := func(change func(object)) []byte {
		var o object
		_ = json.Unmarshal(must(json.Marshal(jose.JSONWebKey{Key: testECDSA.Public(), KeyID: "kid", Algorithm: "ES256", Use: "sig"})), &o)
		change(o)
		return must(json.Marshal(object{"key": o}))
	}
	for name, tt := range map[string]struct {
		document []byte
		good     bool
	}{
		"good":    {key(func(object) {}), true},
		"null":    {key(func(o object) { o["expired_at"] = nil }), true},
		"expired": {key(func(o object) { o["expired_at"] = 1 }), false},
		"other":   {key(func(o object) { o["kid"] = "other" }), false},
		"alg":     {key(func(o object) { o["alg"] = "ES384" }), false},
		"RSA":     {must(json.Marshal(object{"key": jose.JSONWebKey{Key: testRSA.Public(), KeyID: "kid", Algorithm: "ES256"}})), false},
		"none":    {[]byte("{}"), false},
		"noise":   {[]byte("<html>"), false},
	} {
		if _, err := readPlaidKey(tt.document, "kid"); (err == nil) != tt.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}
