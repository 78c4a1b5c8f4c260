package providers

import (
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		header   = "developer.monday.com/apps/docs/authorization-header"
		webhooks = "developer.monday.com/api-reference/docs/webhooks"
	)
	verifier.Register(verifier.Provider{
		Name:  "monday",
		Title: "monday.com (webhooks of apps)",
		Scheme: verifier.Scheme{
			Kind:      verifier.Custom,
			Tolerance: 30 * time.Second,
			Custom: &verifier.CustomScheme{
				Name:          "jwt-hs256",
				Proof:         "token for the address in Authorization",
				New:           newMonday,
				Covers:        verifier.Covers{Timestamp: true, URL: true},
				SecretHeaders: []string{"Authorization"},
			},
		},
		Identity: verifier.Identity{
			EventID:   "body.event.triggerUuid",
			EventType: "body.event.type ?? body.type",
			Dedupe:    "digest",
		},
		Handshake: &verifier.Handshake{
			BeforeVerify: true,
			Answer:       mondayChallenge,
			Summary:      "When a webhook is made, monday.com posts a challenge, which is answered with the same JSON.",
		},
		RetryHorizon:   30 * time.Minute,
		AnswerDeadline: 3 * time.Minute,
		Facts: []verifier.Fact{
			{About: "signature", Text: "Authorization holds a JWT for the app's endpoint: aud is its address, exp must be checked; the example holds for 5 minutes", Source: header, Confidence: verifier.Documented},
			{About: "algorithm", Text: "HS256", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "the app's signing secret, for lifecycle webhooks its client secret, as it is", Source: header, Confidence: verifier.Documented},
			{About: "handshake", Text: "POST with a challenge, answered with the same JSON", Source: webhooks, Confidence: verifier.Documented},
			{About: "retries", Text: "once a minute for 30 minutes, unless the answer is 200", Source: "developer.monday.com/apps/changelog, Clarification on retry policies for webhooks and custom actions", Confidence: verifier.Documented},
			{About: "identity", Text: "event.triggerUuid", Confidence: verifier.Unconfirmed},
			{About: "deadline", Text: "3 minutes", Source: "developer.monday.com/apps/changelog, Webhook integration: new 3-minute timeout policy", Confidence: verifier.Documented},
		},
		Notes: []string{
			"The token proves who sends and to which address, not what: it covers nothing of the body, and whoever reads one request can send others until the token expires.",
			"Webhooks that were made on a board without an app are not signed: give those an address that nobody can guess, and the provider none.",
			"Set public_url to the address as it stands at monday.com, unless requests reach Gatepost under that very address.",
			"The token holds a short-lived API token: do not log Authorization.",
			"tolerance widens the time for which a token says that it holds, in both directions.",
		},
		Samples: []verifier.Sample{
			mondaySample("create_pulse", `"groupId":"topics"`),
			mondaySample("update_column_value", `"columnId":"status","value":{"label":{"text":"Done"}}`),
			mondaySample("delete_pulse", `"itemName":"Fix a typo"`),
		},
	})
}

func mondaySample(eventType, fields string) verifier.Sample {
	return verifier.Sample{
		Type: eventType,
		Body: `{"event":{"userId":1,"boardId":2,"pulseId":3,"pulseName":"Fix a typo","type":"{type}","triggerTime":"{time}","triggerUuid":"{id}",` + fields + `}}`,
	}
}

type mondayClaims struct {
	Audience string `json:"aud"`
	IssuedAt int64  `json:"iat"`
	Expires  int64  `json:"exp"`
}

type mondayVerifier struct {
	tokens hmacJWT
	leeway time.Duration
}

func newMonday(s verifier.Settings) (verifier.Verifier, error) {
	return &mondayVerifier{newHMACJWT("Authorization", s.Secrets, jose.HS256), s.Tolerance}, nil
}

func (v *mondayVerifier) Verify(r *verifier.Request, now time.Time) (verifier.Result, error) {
	text, err := verifier.HeaderValue(r.Header, "Authorization")
	if err != nil {
		return verifier.Result{}, err
	}
	var claims mondayClaims
	index, err := v.tokens.verify(strings.TrimPrefix(text, "Bearer "), &claims)
	if err != nil {
		return verifier.Result{}, err
	}
	if !v.isFor(r, claims.Audience) {
		return verifier.Result{}, verifier.Refuse(verifier.TokenMismatch, "the token is for another address")
	}
	if err := checkLifetime(claims.IssuedAt, claims.Expires, now, v.leeway); err != nil {
		return verifier.Result{}, err
	}
	return verifier.Result{Secret: index, SignedAt: time.Unix(claims.IssuedAt, 0).UTC()}, nil
}

// isFor reports whether the audience is the address of the request, with its query or without.
func (v *mondayVerifier) isFor(r *verifier.Request, audience string) bool {
	for _, address := range r.URLs() {
		bare, _, _ := strings.Cut(address, "?")
		if audience == address || audience == bare {
			return true
		}
	}
	return false
}

func (v *mondayVerifier) Sign(r *verifier.Request, _ string, now time.Time) error {
	const lifetime = 300
	address := r.URL()
	token, err := v.tokens.sign(mondayClaims{address, now.Unix(), now.Unix() + lifetime})
	if err != nil {
		return err
	}
	setHeader(r, "Authorization", token)
	return nil
}

// mondayChallenge answers an object that holds a challenge and nothing else.
func mondayChallenge(r *verifier.Request) *verifier.Answer {
	var body map[string]any
	if !decodeObject(r, &body) || len(body) != 1 {
		return nil
	}
	challenge, _ := body["challenge"].(string)
	if challenge == "" || len(challenge) > maxChallenge {
		return nil
	}
	return verifier.JSON("challenge", challenge)
}
