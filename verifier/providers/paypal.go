package providers

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"hash/crc32"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

const (
	paypalID        = "Paypal-Transmission-Id"
	paypalTime      = "Paypal-Transmission-Time"
	paypalSignature = "Paypal-Transmission-Sig"
	paypalCert      = "Paypal-Cert-Url"
	paypalAlgorithm = "Paypal-Auth-Algo"
)

func init() {
	const (
		sdk  = "paypal/PayPal-Python-SDK, paypalrestsdk/notifications.py"
		spec = "paypal/paypal-rest-api-specifications, openapi/notifications_webhooks_v1.json"
	)
	verifier.Register(verifier.Provider{
		Name:  "paypal",
		Title: "PayPal",
		Scheme: verifier.Scheme{
			Kind: verifier.Custom,
			// No source says whether a retry has a time of its own. They come for 3 days.
			Tolerance: 4 * 24 * time.Hour,
			Custom: &verifier.CustomScheme{
				Name:    "certificate-rsa-sha256",
				Proof:   "RSA signature in " + paypalSignature + ", certificate named in " + paypalCert,
				New:     newPayPal,
				Keyless: true,
				Covers:  verifier.Covers{Body: true, Timestamp: true, Headers: []string{paypalID, paypalTime}},
			},
		},
		Open:     []string{"webhook_id", "sandbox"},
		Required: []string{"webhook_id"},
		Gap:      "PayPal signs the ID of the webhook, and without it events for others would pass",
		Example:  verifier.Settings{WebhookID: "1JE4291016473214C"},
		Identity: verifier.Identity{
			EventID:   "body.id",
			EventType: "body.event_type",
			Dedupe:    "body.id",
		},
		RetryHorizon: 3 * 24 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 RSA (PKCS #1 v1.5) with SHA-256 over transmission ID, time, webhook ID and decimal CRC-32 of the body, joined by |", Source: sdk, Confidence: verifier.Source},
			{About: "headers", Text: "PAYPAL-TRANSMISSION-ID, -TIME, -SIG, PAYPAL-CERT-URL and PAYPAL-AUTH-ALGO", Source: spec, Confidence: verifier.Documented},
			{About: "certificate", Text: "fetched from PAYPAL-CERT-URL; its chain is checked, and that its name ends with .paypal.com", Source: sdk, Confidence: verifier.Source},
			{About: "address", Text: "certificates are below /v1/notifications/certs/ at api.paypal.com or api-m.paypal.com, those of the sandbox at api.sandbox.paypal.com", Source: "several receivers on GitHub that agree with each other", Confidence: verifier.ThirdParty},
			{About: "identity", Text: "id of the event", Source: "docs.paypal.ai/reference, Resend event notification", Confidence: verifier.Documented},
			{About: "transmission ID", Text: "is new with each attempt", Confidence: verifier.Unconfirmed},
			{About: "retries", Text: "up to 25 in 3 days", Source: "developer.paypal.com/api/rest/webhooks, as public code quotes it", Confidence: verifier.ThirdParty},
			{About: "setup", Text: "the app's page in the Developer Dashboard, sandbox or live: Add Webhook with the address; the list shows its webhook ID", Source: "docs.amember.com/PluginDocs/Payment/PaypalCheckout", Confidence: verifier.ThirdParty},
		},
		Notes: []string{
			"There is no secret. Set webhook_id to the ID that PayPal shows beside the webhook.",
			"The signature covers the body by a CRC-32 only, which keeps no forger out: whoever captures a request can make another body of the same checksum until the request is older than tolerance. Ask PayPal's API before you act on an amount.",
			"The certificate is fetched from PayPal's own hosts alone, over https, and kept for a day. If it cannot be had, or its chain leads to no root of this system, requests are answered with 503 and come again.",
			"Events of PayPal's simulator cannot be verified. Set sandbox for those of the sandbox.",
		},
		Samples: samples("paypal"),
	})
}

// The addresses of certificates, of the live environment and the other.
var (
	paypalLiveCert    = regexp.MustCompile(`^https://api(-m)?\.paypal\.com/v1/notifications/certs/[0-9A-Za-z_-]{1,128}$`)
	paypalSandboxCert = regexp.MustCompile(`^https://api(-m)?\.sandbox\.paypal\.com/v1/notifications/certs/[0-9A-Za-z_-]{1,128}$`)
)

// paypalRoots are the roots that certificates must lead to; nil are those of the system.
var paypalRoots *x509.CertPool

