package providers

import (
	"crypto/rand"
	"crypto/rsa"
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

func TestDetachedSignatures(t *testing.T) {
	body := []byte(`{"a":1}`)
	signWith := func(fields map[jose.HeaderKey]any) string {
		r := &verifier.Request{Header: http.Header{}, Body: body}
		if err := signDetached(r, saleorHeader, fields); err != nil {
			t.Fatal(err)
		}
		return r.Header.Get(saleorHeader)
	}
	plain := signWith(map[jose.HeaderKey]any{"b64": false})
	encoded := must(must(must(jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: testRSA}, nil)).Sign(body)).DetachedCompactSerialize())
	head, signature, _ := strings.Cut(plain, "..")
	v := newVerifier(t, "saleor", settings("saleor"))
	for name, tt := range map[string]struct {
		text string
		want verifier.Code
	}{
		"plain payload":       {plain, ""},
		"with crit":           {signWith(map[jose.HeaderKey]any{"b64": false, "crit": []string{"b64"}}), ""},
		"encoded payload":     {encoded, ""},
		"unknown crit":        {signWith(map[jose.HeaderKey]any{"b64": false, "crit": []string{"x"}}), verifier.SignatureMismatch},
		"an unknown key":      {signWith(map[jose.HeaderKey]any{"b64": false, "kid": "2"}), verifier.SignatureMismatch},
		"another algorithm":   {signWith(map[jose.HeaderKey]any{"b64": false, "alg": "PS256"}), verifier.SignatureMalformed},
		"HMAC with the key":   {signWith(map[jose.HeaderKey]any{"b64": false, "alg": "HS256"}), verifier.SignatureMalformed},
		"payload attached":    {head + "." + base64.RawURLEncoding.EncodeToString(body) + "." + signature, verifier.SignatureMalformed},
		"payload as it is":    {signWith(map[jose.HeaderKey]any{}), verifier.SignatureMismatch},
		"an HMAC in hex":      {strings.Repeat("ab", 32), verifier.SignatureMalformed},
		"nothing but a dot":   {"..", verifier.SignatureMalformed},
		"without a signature": {head + "..", verifier.SignatureMismatch},
	} {
		r := &verifier.Request{Header: http.Header{saleorHeader: {tt.text}}, Body: body}
		if _, err := v.Verify(r, now); codeOf(err) != tt.want || err != nil && tt.want == "" {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	if _, err := v.Verify(&verifier.Request{Header: http.Header{saleorHeader: {plain}}}, now); codeOf(err) != verifier.SignatureMismatch {
		t.Errorf("no body: %v", err)
	}
}

// A new key is found at once, but forged signatures do not make us ask again and again.
func TestKeySetRotation(t *testing.T) {
	theWeb.forget()
	const address = "https://rotating.example.com/.well-known/jwks.json"
	set := func(keys ...jose.JSONWebKey) {
		theWeb.serve(address, must(json.Marshal(jose.JSONWebKeySet{Keys: keys})))
	}
	other := must(rsa.GenerateKey(rand.Reader, 2048))
	set(jose.JSONWebKey{Key: other.Public(), KeyID: "0"})
	v := newVerifier(t, "saleor", verifier.Settings{KeySet: address})
	r := signed(t, "saleor", v)
	verify := func(after time.Duration, want verifier.Code, calls int) {
		t.Helper()
		if _, err := v.Verify(r, now.Add(after)); codeOf(err) != want || err != nil && want == "" {
			t.Errorf("after %v: %v, want %q", after, err, want)
		}
		if n := theWeb.count(address); n != calls {
			t.Errorf("after %v: %d calls, want %d", after, n, calls)
		}
	}
	verify(0, verifier.SignatureMismatch, 1)
	verify(time.Second, verifier.SignatureMismatch, 1)
	set(jose.JSONWebKey{Key: other.Public(), KeyID: "0"}, jose.JSONWebKey{Key: testRSA.Public(), KeyID: "1"})
	verify(59*time.Second, verifier.SignatureMismatch, 1)
	verify(61*time.Second, "", 2)
	verify(time.Hour, "", 2)
	verify(61*time.Second+time.Hour, "", 3)
}

func TestKeySetDocuments(t *testing.T) {
	const address = "https://documents.example.com/jwks.json"
	key := func(k jose.JSONWebKey) object {
		var o object
		_ = json.Unmarshal(must(json.Marshal(k)), &o)
		return o
	}
	good := key(jose.JSONWebKey{Key: testRSA.Public(), KeyID: "1"})
	encryption := key(jose.JSONWebKey{Key: testRSA.Public(), KeyID: "1", Use: "enc"})
	elliptic := key(jose.JSONWebKey{Key: testECDSA.Public(), KeyID: "2"})
	for name, tt := range map[string]struct {
		document any
		good     bool
	}{
		"one key":         {object{"keys": []any{good}}, true},
		"among others":    {object{"keys": []any{encryption, elliptic, object{"kty": "??"}, good}}, true},
		"other uses only": {object{"keys": []any{encryption, elliptic}}, false},
		"no key":          {object{"keys": []any{}}, false},
		"too many":        {object{"keys": make([]any, 17)}, false},
		"no set":          {[]any{good}, false},
	} {
		theWeb.serve(address, must(json.Marshal(tt.document)))
		v := newVerifier(t, "saleor", verifier.Settings{KeySet: address})
		_, err := v.Verify(signed(t, "saleor", v), now)
		if (err == nil) != tt.good || errors.As(err, new(*verifier.Error)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, bad := range []string{"", "http://shop.example.com/", "https://", "https://shop.example.com", "https://a@b/", "https://a/?x", "file:///a"} {
		if _, err := lookup(t, "saleor").New(verifier.Settings{KeySet: bad}); err == nil {
			t.Errorf("key_set %q is taken", bad)
		}
	}
}

func TestConstantContactTime(t *testing.T) {
	v := newVerifier(t, "constant_contact", verifier.Settings{})
	r := signed(t, "constant_contact", v)
	if _, err := v.Verify(r, now.Add(5*time.Minute+time.Second)); codeOf(err) != verifier.TimestampTooOld {
		t.Errorf("an old one: %v", err)
	}
	if err := signDetached(r, constantContactHeader, map[jose.HeaderKey]any{"b64": false}); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(r, now); codeOf(err) != verifier.TimestampMissing {
		t.Errorf("without ts: %v", err)
	}
}
