package providers

import (
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const sdk = "messagebird/go-rest-api, signature_jwt and its testdata/reference.json"
	verifier.Register(verifier.Provider{
		Name:  "messagebird",
		Title: "MessageBird (Bird)",
		Scheme: verifier.Scheme{
			Kind:      verifier.Custom,
			Tolerance: time.Second,
			Custom: &verifier.CustomScheme{
				Name:   "jwt-hmac",
				Proof:  "token with the hashes of address and body in " + messagebirdHeader,
				New:    newMessageBird,
				Covers: verifier.Covers{Body: true, Timestamp: true, URL: true},
			},
		},
		Methods: []string{"POST", "GET"},
		Identity: verifier.Identity{
			EventType: "body.type ?? body.status",
			// Without a body the address says what happened, and only the token holds that. The method is
			// not signed: it must not choose the key.
			Dedupe: `size == 0 ? header("` + messagebirdHeader + `") : digest`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "MessageBird-Signature-JWT, HS256, HS384 or HS512: iss MessageBird, jti, nbf, exp, url_hash and payload_hash, hex SHA-256 of address and body", Source: sdk, Confidence: verifier.Source},
			{About: "payload_hash", Text: "is absent exactly when there is no body", Source: sdk, Confidence: verifier.Source},
			{About: "tolerance", Text: "valid from nbf to exp, a minute in the tests, with 1 second of leeway", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "the signing key, as it is", Source: sdk, Confidence: verifier.Source},
			{About: "identity", Text: "jti is new with each request", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"Set public_url to the address as MessageBird calls it, unless requests reach Gatepost under that very address.",
			"tolerance widens the time for which a token says that it holds, in both directions. The method is not covered.",
		},
		Samples: []verifier.Sample{
			messagebirdSample("message.created", `"direction":"received","status":"received"`),
			messagebirdSample("message.updated", `"direction":"sent","status":"delivered"`),
		},
	})
}

func messagebirdSample(eventType, fields string) verifier.Sample {
	return verifier.Sample{
		Type: eventType,
		Body: `{"type":"{type}","message":{"id":"{id}","platform":"sms","to":"+15550101","createdDatetime":"{time}",` + fields + `}}`,
	}
}

const (
	messagebirdHeader = "Messagebird-Signature-Jwt"
	messagebirdIssuer = "MessageBird"
)

type messagebirdClaims struct {
	Issuer      string `json:"iss"`
	NotBefore   int64  `json:"nbf"`
	Expires     int64  `json:"exp"`
	ID          string `json:"jti"`
	URLHash     string `json:"url_hash"`
	PayloadHash string `json:"payload_hash,omitempty"`
}

type messagebirdVerifier struct {
	tokens hmacJWT
	leeway time.Duration
}

func newMessageBird(s verifier.Settings) (verifier.Verifier, error) {
	tokens := newHMACJWT(messagebirdHeader, s.Secrets, jose.HS256, jose.HS384, jose.HS512)
	return &messagebirdVerifier{tokens, s.Tolerance}, nil
}

func (v *messagebirdVerifier) Verify(r *verifier.Request, now time.Time) (verifier.Result, error) {
	text, err := verifier.HeaderValue(r.Header, messagebirdHeader)
	if err != nil {
		return verifier.Result{}, err
	}
	var claims messagebirdClaims
	index, err := v.tokens.verify(text, &claims)
	if err != nil {
		return verifier.Result{}, err
	}
	if claims.Issuer != messagebirdIssuer || claims.ID == "" || !v.coversURL(r, claims.URLHash) || !coversPayload(r, claims.PayloadHash) {
		return verifier.Result{}, verifier.ErrMismatch
	}
	if err := checkLifetime(claims.NotBefore, claims.Expires, now, v.leeway); err != nil {
		return verifier.Result{}, err
	}
	return verifier.Result{Secret: index, SignedAt: time.Unix(claims.NotBefore, 0).UTC()}, nil
}

func (v *messagebirdVerifier) coversURL(r *verifier.Request, hash string) bool {
	for _, address := range r.URLs() {
		if isHexSHA256(hash, []byte(address)) {
			return true
		}
	}
	return false
}

func coversPayload(r *verifier.Request, hash string) bool {
	if len(r.Body) == 0 {
		return hash == ""
	}
	return isHexSHA256(hash, r.Body)
}

func (v *messagebirdVerifier) Sign(r *verifier.Request, id string, now time.Time) error {
	const lifetime = 60
	claims := messagebirdClaims{
		Issuer: messagebirdIssuer, NotBefore: now.Unix(), Expires: now.Unix() + lifetime, ID: id,
		URLHash: hexSHA256([]byte(r.URL())),
	}
	if id == "" {
		claims.ID = hexSHA256(r.Body)
	}
	if len(r.Body) > 0 {
		claims.PayloadHash = hexSHA256(r.Body)
	}
	token, err := v.tokens.sign(claims)
	if err != nil {
		return err
	}
	setHeader(r, messagebirdHeader, token)
	return nil
}
