package providers

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gatepost/gatepost/verifier"
)

// web stands for the hosts that keys are fetched from. It serves documents by their address and
// counts the calls.
type web struct {
	mu        sync.Mutex
	documents map[string]func(body []byte) (status int, document []byte)
	calls     map[string]int
}

func (w *web) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	address := r.URL.String()
	w.mu.Lock()
	w.calls[address]++
	serve := w.documents[address]
	w.mu.Unlock()
	response := &http.Response{StatusCode: http.StatusNotFound, Header: http.Header{}, Body: http.NoBody, Request: r}
	if serve != nil {
		status, document := serve(body)
		response.StatusCode, response.Body = status, io.NopCloser(bytes.NewReader(document))
	}
	return response, nil
}

func (w *web) serve(address string, document []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.documents[address] = func([]byte) (int, []byte) { return http.StatusOK, document }
}

// forget sets all counts to 0.
func (w *web) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.calls)
}

func (w *web) count(address string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls[address]
}

// theWeb is what all tests of this package see.
var theWeb = &web{documents: map[string]func([]byte) (int, []byte){}, calls: map[string]int{}}

const (
	testSNSCert    = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
	testTopic      = "arn:aws:sns:eu-central-1:123456789012:example"
	testPayPalCert = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-test"
	testKeySet     = "https://shop.example.com/.well-known/jwks.json"
	testPlaidKeyID = "bfbd5111-8e33-4643-8ced-b2e642a72f3c"
	plaidLive      = "https://production.plaid.com/webhook_verification_key/get"
)

// The private keys of the providers, as the tests have them.
var (
	testRSA   = must(rsa.GenerateKey(rand.Reader, 2048))
	testECDSA = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func init() {
	calls.Transport = theWeb

	root := newCertificate("Test Root", nil)
	leaf := newCertificate("messageverificationcerts.paypal.com", root)
	paypalRoots = x509.NewCertPool()
	paypalRoots.AddCert(root)
	theWeb.serve(testPayPalCert, inPEM(leaf))
	theWeb.serve(testSNSCert, inPEM(newCertificate("sns.amazonaws.com", nil)))
	set := must(json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: testRSA.Public(), KeyID: "1", Use: "sig"}}}))
	theWeb.serve(testKeySet, set)
	theWeb.serve(constantContactKeys, set)
	theWeb.documents[plaidLive] = servePlaidKey

	testSettings["aws_sns"] = verifier.Settings{TopicARNs: []string{testTopic}}
	testSettings["paypal"] = verifier.Settings{WebhookID: "WH-TEST"}
	testSettings["saleor"] = verifier.Settings{KeySet: testKeySet}
	testSettings["plaid"] = verifier.Settings{Secrets: []string{"client:secret"}}
	testSigners["aws_sns"] = signSNS
	testSigners["paypal"] = signPayPal
	testSigners["plaid"] = signPlaid
	testSigners["saleor"] = func(r *verifier.Request, _ string, _ time.Time) error {
		return signDetached(r, saleorHeader, map[jose.HeaderKey]any{"b64": false})
	}
	testSigners["constant_contact"] = func(r *verifier.Request, _ string, now time.Time) error {
		return signDetached(r, constantContactHeader, map[jose.HeaderKey]any{"b64": false, "crit": []string{"b64"}, "ts": now.Unix()})
	}
}

// newCertificate is one for testRSA, by the issuer or by itself.
func newCertificate(name string, issuer *x509.Certificate) *x509.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(1, 0, 0),
		IsCA: issuer == nil, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	parent := cmp.Or(issuer, template)
	der := must(x509.CreateCertificate(rand.Reader, template, parent, testRSA.Public(), testRSA))
	return must(x509.ParseCertificate(der))
}

func inPEM(certificates ...*x509.Certificate) []byte {
	var b bytes.Buffer
	for _, c := range certificates {
		_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	}
	return b.Bytes()
}

func signRSA(hash crypto.Hash, content []byte) string {
	k := rsaKey{public: &testRSA.PublicKey, private: testRSA, hash: hash}
	return base64.StdEncoding.EncodeToString(must(k.sign(content)))
}

// signSNS makes the body a message of the test topic.
func signSNS(r *verifier.Request, id string, now time.Time) error {
	body, err := readProven(r.Body)
	if err != nil {
		return err
	}
	body["TopicArn"], body["Timestamp"] = testTopic, now.Format(time.RFC3339)
	return signSNSMessage(r, body, "2", crypto.SHA256)
}

func signSNSMessage(r *verifier.Request, body object, version string, hash crypto.Hash) error {
	content, err := snsContent(body)
	if err != nil {
		return err
	}
	body["SignatureVersion"], body["SigningCertURL"] = version, testSNSCert
	body["Signature"] = signRSA(hash, content)
	r.Body, err = writeJSON(body)
	return err
}

func signPayPal(r *verifier.Request, id string, now time.Time) error {
	stamp := now.Format(time.RFC3339)
	setHeader(r, paypalID, "transmission-"+id)
	setHeader(r, paypalTime, stamp)
	setHeader(r, paypalCert, testPayPalCert)
	setHeader(r, paypalAlgorithm, "SHA256withRSA")
	setHeader(r, paypalSignature, signRSA(crypto.SHA256, paypalContent("transmission-"+id, stamp, "WH-TEST", r.Body)))
	return nil
}

// servePlaidKey answers as Plaid's API does.
func servePlaidKey(body []byte) (int, []byte) {
	var question struct {
		ID     string `json:"client_id"`
		Secret string `json:"secret"`
		Key    string `json:"key_id"`
	}
	if json.Unmarshal(body, &question) != nil || question.ID == "" || question.Secret == "old" || question.Key != testPlaidKeyID {
		return http.StatusBadRequest, []byte(`{"error_code":"INVALID_API_KEYS"}`)
	}
	key := must(json.Marshal(jose.JSONWebKey{Key: testECDSA.Public(), KeyID: testPlaidKeyID, Algorithm: "ES256", Use: "sig"}))
	text := strings.TrimSuffix(string(key), "}") + `,"created_at":1560466143,"expired_at":null}`
	return http.StatusOK, fmt.Appendf(nil, `{"key":%s,"request_id":"x"}`, text)
}

func signPlaid(r *verifier.Request, _ string, now time.Time) error {
	key := jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: testECDSA, KeyID: testPlaidKeyID}}
	token, err := signJWS(key, plaidClaims{now.Unix(), hexSHA256(r.Body)})
	if err != nil {
		return err
	}
	setHeader(r, plaidHeader, token)
	return nil
}

// signDetached signs as PyJWT does: whether the payload is encoded is said in the header alone.
func signDetached(r *verifier.Request, header string, extra map[jose.HeaderKey]any) error {
	fields := map[jose.HeaderKey]any{"alg": "RS256", "kid": "1", "typ": "JWT"}
	maps.Copy(fields, extra)
	head := base64.RawURLEncoding.EncodeToString(must(json.Marshal(fields)))
	k := rsaKey{public: &testRSA.PublicKey, private: testRSA, hash: crypto.SHA256}
	signature, err := k.sign(append([]byte(head+"."), r.Body...))
	if err != nil {
		return err
	}
	setHeader(r, header, head+".."+base64.RawURLEncoding.EncodeToString(signature))
	return nil
}
