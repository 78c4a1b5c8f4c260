package providers

import (
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gatepost/gatepost/verifier"
)

const plaidHeader = "Plaid-Verification"

func init() {
	const (
		page = "plaid.com/docs/api/webhooks/webhook-verification"
		spec = "plaid/plaid-openapi, 2020-09-14.yml, /webhook_verification_key/get"
	)
	verifier.Register(verifier.Provider{
		Name:  "plaid",
		Title: "Plaid",
		Scheme: verifier.Scheme{
			Kind:      verifier.Custom,
			Tolerance: 5 * time.Minute,
			Custom: &verifier.CustomScheme{
				Name:        "jwt-es256",
				Proof:       "token with the body's SHA-256 in " + plaidHeader,
				New:         newPlaid,
				CheckSecret: checkPlaidSecret,
				Fetches:     true,
				NewPair: func() (string, string, error) {
					pair := "client:" + rand.Text()
					return pair, pair, nil
				},
				Covers: verifier.Covers{Body: true, Timestamp: true},
			},
		},
		Open: []string{"sandbox"},
		Identity: verifier.Identity{
			EventType: `body.webhook_type + "." + body.webhook_code`,
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "Plaid-Verification is a JWT whose header must say ES256 and names the key by kid", Source: page, Confidence: verifier.Documented},
			{About: "key", Text: "POST /webhook_verification_key/get with client_id, secret and key_id yields a JWK, with expired_at once it has expired", Source: spec, Confidence: verifier.Documented},
			{About: "claims", Text: "iat, and request_body_sha256, the hex SHA-256 of the body", Source: "elixir_plaid 1.1.2, lib/plaid/webhooks.ex, and other receivers that agree with it", Confidence: verifier.ThirdParty},
			{About: "tolerance", Text: "5 minutes", Source: "several receivers on GitHub that agree with each other", Confidence: verifier.ThirdParty},
			{About: "identity", Text: "none", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"The secret is what Plaid's API asks for when the key is fetched: client_id:secret. It signs nothing.",
			"Keys are fetched from production.plaid.com, or with sandbox from sandbox.plaid.com, over https, and kept for an hour. If one cannot be had, requests are answered with 503 and come again.",
			"Events have no ID: two with the same body are one.",
		},
		Samples: []verifier.Sample{
			plaidSample("TRANSACTIONS.SYNC_UPDATES_AVAILABLE", "TRANSACTIONS", "SYNC_UPDATES_AVAILABLE"),
			plaidSample("ITEM.ERROR", "ITEM", "ERROR"),
		},
	})
}

func plaidSample(eventType, webhookType, code string) verifier.Sample {
	return verifier.Sample{
		Type: eventType,
		Body: `{"webhook_type":"` + webhookType + `","webhook_code":"` + code + `","item_id":"{id}","environment":"production"}`,
	}
}

func checkPlaidSecret(secret string) error {
	id, password, ok := strings.Cut(secret, ":")
	if !ok || strings.TrimSpace(id) == "" || strings.TrimSpace(password) == "" {
		return errors.New("is not both credentials: write client_id:secret")
	}
	return nil
}

var plaidKeyID = regexp.MustCompile(`^[0-9A-Za-z-]{8,64}$`)

type plaidClaims struct {
	IssuedAt int64  `json:"iat"`
	BodyHash string `json:"request_body_sha256"`
}

// plaidKey is a fetched key, and which of the secrets fetched it.
type plaidKey struct {
	public *ecdsa.PublicKey
	secret int
}

type plaidVerifier struct {
	address   string
	secrets   []string
	tolerance time.Duration
	keys      cache[plaidKey]
}

func newPlaid(s verifier.Settings) (verifier.Verifier, error) {
	environment := "production"
	if s.Sandbox {
		environment = "sandbox"
	}
	v := &plaidVerifier{
		address:   "https://" + environment + ".plaid.com/webhook_verification_key/get",
		secrets:   s.Secrets,
		tolerance: s.Tolerance,
	}
	v.keys.lifetime = time.Hour
	return v, nil
}

func (v *plaidVerifier) Verify(r *verifier.Request, now time.Time) (verifier.Result, error) {
	algorithms := []jose.SignatureAlgorithm{jose.ES256}
	text, err := verifier.HeaderValue(r.Header, plaidHeader)
	if err != nil {
		return verifier.Result{}, err
	}
	malformed := verifier.Refuse(verifier.SignatureMalformed, "the "+plaidHeader+" header holds no token that this provider signs")
	header, ok := readJWS(text, false, algorithms)
	if !ok || !plaidKeyID.MatchString(header.KeyID) {
		return verifier.Result{}, malformed
	}
	token, err := jose.ParseSignedCompact(text, algorithms)
	if err != nil {
		return verifier.Result{}, malformed
	}
	key, err := v.keys.get(header.KeyID, now, func() (plaidKey, error) { return v.fetch(header.KeyID) })
	if err != nil {
		return verifier.Result{}, err
	}
	payload, err := token.Verify(key.public)
	if err != nil {
		return verifier.Result{}, verifier.ErrMismatch
	}
	var claims plaidClaims
	if json.Unmarshal(payload, &claims) != nil {
		return verifier.Result{}, malformed
	}
	if !isHexSHA256(claims.BodyHash, r.Body) {
		return verifier.Result{}, verifier.ErrMismatch
	}
	return accept(key.secret, time.Unix(claims.IssuedAt, 0).UTC(), now, v.tolerance)
}

func (v *plaidVerifier) Sign(*verifier.Request, string, time.Time) error {
	return errors.New("only Plaid has the key that signs its webhooks: fire one with its API, /sandbox/item/fire_webhook")
}

// fetch asks Plaid for a key with the first of the credentials that are good for it.
func (v *plaidVerifier) fetch(keyID string) (key plaidKey, err error) {
	for i, secret := range v.secrets {
		id, password, _ := strings.Cut(secret, ":")
		question, _ := writeJSON(map[string]string{"client_id": id, "secret": password, "key_id": keyID})
		var document []byte
		if document, err = fetch(v.address, question); err != nil {
			continue
		}
		key.secret = i
		key.public, err = readPlaidKey(document, keyID)
		return key, err
	}
	return key, err
}

func readPlaidKey(document []byte, keyID string) (*ecdsa.PublicKey, error) {
	var answer struct {
		Key json.RawMessage `json:"key"`
	}
	var extra struct {
		Expired *int64 `json:"expired_at"`
	}
	var jwk jose.JSONWebKey
	if json.Unmarshal(document, &answer) != nil || json.Unmarshal(answer.Key, &jwk) != nil || json.Unmarshal(answer.Key, &extra) != nil {
		return nil, errors.New("the answer of Plaid holds no key")
	}
	public, ok := jwk.Key.(*ecdsa.PublicKey)
	switch {
	case !ok || jwk.KeyID != keyID || jwk.Algorithm != string(jose.ES256):
		return nil, errors.New("the answer of Plaid holds another key than was asked for")
	case extra.Expired != nil:
		return nil, errors.New("the key has expired at Plaid")
	}
	return public, nil
}
