package providers

import (
	"net/http"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

// stamped is a signature with a private key, in one header, over the time in another and the body.
// The secret of a source is the public key.
type stamped struct {
	signature, timestamp string // headers
	between              string // what is signed between time and body
	encode               func([]byte) string
	decode               func(string) ([]byte, bool)
	newKey               func(secret string) (signatureKey, error)
	newPair              func() (private, public string, err error)
}

// scheme is the custom scheme of that form.
func (s stamped) scheme(name, proof string) *verifier.CustomScheme {
	return &verifier.CustomScheme{
		Name:  name,
		Proof: proof,
		New: func(settings verifier.Settings) (verifier.Verifier, error) {
			v := &stampedVerifier{stamped: s, tolerance: settings.Tolerance}
			for _, secret := range settings.Secrets {
				k, err := s.newKey(secret)
				if err != nil {
					return nil, err
				}
				v.keys = append(v.keys, k)
			}
			return v, nil
		},
		CheckSecret: func(secret string) error {
			_, err := s.newKey(secret)
			return err
		},
		NewPair: s.newPair,
		Covers: verifier.Covers{
			Body:      true,
			Timestamp: true,
			Headers:   []string{http.CanonicalHeaderKey(s.timestamp)},
		},
	}
}

type stampedVerifier struct {
	stamped
	keys      []signatureKey
	tolerance time.Duration
}

func (v *stampedVerifier) Verify(r *verifier.Request, now time.Time) (verifier.Result, error) {
	text, err := verifier.HeaderValue(r.Header, v.signature)
	if err != nil {
		return verifier.Result{}, err
	}
	signature, ok := v.decode(text)
	if !ok {
		return verifier.Result{}, verifier.Refuse(verifier.SignatureMalformed, "the "+v.signature+" header does not have the form of this provider's signatures")
	}
	stamp, signedAt, err := headerTime(r, v.timestamp, verifier.Unix)
	if err != nil {
		return verifier.Result{}, err
	}
	content := v.content(stamp, r.Body)
	for i, k := range v.keys {
		if k.verify(content, signature) {
			return accept(i, signedAt, now, v.tolerance)
		}
	}
	return verifier.Result{}, verifier.ErrMismatch
}

func (v *stampedVerifier) Sign(r *verifier.Request, _ string, now time.Time) error {
	stamp := verifier.FormatTimestamp(verifier.Unix, now)
	signature, err := v.keys[0].sign(v.content(stamp, r.Body))
	if err != nil {
		return err
	}
	setHeader(r, v.timestamp, stamp)
	setHeader(r, v.signature, v.encode(signature))
	return nil
}

func (v *stampedVerifier) content(stamp string, body []byte) []byte {
	content := make([]byte, 0, len(stamp)+len(v.between)+len(body))
	return append(append(append(content, stamp...), v.between...), body...)
}
