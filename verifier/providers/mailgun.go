package providers

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		manual = "mailgun/documentation, source/user_manual.rst"
		sdk    = "mailgun/mailgun-go, webhooks.go"
	)
	verifier.Register(verifier.Provider{
		Name:  "mailgun",
		Title: "Mailgun",
		Scheme: verifier.Scheme{
			Kind: verifier.Custom,
			Custom: &verifier.CustomScheme{
				Name:  "in-body-hmac-sha256",
				Proof: "HMAC-SHA256 of time and token in the body",
				New:   newMailgun,
				Covers: verifier.Covers{
					Timestamp: true,
					Fields:    []string{"signature.timestamp", "signature.token"},
				},
			},
		},
		Identity: verifier.Identity{
			EventID:   `body["event-data"].id`,
			EventType: `body["event-data"].event ?? body.event`,
			// Whoever captured a token could send any event with it: the token is what must not
			// come twice.
			Dedupe: "body.token ?? body.signature.token",
		},
		RetryHorizon: 8 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of timestamp and token, all three under signature in the body; in older webhooks and routes they are fields of the form", Source: manual, Confidence: verifier.Documented},
			{About: "secret", Text: "the HTTP webhook signing key, as it is", Source: sdk, Confidence: verifier.Source},
			{About: "identity", Text: "the token may be remembered, and requests that repeat it be refused", Source: manual, Confidence: verifier.Documented},
			{About: "tolerance", Text: "the age of the timestamp may be checked; no number is given", Source: manual, Confidence: verifier.Documented},
			{About: "retries", Text: "after 10, 10, 15 and 30 minutes, 1, 2 and 4 hours; none after 200 and 406", Source: manual, Confidence: verifier.Documented},
			{About: "setup", Text: "the account's settings have the HTTP webhook signing key under API security, beside the API keys, of which it is none", Source: "gist.github.com/drewgates/d96428e8615ffc29573d2edf2aba1fd2", Confidence: verifier.ThirdParty},
		},
		Notes: []string{
			"Only the timestamp and the token are signed: the event itself is not. Whoever captures one request can put any event under its signature. So the token is the dedupe key, which makes a captured one useless after its first use; do not set dedupe to anything else.",
			"Routes that post multipart forms (messages with attachments) are refused, since no expression could read their token.",
			"A refused request is answered with 401 and sent again for 8 hours, which is the time to mend a wrong signing key in. Gatepost never answers 406, at which Mailgun would drop the event for good; a duplicate gets 200, which ends the retries as well.",
			toleranceNote,
		},
		Samples: samples("mailgun"),
	})
}

type mailgunVerifier struct {
	keys      macKeys
	tolerance time.Duration
}

func newMailgun(s verifier.Settings) (verifier.Verifier, error) {
	return &mailgunVerifier{newMACKeys(sha256.New, s.Secrets), s.Tolerance}, nil
}

func (v *mailgunVerifier) Verify(r *verifier.Request, now time.Time) (verifier.Result, error) {
	timestamp, token, code, err := readMailgun(r)
	if err != nil {
		return verifier.Result{}, err
	}
	if code == "" || token == "" {
		return verifier.Result{}, verifier.Refuse(verifier.SignatureMissing, "the body has no signature or no token")
	}
	signature, ok := verifier.DecodeHex(code, sha256.Size)
	if !ok {
		return verifier.Result{}, verifier.Refuse(verifier.SignatureMalformed, "the signature in the body is no hex of a SHA-256")
	}
	if timestamp == "" {
		return verifier.Result{}, verifier.Refuse(verifier.TimestampMissing, "the body has no signed timestamp")
	}
	signedAt, ok := verifier.ParseTimestamp(verifier.Unix, timestamp)
	// The two are signed run together: digits at the beginning of the token could be the
	// timestamp's, and make another token of it.
	if !ok || len(timestamp) != len("1700000000") {
		return verifier.Result{}, verifier.ErrTimestampMalformed
	}
	if i := v.keys.match(signature, timestamp, nil, token); i >= 0 {
		return accept(i, signedAt, now, v.tolerance)
	}
	return verifier.Result{}, verifier.ErrMismatch
}

// readMailgun finds what is signed, and the signature, where expressions find the token.
func readMailgun(r *verifier.Request) (timestamp, token, signature string, err error) {
	if isForm(r) && !opensJSON(r.Body) {
		form, err := readProvenForm(r)
		if err != nil {
			return "", "", "", err
		}
		return onlyField(form, "timestamp"), onlyField(form, "token"), onlyField(form, "signature"), nil
	}
	body, err := readProven(r.Body, "signature", "timestamp", "token")
	if err != nil {
		return "", "", "", err
	}
	if _, hides := body["token"]; hides {
		return "", "", "", errProvenBody
	}
	return textOf(body, "signature", "timestamp"), textOf(body, "signature", "token"), textOf(body, "signature", "signature"), nil
}

func (v *mailgunVerifier) Sign(r *verifier.Request, id string, now time.Time) error {
	body, err := readProven(r.Body)
	if err != nil {
		return errors.New("the body is no JSON object in which a signature could be put")
	}
	seed := []byte(id)
	if id == "" {
		seed = r.Body
	}
	sum := sha256.Sum256(seed)
	timestamp, token := verifier.FormatTimestamp(verifier.Unix, now), hex.EncodeToString(sum[:25])
	mac := v.keys.sum(timestamp, nil, token)
	body["signature"] = object{"timestamp": timestamp, "token": token, "signature": hex.EncodeToString(mac)}
	r.Body, err = writeJSON(body)
	return err
}