type paypalVerifier struct {
	webhookID    string
	addresses    *regexp.Regexp
	tolerance    time.Duration
	certificates cache[*x509.Certificate]
}

func newPayPal(s verifier.Settings) (verifier.Verifier, error) {
	if strings.TrimSpace(s.WebhookID) != s.WebhookID || strings.Contains(s.WebhookID, "|") {
		return nil, errors.New("webhook_id: not an ID as PayPal gives")
	}
	v := &paypalVerifier{webhookID: s.WebhookID, addresses: paypalLiveCert, tolerance: s.Tolerance}
	v.certificates.lifetime = 24 * time.Hour
	if s.Sandbox {
		v.addresses = paypalSandboxCert
	}
	return v, nil
}

func (v *paypalVerifier) Verify(r *verifier.Request, now time.Time) (verifier.Result, error) {
	text, err := verifier.HeaderValue(r.Header, paypalSignature)
	if err != nil {
		return verifier.Result{}, err
	}
	signature, ok := verifier.DecodeBase64(text)
	if !ok || r.Header.Get(paypalAlgorithm) != "SHA256withRSA" {
		return verifier.Result{}, verifier.Refuse(verifier.SignatureMalformed, "the signature is not SHA256withRSA in base64")
	}
	id, err := verifier.HeaderValue(r.Header, paypalID)
	if err != nil {
		return verifier.Result{}, err
	}
	stamp, signedAt, err := headerTime(r, paypalTime, verifier.RFC3339)
	if err != nil {
		return verifier.Result{}, err
	}
	address, err := verifier.HeaderValue(r.Header, paypalCert)
	if err != nil {
		return verifier.Result{}, err
	}
	if !v.addresses.MatchString(address) {
		return verifier.Result{}, verifier.Refuse(verifier.SignatureMalformed, "the certificate is not at an address of PayPal's")
	}
	certificate, err := v.certificates.get(address, now, func() (*x509.Certificate, error) {
		return fetchPayPalCertificate(address, now)
	})
	if err != nil {
		return verifier.Result{}, err
	}
	key := rsaKey{public: certificate.PublicKey.(*rsa.PublicKey), hash: crypto.SHA256}
	if now.After(certificate.NotAfter) || !key.verify(paypalContent(id, stamp, v.webhookID, r.Body), signature) {
		return verifier.Result{}, verifier.ErrMismatch
	}
	return accept(0, signedAt, now, v.tolerance)
}

func (v *paypalVerifier) Sign(*verifier.Request, string, time.Time) error {
	return errors.New("only PayPal has the key that signs its events: pay in its sandbox, since what its simulator sends cannot be verified")
}

// paypalContent is what is signed.
func paypalContent(id, stamp, webhookID string, body []byte) []byte {
	checksum := strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10)
	return []byte(strings.Join([]string{id, stamp, webhookID, checksum}, "|"))
}

// fetchPayPalCertificate fetches a certificate and the chain behind it, and checks both. A chain
// that leads nowhere may be our own trouble, an outdated store of roots, and is no refusal.
func fetchPayPalCertificate(address string, now time.Time) (*x509.Certificate, error) {
	document, err := fetch(address, nil)
	if err != nil {
		return nil, err
	}
	certificates, err := readCertificates(document)
	if err != nil {
		return nil, err
	}
	leaf, others := certificates[0], x509.NewCertPool()
	for _, c := range certificates[1:] {
		others.AddCert(c)
	}
	_, err = leaf.Verify(x509.VerifyOptions{
		Roots: paypalRoots, Intermediates: others, CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return nil, err
	}
	if !strings.HasSuffix(strings.ToLower(leaf.Subject.CommonName), ".paypal.com") {
		return nil, errors.New("the certificate at PayPal is not in PayPal's name")
	}
	return leaf, nil
}

// readCertificates reads certificates in PEM, the first of which has an RSA key.
func readCertificates(document []byte) ([]*x509.Certificate, error) {
	const most = 8
	var list []*x509.Certificate
	for len(list) < most {
		block, rest := pem.Decode(document)
		if block == nil {
			break
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, errors.New("what was fetched holds something else than certificates")
		}
		list, document = append(list, c), rest
	}
	if len(list) == 0 {
		return nil, errors.New("what was fetched holds no certificate")
	}
	if _, ok := list[0].PublicKey.(*rsa.PublicKey); !ok {
		return nil, errors.New("the certificate that was fetched has no RSA key")
	}
	return list, nil
}
