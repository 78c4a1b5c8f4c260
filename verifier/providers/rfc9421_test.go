package providers

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

// rfcVectors are requests of the RFC's appendix B, those of its part B.2.5 and of our own list.
func rfcVectors(t *testing.T) []vector {
	t.Helper()
	text, err := os.ReadFile("../testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var all, ours []vector
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		if v.Provider == "rfc9421" {
			ours = append(ours, v)
		}
	}
	if len(ours) < 2 {
		t.Fatalf("%d vectors", len(ours))
	}
	b25 := ours[0]
	b25.ID, b25.Secret = "B.2.5", "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="
	b25.Headers = map[string]string{
		"Date":            "Tue, 20 Apr 2021 02:07:55 GMT",
		"Content-Type":    "application/json",
		"Content-Digest":  ours[0].Headers["Content-Digest"],
		"Signature-Input": `sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"`,
		"Signature":       "sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:",
	}
	return append(ours, b25)
}

// The signatures of the RFC's examples leave the body out, which no configuration allows: they are
// verified here without a list of what has to be covered.
func TestRFC9421Vectors(t *testing.T) {
	for _, c := range rfcVectors(t) {
		r := c.request(t)
		if c.Kind != "" {
			if err := checkContentDigest(r); (err == nil) != c.Valid {
				t.Errorf("%s: %v", c.ID, err)
			}
			continue
		}
		algorithm := "hmac-sha256"
		if strings.HasPrefix(c.Secret, "MCowBQYDK2Vw") { // a public key of Ed25519
			algorithm = "ed25519"
		}
		v := &messageVerifier{algorithm: algorithm, tolerance: time.Minute, keys: []signatureKey{must(messageAlgorithms[algorithm](c.Secret))}}
		if _, err := v.Verify(r, time.Unix(c.Now, 0)); (err == nil) != c.Valid {
			t.Errorf("%s: valid should be %v: %v", c.ID, c.Valid, err)
		}
		strict := newVerifier(t, "rfc9421", verifier.Settings{Secrets: []string{c.Secret}, Algorithm: algorithm})
		if _, err := strict.Verify(r, time.Unix(c.Now, 0)); codeOf(err) != verifier.SignatureMalformed {
			t.Errorf("%s: a signature that leaves the body out: %v", c.ID, err)
		}
	}
}

func TestRFC9421Algorithms(t *testing.T) {
	pair := func(private, _ string, err error) string { return must(private, err) }
	rsaKey := pair(writePair(testRSA, nil))
	secrets := map[string]string{
		"hmac-sha256":       base64.StdEncoding.EncodeToString([]byte("a shared key of some length")),
		"ed25519":           must(firstOf(lookup(t, "rfc9421").Scheme.Custom.NewPair())),
		"ecdsa-p256-sha256": pair(writePair(testECDSA, nil)),
		"ecdsa-p384-sha384": pair(writePair(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))),
		"rsa-pss-sha512":    rsaKey,
		"rsa-v1_5-sha256":   rsaKey,
	}
	if len(secrets) != len(messageAlgorithms) {
		t.Error("not all algorithms are tested")
	}
	for signer, secret := range secrets {
		r := signed(t, "rfc9421", newVerifier(t, "rfc9421", verifier.Settings{Secrets: []string{secret}, Algorithm: signer}))
		for algorithm, key := range secrets {
			v, err := lookup(t, "rfc9421").New(verifier.Settings{Secrets: []string{key}, Algorithm: algorithm})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := v.Verify(r, now); (err == nil) != (signer == algorithm) {
				t.Errorf("%s, verified as %s: %v", signer, algorithm, err)
			}
			// A public key must never serve as a shared one, nor another kind as this.
			if _, err := lookup(t, "rfc9421").New(verifier.Settings{Secrets: []string{secret}, Algorithm: algorithm}); err == nil &&
				signer != algorithm && algorithm != "hmac-sha256" && (!strings.HasPrefix(signer, "rsa") || !strings.HasPrefix(algorithm, "rsa")) {
				t.Errorf("a key for %s serves %s", signer, algorithm)
			}
		}
	}
}

func firstOf(a, _ string, err error) (string, error) { return a, err }

