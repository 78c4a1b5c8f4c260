package providers

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func TestRoundTrip(t *testing.T) {
	for _, name := range verifier.Names() {
		t.Run(name, func(t *testing.T) {
			s := settings(name)
			v := newVerifier(t, name, s)
			r := signed(t, name, v)
			got, err := v.Verify(r, now)
			if err != nil {
				t.Fatal(err)
			}
			if want := (verifier.Result{Insecure: name == "none"}); got.Insecure != want.Insecure || got.Secret != 0 {
				t.Errorf("result %+v", got)
			}
			if signs := lookup(t, name).Covers(s).Timestamp; signs != got.SignedAt.Equal(now) {
				t.Errorf("signed at %v, covers the timestamp: %v", got.SignedAt, signs)
			}
			if err := v.Sign(r, id, now.Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			if _, err := v.Verify(r, now.Add(time.Hour)); err != nil {
				t.Errorf("signed a second time: %v", err)
			}
		})
	}
}

func TestRotation(t *testing.T) {
	for _, name := range verifier.Names() {
		s := settings(name)
		if len(s.Secrets) == 0 || name == "plaid" { // whose secret fetches the key; see TestPlaidSecrets
			continue
		}
		r := signed(t, name, newVerifier(t, name, s))
		other := otherSecret(name)
		s.Secrets = []string{other, s.Secrets[0]}
		if got, err := newVerifier(t, name, s).Verify(r, now); err != nil || got.Secret != 1 {
			t.Errorf("%s: the second secret: %+v, %v", name, got, err)
		}
		s.Secrets = []string{other}
		_, err := newVerifier(t, name, s).Verify(r, now)
		if code := codeOf(err); code != verifier.SignatureMismatch && code != verifier.TokenMismatch {
			t.Errorf("%s: another secret: %v", name, err)
		}
	}
}

// testOthers are second secrets of the providers for which "other" is none.
var testOthers = map[string]string{}

func otherSecret(name string) string {
	p, _ := verifier.Lookup(name)
	switch other := testOthers[name]; {
	case other != "":
		return other
	case p.Scheme.Kind == verifier.Custom && p.Scheme.Custom.NewPair != nil:
		return newPrivate(p)
	default:
		return secretFor(p, "another secret, as long as the first")
	}
}

// A stale request is told from a forged one, and only a genuine one hears that it is stale.
func TestAge(t *testing.T) {
	for _, name := range []string{"stripe", "slack", "standard_webhooks", "docurift"} {
		v := newVerifier(t, name, settings(name))
		valid := signed(t, name, v)
		forged := clone(valid)
		forged.Body = append(forged.Body, ' ')
		tests := []struct {
			age  time.Duration
			want verifier.Code
		}{
			{5 * time.Minute, ""},
			{5*time.Minute + time.Second, verifier.TimestampTooOld},
			{-5 * time.Minute, ""},
			{-5*time.Minute - time.Second, verifier.TimestampInFuture},
		}
		for _, tt := range tests {
			if _, err := v.Verify(valid, now.Add(tt.age)); codeOf(err) != tt.want {
				t.Errorf("%s, age %v: %v, want %q", name, tt.age, err, tt.want)
			}
			if _, err := v.Verify(forged, now.Add(tt.age)); codeOf(err) != verifier.SignatureMismatch {
				t.Errorf("%s, forged, age %v: %v", name, tt.age, err)
			}
		}
	}
}

// emptySecrets are more that hold nothing, or only half of what a secret of the provider has.
var emptySecrets = map[string][]string{
	"adyen":     {"20", "2020", "0a"},
	"braintree": {":", "public:", ":private", "public: ", " :private", "public"},
	"plaid":     {":", "client:", ":secret", "client: ", " :secret", "client"},
}

func TestEmptySecretsAreRefused(t *testing.T) {
	for _, name := range verifier.Names() {
		p := lookup(t, name)
		if len(settings(name).Secrets) == 0 {
			continue
		}
		empty := []string{"", " ", "\t", "\n", " \r\n", "\v\f", "\u00a0", "\u2003\u3000", strings.Repeat(" ", 64)}
		switch {
		case p.Scheme.Kind == verifier.Basic:
			empty = append(empty, ":", "user:", ":password", " : ", "user")
		case p.Scheme.Kind == verifier.Token && settings(name).Header+p.Scheme.Header != "":
			empty = append(empty, "Bearer ", "Bearer", "basic")
		case p.Scheme.Signature.SecretEncoding == "whsec":
			empty = append(empty, "whsec_", "v1,whsec_", "whsec_ICAg", "whsec_====")
			if p.Scheme.Ed25519 != nil {
				empty = append(empty, "whpk_", "whsk_", "whpk_AAAA")
			}
		case p.Scheme.Signature.KeyHeader != "":
			empty = append(empty, "key", "key:", "key: ", ":secret", ":")
		case p.Scheme.Kind == verifier.HMAC || p.Scheme.Kind == verifier.Custom:
			empty = append(empty, "whsec_", " whsec_\n")
		}
		empty = append(empty, emptySecrets[name]...)
		switch p.Scheme.Signature.SecretEncoding { // of nothing but spaces
		case "hex":
			empty = append(empty, "2020", "0a")
		case "base64", "whsec":
			empty = append(empty, "ICAg", "Cg==")
		}
		for _, secret := range empty {
			s := settings(name)
			s.Secrets = []string{secret}
			if _, err := p.New(s); err == nil {
				t.Errorf("%s takes the secret %q", name, secret)
			}
			s.Secrets = append(settings(name).Secrets, secret)
			if _, err := p.New(s); err == nil {
				t.Errorf("%s takes %q as second secret", name, secret)
			}
		}
		s := settings(name)
		s.Secrets = nil
		if _, err := p.New(s); err == nil {
			t.Errorf("%s works without a secret", name)
		}
	}
}

func codeOf(err error) verifier.Code {
	if e, ok := errors.AsType[*verifier.Error](err); ok {
		return e.Code
	}
	return ""
}

func TestStandardWebhooksVersions(t *testing.T) {
	const (
		private = "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
		shared  = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	)
	signer := newVerifier(t, "standard_webhooks", verifier.Settings{Secrets: []string{private}})
	r := signed(t, "standard_webhooks", signer)
	signature := r.Header.Get("webhook-signature")
	if len(signature) < 4 || signature[:4] != "v1a," {
		t.Fatalf("a private key signs v1a, not %q", signature)
	}
	if _, err := signer.Verify(r, now); err != nil {
		t.Error(err)
	}

	hmacOnly := newVerifier(t, "standard_webhooks", verifier.Settings{Secrets: []string{shared}})
	if _, err := hmacOnly.Verify(r, now); codeOf(err) != verifier.SignatureMismatch {
		t.Errorf("a v1a signature for an HMAC secret: %v", err)
	}
	mixed := newVerifier(t, "standard_webhooks", verifier.Settings{Secrets: []string{shared, private}})
	if got, err := mixed.Verify(r, now); err != nil || got.Secret != 1 {
		t.Errorf("both kinds of secrets: %+v, %v", got, err)
	}

	// An HMAC under the label of v1a, or an Ed25519 signature under that of v1, is none.
	r = signed(t, "standard_webhooks", hmacOnly)
	genuine := r.Header.Get("webhook-signature")
	for _, relabelled := range []string{"v1a," + genuine[3:], "v2," + genuine[3:], genuine[3:], "v1" + genuine[3:], "v1a,", "v1,"} {
		r.Header.Set("webhook-signature", relabelled)
		if _, err := mixed.Verify(r, now); err == nil {
			t.Errorf("%q passes", relabelled)
		}
	}
	r.Header.Set("webhook-signature", "v2,x v1a,y  v1,z "+genuine)
	if _, err := mixed.Verify(r, now); err != nil {
		t.Errorf("the genuine one among others: %v", err)
	}

	public := newVerifier(t, "standard_webhooks", verifier.Settings{Secrets: []string{"whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="}})
	if err := public.Sign(r, id, now); err == nil {
		t.Error("a public key signs")
	}
}

func TestShopifySpellings(t *testing.T) {
	v := newVerifier(t, "shopify", settings("shopify"))
	r := signed(t, "shopify", v)
	signature := r.Header.Get("X-Shopify-Hmac-SHA256")
	if signature == "" {
		t.Fatal("no signature")
	}
	r.Header.Del("X-Shopify-Hmac-Sha256")
	r.Header.Set("shopify-hmac-sha256", signature)
	if _, err := v.Verify(r, now); err != nil {
		t.Errorf("the newer spelling: %v", err)
	}
}

func TestGitHubIgnoresSHA1(t *testing.T) {
	v := newVerifier(t, "github", verifier.Settings{Secrets: []string{"secret"}})
	r := &verifier.Request{Method: "POST", Header: http.Header{}, Body: []byte("{}")}
	sha1 := newVerifier(t, "hmac", verifier.Settings{Secrets: []string{"secret"}, Signature: &verifier.Signature{Header: []string{"X-Hub-Signature"}, Prefix: "sha1=", Algorithm: "sha1"}})
	if err := sha1.Sign(r, "", now); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(r, now); codeOf(err) != verifier.SignatureMissing {
		t.Errorf("SHA-1 alone: %v", err)
	}
	r.Header.Set("X-Hub-Signature-256", r.Header.Get("X-Hub-Signature"))
	if _, err := v.Verify(r, now); codeOf(err) != verifier.SignatureMalformed {
		t.Errorf("SHA-1 in the header of SHA-256: %v", err)
	}
}

func TestContractfit(t *testing.T) {
	p := lookup(t, "contractfit")
	v := newVerifier(t, "contractfit", verifier.Settings{Secrets: []string{"Token abc"}, Header: "X-Api-Key"})
	r := &verifier.Request{Header: http.Header{"X-Api-Key": {"Token abc"}}}
	if _, err := v.Verify(r, now); err != nil {
		t.Error(err)
	}
	r.Header.Set("X-Api-Key", "abc")
	if _, err := v.Verify(r, now); codeOf(err) != verifier.TokenMismatch {
		t.Errorf("a part of the value: %v", err)
	}
	if _, err := p.New(verifier.Settings{Secrets: []string{"x"}, Insecure: true}); err == nil {
		t.Error("secret and insecure together")
	}
	open := newVerifier(t, "contractfit", verifier.Settings{Insecure: true})
	if got, err := open.Verify(&verifier.Request{}, now); err != nil || !got.Insecure {
		t.Errorf("insecure: %+v, %v", got, err)
	}
}

func TestSlackChallenge(t *testing.T) {
	p := lookup(t, "slack")
	if p.Handshake.BeforeVerify {
		t.Error("Slack signs the challenge: verify it first")
	}
	e := p.Sample("url_verification", id, now)
	a := p.Handshake.Answer(&verifier.Request{Body: e.Body})
	if a == nil || a.Status != 200 || string(a.Body) != id {
		t.Fatalf("answer %+v", a)
	}
	if a.Header.Get("Content-Type") != "text/plain; charset=utf-8" || a.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers %v", a.Header)
	}
	if a := p.Handshake.Answer(&verifier.Request{Body: p.Sample("message", id, now).Body}); a != nil {
		t.Errorf("an event is answered %+v", a)
	}
}
