package providers

import (
	"net/http"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

// What follows is what the verifiers of several providers do with a request.

// accept is the result of a signature that the key of the index verified, unless it is too old.
func accept(index int, signedAt, now time.Time, tolerance time.Duration) (verifier.Result, error) {
	if err := verifier.CheckAge(signedAt, now, tolerance); err != nil {
		return verifier.Result{}, err
	}
	return verifier.Result{Secret: index, SignedAt: signedAt}, nil
}

// headerTime is the signed timestamp in a header: its text, which is what is signed, and its
// meaning.
func headerTime(r *verifier.Request, name, unit string) (string, time.Time, error) {
	text, err := verifier.HeaderValue(r.Header, name)
	if err != nil {
		if len(r.Header.Values(name)) > 1 {
			return "", time.Time{}, verifier.ErrTimestampMalformed
		}
		return "", time.Time{}, verifier.Refuse(verifier.TimestampMissing, "the request has no "+name+" header")
	}
	t, ok := verifier.ParseTimestamp(unit, text)
	if !ok {
		return "", time.Time{}, verifier.ErrTimestampMalformed
	}
	return text, t, nil
}

func setHeader(r *verifier.Request, name, value string) {
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set(name, value)
}
