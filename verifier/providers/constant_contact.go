package providers

import (
	"errors"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

const (
	constantContactHeader = "X-Ctct-Webhook-Sig"
	constantContactKeys   = "https://developer.constantcontact.com/.well-known/jwks.json"
)

func init() {
	const page = "v3.developer.constantcontact.com/api_guide/webhook_authenticity.html"
	verifier.Register(verifier.Provider{
		Name:  "constant_contact",
		Title: "Constant Contact",
		Scheme: verifier.Scheme{
			Kind: verifier.Custom,
			Custom: &verifier.CustomScheme{
				Name:    "detached-jws-rs256",
				Proof:   "detached JWS of the body in " + constantContactHeader,
				New:     newConstantContact,
				Keyless: true,
				Covers:  verifier.Covers{Body: true, Timestamp: true},
			},
		},
		Identity: verifier.Identity{
			EventType: "body.event_type",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "X-CTCT-WEBHOOK-SIG is a JWS with RS256 and detached payload, the body, which is signed as it is (b64 false)", Source: page, Confidence: verifier.Documented},
			{About: "timestamp", Text: "ts in the header of the JWS, unix seconds, is the time of the call", Source: page, Confidence: verifier.Documented},
			{About: "key", Text: "in the set at " + constantContactKeys, Source: page, Confidence: verifier.Documented},
			{About: "type", Text: "event_type in the body", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"There is no secret. The keys are fetched from Constant Contact, over https, and kept for an hour. If they cannot be had, requests are answered with 503 and come again.",
			"The older partner webhooks, with x-ctct-hmac-sha256, are signed otherwise: describe them with the provider hmac.",
			toleranceNote,
		},
		Samples: []verifier.Sample{{
			Type: "contact.created",
			Body: `{"event_type":"{type}","resource_id":"{id}","created_at":"{time}"}`,
		}},
	})
}

type constantContactVerifier struct {
	keys      *keySet
	tolerance time.Duration
}

func newConstantContact(s verifier.Settings) (verifier.Verifier, error) {
	return &constantContactVerifier{newKeySet(constantContactKeys), s.Tolerance}, nil
}

func (v *constantContactVerifier) Verify(r *verifier.Request, now time.Time) (verifier.Result, error) {
	text, err := verifier.HeaderValue(r.Header, constantContactHeader)
	if err != nil {
		return verifier.Result{}, err
	}
	header, ok := readJWS(text, true, rs256)
	switch {
	case !ok:
		return verifier.Result{}, verifier.Refuse(verifier.SignatureMalformed, "the "+constantContactHeader+" header is no detached JWS with RS256")
	case header.Time <= 0:
		return verifier.Result{}, verifier.Refuse(verifier.TimestampMissing, "the signature's header has no ts")
	}
	if err := v.keys.verify(text, r.Body, header.KeyID, now); err != nil {
		return verifier.Result{}, err
	}
	return accept(0, time.Unix(header.Time, 0).UTC(), now, v.tolerance)
}

func (v *constantContactVerifier) Sign(*verifier.Request, string, time.Time) error {
	return errors.New("only Constant Contact has the key that signs its webhooks: cause one in a test account")
}
