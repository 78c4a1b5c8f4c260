package providers

import (
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		docs = "docs.netlify.com, deploy notifications, payload signature; quoted in gitlab.com/jamietanna/www-api, issue 107"
		code = "several receivers on GitHub that agree with each other"
	)
	verifier.Register(verifier.Provider{
		Name:  "netlify",
		Title: "Netlify (deploy notifications)",
		Scheme: verifier.Scheme{
			Kind: verifier.Custom,
			Custom: &verifier.CustomScheme{
				Name:   "jwt-hs256",
				Proof:  "token with the body's SHA-256 in " + netlifyHeader,
				New:    newNetlify,
				Covers: verifier.Covers{Body: true},
			},
		},
		Identity: verifier.Identity{
			EventType: "body.state",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "X-Webhook-Signature is a JWS with the shared secret that holds the hash of the body", Source: docs, Confidence: verifier.ThirdParty},
			{About: "claims", Text: "HS256, iss is netlify, sha256 is the hex SHA-256 of the body", Source: code, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "the JWS secret token of the notification, as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "none; state says what became of the deploy", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"No time is signed: a captured request can be repeated until dedupe has forgotten it.",
		},
		Samples: []verifier.Sample{
			netlifySample("ready"),
			netlifySample("building"),
			netlifySample("error"),
		},
	})
}

func netlifySample(state string) verifier.Sample {
	return verifier.Sample{
		Type: state,
		Body: `{"id":"{id}","site_id":"example","name":"demo","state":"{type}","branch":"main","context":"production","url":"https://example.com","created_at":"{time}"}`,
	}
}

const (
	netlifyHeader = "X-Webhook-Signature"
	netlifyIssuer = "netlify"
)

type netlifyClaims struct {
	Issuer string `json:"iss"`
	SHA256 string `json:"sha256"`
}

type netlifyVerifier struct{ tokens hmacJWT }

func newNetlify(s verifier.Settings) (verifier.Verifier, error) {
	return &netlifyVerifier{newHMACJWT(netlifyHeader, s.Secrets, jose.HS256)}, nil
}

func (v *netlifyVerifier) Verify(r *verifier.Request, _ time.Time) (verifier.Result, error) {
	text, err := verifier.HeaderValue(r.Header, netlifyHeader)
	if err != nil {
		return verifier.Result{}, err
	}
	var claims netlifyClaims
	index, err := v.tokens.verify(text, &claims)
	if err != nil {
		return verifier.Result{}, err
	}
	if claims.Issuer != netlifyIssuer || !isHexSHA256(claims.SHA256, r.Body) {
		return verifier.Result{}, verifier.ErrMismatch
	}
	return verifier.Result{Secret: index}, nil
}

func (v *netlifyVerifier) Sign(r *verifier.Request, _ string, _ time.Time) error {
	token, err := v.tokens.sign(netlifyClaims{netlifyIssuer, hexSHA256(r.Body)})
	if err != nil {
		return err
	}
	setHeader(r, netlifyHeader, token)
	return nil
}
