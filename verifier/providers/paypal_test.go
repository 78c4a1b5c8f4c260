package providers

import (
	"crypto"
	"crypto/x509"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func TestPayPal(t *testing.T) {
	v := newVerifier(t, "paypal", settings("paypal"))
	tests := map[string]struct {
		change func(*verifier.Request)
		want   verifier.Code
	}{
		"genuine":           {func(*verifier.Request) {}, ""},
		"another algorithm": {func(r *verifier.Request) { r.Header.Set(paypalAlgorithm, "SHA1withRSA") }, verifier.SignatureMalformed},
		"no algorithm":      {func(r *verifier.Request) { r.Header.Del(paypalAlgorithm) }, verifier.SignatureMalformed},
		"another host": {func(r *verifier.Request) {
			r.Header.Set(paypalCert, "https://api.evil.example/v1/notifications/certs/CERT-1")
		}, verifier.SignatureMalformed},
		"a host like it": {func(r *verifier.Request) {
			r.Header.Set(paypalCert, "https://evil-api.paypal.com.example/v1/notifications/certs/CERT-1")
		}, verifier.SignatureMalformed},
		"the sandbox": {func(r *verifier.Request) {
			r.Header.Set(paypalCert, "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1")
		}, verifier.SignatureMalformed},
		"another path": {func(r *verifier.Request) {
			r.Header.Set(paypalCert, "https://api.paypal.com/v1/notifications/certs/../CERT-1")
		}, verifier.SignatureMalformed},
		"not https": {func(r *verifier.Request) {
			r.Header.Set(paypalCert, strings.Replace(testPayPalCert, "https", "http", 1))
		}, verifier.SignatureMalformed},
		"another transmission": {func(r *verifier.Request) { r.Header.Set(paypalID, "other") }, verifier.SignatureMismatch},
		"another body":         {func(r *verifier.Request) { r.Body = append(r.Body, ' ') }, verifier.SignatureMismatch},
		"no time":              {func(r *verifier.Request) { r.Header.Del(paypalTime) }, verifier.TimestampMissing},
	}
	for name, tt := range tests {
		r := signed(t, "paypal", v)
		tt.change(r)
		if _, err := v.Verify(r, now); codeOf(err) != tt.want || err != nil && tt.want == "" {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}

	s := settings("paypal")
	s.WebhookID = "WH-OTHER"
	if _, err := newVerifier(t, "paypal", s).Verify(signed(t, "paypal", v), now); codeOf(err) != verifier.SignatureMismatch {
		t.Errorf("an event for another webhook: %v", err)
	}
	if _, err := v.Verify(signed(t, "paypal", v), now.Add(3*24*time.Hour)); err != nil {
		t.Errorf("a late retry: %v", err)
	}
	for name, s := range map[string]verifier.Settings{"no webhook_id": {}, "white space": {WebhookID: " x"}, "a separator": {WebhookID: "a|b"}} {
		if _, err := lookup(t, "paypal").New(s); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// What a certificate that PayPal's hosts serve must be, and that a wrong one is our own trouble.
func TestPayPalCertificates(t *testing.T) {
	theWeb.forget()
	root := newCertificate("Test Root", nil)
	saved := paypalRoots
	defer func() { paypalRoots = saved }()
	paypalRoots = x509.NewCertPool()
	paypalRoots.AddCert(root)
	documents := map[string]struct {
		document []byte
		good     bool
	}{
		"CERT-good":   {inPEM(newCertificate("messageverificationcerts.paypal.com", root)), true},
		"CERT-chain":  {inPEM(newCertificate("messageverificationcerts.paypal.com", root), root), true},
		"CERT-self":   {inPEM(newCertificate("messageverificationcerts.paypal.com", nil)), false},
		"CERT-name":   {inPEM(newCertificate("paypal.com.example", root)), false},
		"CERT-none":   {nil, false},
		"CERT-noise":  {[]byte("<html>"), false},
		"CERT-broken": {[]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), false},
	}
	v := newVerifier(t, "paypal", settings("paypal"))
	for name, tt := range documents {
		address := "https://api-m.paypal.com/v1/notifications/certs/" + name
		theWeb.serve(address, tt.document)
		r := signed(t, "paypal", v)
		r.Header.Set(paypalCert, address)
		_, err := v.Verify(r, now)
		if (err == nil) != tt.good || errors.As(err, new(*verifier.Error)) {
			t.Errorf("%s: %v", name, err)
		}
	}

	// One that expires while it is kept verifies no longer.
	late := now.AddDate(1, 0, 0).Add(-time.Hour)
	r := &verifier.Request{Header: http.Header{}, Body: []byte("{}")}
	if err := signPayPal(r, id, late); err != nil {
		t.Fatal(err)
	}
	address := "https://api-m.paypal.com/v1/notifications/certs/CERT-good"
	r.Header.Set(paypalCert, address)
	v = newVerifier(t, "paypal", settings("paypal"))
	if _, err := v.Verify(r, late); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(r, late.Add(2*time.Hour)); codeOf(err) != verifier.SignatureMismatch {
		t.Errorf("an expired certificate: %v", err)
	}
	if n := theWeb.count(address); n != 2 { // once for each verifier
		t.Errorf("fetched %d times", n)
	}
}

func TestPayPalContent(t *testing.T) {
	got := string(paypalContent("id", "2020-01-01T00:00:00Z", "WH-1", []byte("123456789")))
	if got != "id|2020-01-01T00:00:00Z|WH-1|3421780262" { // the check value of CRC-32
		t.Error(got)
	}
	if signRSA(crypto.SHA256, []byte(got)) == "" {
		t.Error("no signature")
	}
}
