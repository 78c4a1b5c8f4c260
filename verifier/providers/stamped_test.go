package providers

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func encodeBase64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
func encodeHex(b []byte) string    { return hex.EncodeToString(b) }

func TestStampedSignatures(t *testing.T) {
	for _, name := range []string{"discord", "sendgrid", "telnyx"} {
		pair := lookup(t, name).Scheme.Custom.NewPair
		private, public, err := pair()
		if err != nil {
			t.Fatal(err)
		}
		signer := newVerifier(t, name, verifier.Settings{Secrets: []string{private}})
		v := newVerifier(t, name, verifier.Settings{Secrets: []string{public}})
		r := signed(t, name, signer)
		if _, err := v.Verify(r, now); err != nil {
			t.Errorf("%s: the public half: %v", name, err)
		}
		if err := v.Sign(clone(r), id, now); err == nil {
			t.Errorf("%s: the public half signs", name)
		}
		for age, want := range map[time.Duration]verifier.Code{
			5 * time.Minute: "", 5*time.Minute + time.Second: verifier.TimestampTooOld,
			-5 * time.Minute: "", -5*time.Minute - time.Second: verifier.TimestampInFuture,
		} {
			if _, err := v.Verify(r, now.Add(age)); codeOf(err) != want || err != nil && want == "" {
				t.Errorf("%s: age %v: %v", name, age, err)
			}
		}
		for _, h := range testProofs[name] {
			c := clone(r)
			c.Header.Del(h)
			if _, err := v.Verify(c, now); codeOf(err) != verifier.SignatureMissing {
				t.Errorf("%s without %s: %v", name, h, err)
			}
			c.Header.Set(h, "???")
			if _, err := v.Verify(c, now); codeOf(err) != verifier.SignatureMalformed && codeOf(err) != verifier.SignatureMismatch {
				t.Errorf("%s with no signature: %v", name, err)
			}
		}
		stamp := lookup(t, name).Covers(verifier.Settings{}).Headers[0]
		c := clone(r)
		c.Header.Del(stamp)
		if _, err := v.Verify(c, now); codeOf(err) != verifier.TimestampMissing {
			t.Errorf("%s without %s: %v", name, stamp, err)
		}
		for _, bad := range []string{"a wrong key", public[:len(public)-2], public + "AA", strings.Repeat("0", 64) + "0"} {
			if _, err := lookup(t, name).New(verifier.Settings{Secrets: []string{bad}}); err == nil {
				t.Errorf("%s takes a key of %d characters", name, len(bad))
			} else if strings.Contains(err.Error(), bad) {
				t.Errorf("%s: the error holds the key", name)
			}
		}
	}
}

// What a signature is over must not depend on where the time ends.
func TestTelnyxSeparates(t *testing.T) {
	private, public, err := newEd25519Pair(encodeBase64)
	if err != nil {
		t.Fatal(err)
	}
	r := &verifier.Request{Header: http.Header{}, Body: []byte("1{}")}
	if err := newVerifier(t, "telnyx", verifier.Settings{Secrets: []string{private}}).Sign(r, "", now); err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Telnyx-Timestamp", r.Header.Get("Telnyx-Timestamp")+"1")
	r.Body = []byte("{}")
	if _, err := newVerifier(t, "telnyx", verifier.Settings{Secrets: []string{public}}).Verify(r, now); codeOf(err) != verifier.SignatureMismatch {
		t.Error(err)
	}
}

func TestReadKey(t *testing.T) {
	private, public, err := writePair(testECDSA, nil)
	if err != nil {
		t.Fatal(err)
	}
	inPEM := func(kind, text string) string {
		der, _ := base64.StdEncoding.DecodeString(text)
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	pkcs1 := base64.StdEncoding.EncodeToString(x509.MarshalPKCS1PrivateKey(testRSA))
	for text, want := range map[string]struct{ good, private bool }{
		public:                               {true, false},
		private:                              {true, true},
		inPEM("PUBLIC KEY", public):          {true, false},
		inPEM("PRIVATE KEY", private) + "\n": {true, true},
		inPEM("PUBLIC KEY", public) + "x":    {},
		pkcs1:                                {},
		"AAAA":                               {},
		"a secret":                           {},
		"":                                   {},
	} {
		_, key, err := readKey(text)
		if (err == nil) != want.good || (key != nil) != want.private {
			t.Errorf("%.20q: %v, private %v", text, err, key != nil)
		}
	}
	seed := make([]byte, ed25519.PrivateKeySize)
	if _, err := newEd25519Key(seed); err == nil {
		t.Error("a private key whose halves do not belong together")
	}
}

// Where the body follows the time with nothing between, no digits of a captured time can be moved into
// the body: it would be another event, with the same signature and nearly the same time.
func TestNoDigitsMoveIntoTheBody(t *testing.T) {
	for name, headers := range map[string][2]string{
		"airwallex": {"X-Timestamp", "X-Signature"},
		"cashfree":  {"X-Webhook-Timestamp", "X-Webhook-Signature"},
	} {
		s := settings(name)
		v := newVerifier(t, name, s)
		const stamp, body = "1790000000123", `{"id":"1"}`
		mac := newMACKeys(sha256.New, s.Secrets).sum(stamp, []byte(body), "")
		verified := 0
		for cut := range len(stamp) + 1 {
			for _, signature := range []string{encodeHex(mac), encodeBase64(mac)} {
				r := &verifier.Request{Method: "POST", Header: http.Header{}, Body: []byte(stamp[cut:] + body)}
				r.Header.Set(headers[0], stamp[:cut])
				r.Header.Set(headers[1], signature)
				if _, err := v.Verify(r, now); err == nil {
					verified++
				}
			}
		}
		if verified != 1 {
			t.Errorf("%s: one signature is good for %d bodies", name, verified)
		}
	}
}