func TestRFC9421Covers(t *testing.T) {
	s := settings("rfc9421")
	v := newVerifier(t, "rfc9421", s)
	signer := must(newMessageSignatures(s)).(*messageVerifier)
	sign := func(components ...string) *verifier.Request {
		e := lookup(t, "rfc9421").Sample("", id, now)
		r := &verifier.Request{Method: "POST", Scheme: "https", Host: "Hooks.Example.com:443", URI: "/in?v=1&w=a%20b", Header: e.Header, Body: e.Body}
		c := *signer
		c.components = components
		if err := c.Sign(r, "", now); err != nil {
			t.Fatal(err)
		}
		return r
	}
	for name, tt := range map[string]struct {
		components []string
		want       verifier.Code
	}{
		"all":                {[]string{"@method", "@authority", "@path", "content-digest"}, ""},
		"the target":         {[]string{"@method", "@target-uri", "content-digest"}, ""},
		"the request target": {[]string{"@method", "@authority", "@request-target", "content-digest"}, ""},
		"more":               {[]string{"content-digest", "@query", "@scheme", "@path", "@authority", "@method", "content-type"}, ""},
		"without the body":   {[]string{"@method", "@authority", "@path"}, verifier.SignatureMalformed},
		"without the method": {[]string{"@authority", "@path", "content-digest"}, verifier.SignatureMalformed},
		"without the host":   {[]string{"@method", "@path", "content-digest"}, verifier.SignatureMalformed},
		"without the path":   {[]string{"@method", "@authority", "content-digest"}, verifier.SignatureMalformed},
		"nothing":            {nil, verifier.SignatureMalformed},
	} {
		if _, err := v.Verify(sign(tt.components...), now); codeOf(err) != tt.want || err != nil && tt.want == "" {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}

	for name, mutate := range map[string]func(*verifier.Request){
		"method":    func(r *verifier.Request) { r.Method = "PUT" },
		"authority": func(r *verifier.Request) { r.Host = "evil.example.com" },
		"port":      func(r *verifier.Request) { r.Host = "hooks.example.com:8443" },
		"path":      func(r *verifier.Request) { r.URI = "/on?v=1&w=a%20b" },
		"body":      func(r *verifier.Request) { r.Body = append(r.Body, ' ') },
		"both":      func(r *verifier.Request) { r.Body = nil; r.Header.Set("Content-Digest", newContentDigest(nil)) },
		"type":      func(r *verifier.Request) { r.Header.Set("Content-Type", "text/plain") },
		"query":     func(r *verifier.Request) { r.URI = "/in?v=2&w=a%20b" },
		"order":     func(r *verifier.Request) { r.URI = "/in?w=a%20b&v=1" },
	} {
		r := sign("@method", "@target-uri", "content-type", "content-digest")
		mutate(r)
		if _, err := v.Verify(r, now); codeOf(err) != verifier.SignatureMismatch {
			t.Errorf("%s changed: %v", name, err)
		}
	}

	s.Components = []string{"@target-uri", "x-tenant", "content-digest"}
	r := sign("@method", "@target-uri", "content-digest")
	if _, err := newVerifier(t, "rfc9421", s).Verify(r, now); codeOf(err) != verifier.SignatureMalformed {
		t.Errorf("a component that the settings ask for: %v", err)
	}
}

func TestRFC9421Parameters(t *testing.T) {
	s := settings("rfc9421")
	v := newVerifier(t, "rfc9421", s)
	key := must(messageAlgorithms[s.Algorithm](s.Secrets[0]))
	// sign makes a signature with parameters as they are written.
	sign := func(input string) *verifier.Request {
		e := lookup(t, "rfc9421").Sample("", id, now)
		r := &verifier.Request{Method: "POST", Scheme: "https", Host: "hooks.example.com", URI: "/in", Header: e.Header, Body: e.Body}
		digest := newContentDigest(r.Body)
		base := "\"@method\": POST\n\"@authority\": hooks.example.com\n\"@path\": /in\n\"content-digest\": " + digest + "\n\"@signature-params\": " + input
		r.Header.Set("Content-Digest", digest)
		r.Header.Set("Signature-Input", "a="+input)
		r.Header.Set("Signature", "a=:"+base64.StdEncoding.EncodeToString(must(key.sign([]byte(base))))+":")
		return r
	}
	const list = `("@method" "@authority" "@path" "content-digest")`
	for params, want := range map[string]verifier.Code{
		";created=1790000000":                             "",
		`;created=1790000000;keyid="x";nonce="y";tag="z"`: "",
		";created=1790000000;alg=\"ed25519\"":             "",
		";created=1790000000;alg=\"hmac-sha256\"":         verifier.SignatureMalformed,
		";created=1790000000;expires=1790000000":          "",
		";created=1790000000;expires=1789999999":          verifier.TimestampTooOld,
		";created=1790000000;expires=\"soon\"":            verifier.TimestampMalformed,
		"":                                                verifier.TimestampMissing,
		";created=\"1790000000\"":                         verifier.TimestampMalformed,
		";created=-1":                                     verifier.TimestampMalformed,
		";created=1789999700":                             "",
		";created=1789999699":                             verifier.TimestampTooOld,
		";created=1790000301":                             verifier.TimestampInFuture,
	} {
		if _, err := v.Verify(sign(list+params), now); codeOf(err) != want || err != nil && want == "" {
			t.Errorf("%s: %v, want %q", params, err, want)
		}
	}

	for name, change := range map[string]func(http.Header){
		"a parameter that is not supported": func(h http.Header) {
			h.Set("Signature-Input", strings.Replace(h.Get("Signature-Input"), `"content-digest"`, `"content-digest";sf`, 1))
		},
		"a component twice": func(h http.Header) {
			h.Set("Signature-Input", strings.Replace(h.Get("Signature-Input"), `"@path"`, `"@path" "@path"`, 1))
		},
		"an unknown one": func(h http.Header) {
			h.Set("Signature-Input", strings.Replace(h.Get("Signature-Input"), `"@path"`, `"@path" "@status"`, 1))
		},
		"an absent header": func(h http.Header) {
			h.Set("Signature-Input", strings.Replace(h.Get("Signature-Input"), `"@path"`, `"@path" "x-absent"`, 1))
		},
		"no structured field": func(h http.Header) { h.Set("Signature", "???") },
		"a number":            func(h http.Header) { h.Set("Signature", "a=1") },
		"no list":             func(h http.Header) { h.Set("Signature-Input", "a=1") },
		"many labels": func(h http.Header) {
			h.Set("Signature", strings.Repeat("x", 9)+"=1, b=1, c=1, d=1, e=1, f=1, g=1, h=1, i=1")
		},
		"a very long header": func(h http.Header) { h.Set("Signature", h.Get("Signature")+", b=\""+strings.Repeat("x", 9<<10)+"\"") },
	} {
		r := sign(list + ";created=1790000000")
		change(r.Header)
		if _, err := v.Verify(r, now); codeOf(err) != verifier.SignatureMalformed {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, header := range []string{"Signature", "Signature-Input"} {
		r := sign(list + ";created=1790000000")
		r.Header.Set(header, strings.Replace(r.Header.Get(header), "a=", "b=", 1))
		if _, err := v.Verify(r, now); codeOf(err) != verifier.SignatureMissing {
			t.Errorf("%s of another label: %v", header, err)
		}
	}
	// The genuine one among others.
	r := sign(list + ";created=1790000000")
	r.Header.Set("Signature", `b=:AAAA:, `+r.Header.Get("Signature"))
	r.Header.Set("Signature-Input", `b=("date");created=1, `+r.Header.Get("Signature-Input"))
	if _, err := v.Verify(r, now); err != nil {
		t.Errorf("among others: %v", err)
	}
}

func TestRFC9421Settings(t *testing.T) {
	p := lookup(t, "rfc9421")
	good := settings("rfc9421").Secrets
	for name, s := range map[string]verifier.Settings{
		"no algorithm":         {Secrets: good},
		"an unknown one":       {Secrets: good, Algorithm: "none"},
		"no digest":            {Secrets: good, Algorithm: "ed25519", Components: []string{"@method"}},
		"capitals":             {Secrets: good, Algorithm: "ed25519", Components: []string{"Content-Digest", contentDigest}},
		"a key of another":     {Secrets: good, Algorithm: "ecdsa-p256-sha256"},
		"text as a shared key": {Secrets: []string{"a secret text"}, Algorithm: "hmac-sha256"},
		"an empty shared key":  {Secrets: []string{"ICAg"}, Algorithm: "hmac-sha256"},
		"text as a public key": {Secrets: []string{"a secret text"}, Algorithm: "ed25519"},
	} {
		if _, err := p.New(s); err == nil {
			t.Errorf("%s is taken", name)
		} else if strings.Contains(err.Error(), good[0]) {
			t.Errorf("%s: the error holds the secret", name)
		}
	}
	_, public, err := p.Scheme.Custom.NewPair()
	if err != nil {
		t.Fatal(err)
	}
	v := newVerifier(t, "rfc9421", verifier.Settings{Secrets: []string{public}, Algorithm: "ed25519"})
	if err := v.Sign(&verifier.Request{Method: "POST", Header: http.Header{}}, "", now); err == nil {
		t.Error("a public key signs")
	}
}

func TestContentDigest(t *testing.T) {
	r := &verifier.Request{Header: http.Header{}, Body: []byte(`{"hello": "world"}`)}
	const (
		sha256 = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"
		sha512 = "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"
	)
	for value, want := range map[string]verifier.Code{
		sha256:                          "",
		sha512:                          "",
		sha512 + ", " + sha256:          "",
		"md5=:AAAA:, " + sha256:         "",
		sha256 + ", sha-512=:AAAA:":     verifier.SignatureMismatch,
		"sha-256=:AAAA:":                verifier.SignatureMismatch,
		"sha-256=1":                     verifier.SignatureMismatch,
		"md5=:AAAA:":                    verifier.SignatureMissing,
		"sha=:AAAA:, unixsum=:AAAA:":    verifier.SignatureMissing,
		"":                              verifier.SignatureMissing,
		"sha-256=X48E9qOokqqrvdts8nOJ=": verifier.SignatureMalformed,
	} {
		r.Header.Set("Content-Digest", value)
		if err := checkContentDigest(r); codeOf(err) != want || err != nil && want == "" {
			t.Errorf("%s: %v, want %q", value, err, want)
		}
	}
}

// What is said to be covered is what a request cannot be changed in, and no more.
func TestRFC9421SaysWhatItCovers(t *testing.T) {
	whole := []string{"@method", "@target-uri", "content-digest", "content-type"}
	for name, tt := range map[string]struct {
		components []string
		want       verifier.Covers
	}{
		"by default": {nil, verifier.Covers{Body: true, Timestamp: true, Method: true, Host: true, Path: true, Headers: []string{"Content-Digest"}}},
		"the body":   {[]string{"content-digest"}, verifier.Covers{Body: true, Timestamp: true, Headers: []string{"Content-Digest"}}},
		"the target": {whole, verifier.Covers{Body: true, Timestamp: true, Method: true, URL: true, Headers: []string{"Content-Digest", "Content-Type"}}},
		"its parts": {
			[]string{"@authority", "@request-target", "content-digest"},
			verifier.Covers{Body: true, Timestamp: true, URL: true, Host: true, Path: true, Headers: []string{"Content-Digest"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := settings("rfc9421")
			s.Components = tt.components
			got := lookup(t, "rfc9421").Covers(s)
			if !reflect.DeepEqual(got, tt.want) {
				t.Fatalf("%+v, want %+v", got, tt.want)
			}
			v := newVerifier(t, "rfc9421", s)
			for part, change := range map[string]struct {
				covered bool
				change  func(*verifier.Request)
			}{
				"body":         {got.Body, func(r *verifier.Request) { r.Body = append(r.Body, ' ') }},
				"method":       {got.Method, func(r *verifier.Request) { r.Method = "PUT" }},
				"host":         {got.Host || got.URL, func(r *verifier.Request) { r.Host = "other.example.com" }},
				"path":         {got.Path || got.URL, func(r *verifier.Request) { r.URI = "/other?v=1" }},
				"query":        {got.URL, func(r *verifier.Request) { r.URI = "/in?v=2" }},
				"content type": {got.Header("Content-Type"), func(r *verifier.Request) { r.Header.Set("Content-Type", "text/plain") }},
			} {
				r := signed(t, "rfc9421", v)
				change.change(r)
				if _, err := v.Verify(r, now); (err != nil) != change.covered {
					t.Errorf("another %s: %v, said to be covered: %v", part, err, change.covered)
				}
			}
		})
	}
}
