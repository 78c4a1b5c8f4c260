package verifier

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// tokenVerifier compares a secret that is sent along. It covers nothing of the request.
type tokenVerifier struct {
	location tokenLocation
	first    string     // the secret that signs
	digests  [][32]byte // of all secrets: digests have one length, so that none leaks through time
}

// tokenLocation is where a request carries the token.
type tokenLocation interface {
	// get finds the one token of the request.
	get(r *Request) (string, error)
	set(r *Request, token string) error
}

func newTokenVerifier(l tokenLocation, secrets []string) *tokenVerifier {
	v := &tokenVerifier{location: l, first: secrets[0]}
	for _, s := range secrets {
		v.digests = append(v.digests, sha256.Sum256([]byte(s)))
	}
	return v
}

func (s *Scheme) tokenLocation() tokenLocation {
	switch {
	case s.Kind == Basic:
		return basicToken{}
	case s.Bearer:
		return bearerToken{}
	case s.Query != "":
		return queryToken{s.Query}
	case s.Field != "":
		return bodyToken{s.Field}
	default:
		return headerToken{http.CanonicalHeaderKey(s.Header)}
	}
}

var errTokenMismatch = Refuse(TokenMismatch, "the request's credential is not the configured one")

func (v *tokenVerifier) Verify(r *Request, _ time.Time) (Result, error) {
	token, err := v.location.get(r)
	if err != nil {
		return Result{}, err
	}
	digest := sha256.Sum256([]byte(token))
	for i := range v.digests {
		if subtle.ConstantTimeCompare(v.digests[i][:], digest[:]) == 1 {
			return Result{Secret: i}, nil
		}
	}
	return Result{}, errTokenMismatch
}

func (v *tokenVerifier) Sign(r *Request, _ string, _ time.Time) error {
	if r.Header == nil {
		r.Header = http.Header{}
	}
	return v.location.set(r, v.first)
}

// headerToken is the whole value of a header.
type headerToken struct{ name string } // canonical

func (l headerToken) get(r *Request) (string, error) { return only(r.Header[l.name], l.name, "header") }

func (l headerToken) set(r *Request, token string) error {
	r.Header[l.name] = []string{token}
	return nil
}

// bearerToken is the token in "Authorization: Bearer <token>".
type bearerToken struct{}

func (bearerToken) get(r *Request) (string, error) {
	return authorization(r, "Bearer")
}

func (bearerToken) set(r *Request, token string) error {
	r.Header.Set("Authorization", "Bearer "+token)
	return nil
}

// basicToken is the user:password of HTTP basic authentication.
type basicToken struct{}

func (basicToken) get(r *Request) (string, error) {
	text, err := authorization(r, "Basic")
	if err != nil {
		return "", err
	}
	pair, err := decodeBase64(text)
	if err != nil {
		return "", Refuse(SignatureMalformed, "the Authorization header does not hold basic credentials")
	}
	return string(pair), nil
}

func (basicToken) set(r *Request, token string) error {
	r.Header.Set("Authorization", "Basic "+stdBase64.EncodeToString([]byte(token)))
	return nil
}

// queryToken is the value of a query parameter.
type queryToken struct{ name string }

func (l queryToken) get(r *Request) (string, error) {
	return only(r.Query()[l.name], l.name, "query parameter")
}

func (l queryToken) set(r *Request, token string) error {
	path, query, _ := strings.Cut(r.URI, "?")
	var kept []string
	for p := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(p, "=")
		if name, err := url.QueryUnescape(name); p != "" && (err != nil || name != l.name) {
			kept = append(kept, p)
		}
	}
	kept = append(kept, url.QueryEscape(l.name)+"="+url.QueryEscape(token))
	r.URI = path + "?" + strings.Join(kept, "&")
	return nil
}

// authorization is what follows the scheme's name in the Authorization header.
func authorization(r *Request, scheme string) (string, error) {
	value, err := only(r.Header["Authorization"], "Authorization", "header")
	if err != nil {
		return "", err
	}
	name, rest, _ := strings.Cut(value, " ")
	if !strings.EqualFold(name, scheme) || rest == "" {
		return "", Refuse(SignatureMalformed, "the Authorization header does not have the scheme "+scheme)
	}
	return strings.TrimLeft(rest, " "), nil
}

// only refuses what is given twice: the app behind could read the other one.
func only(values []string, name, place string) (string, error) {
	if len(values) > 1 {
		return "", Refuse(SignatureMalformed, "the request has more than one "+name+" "+place)
	}
	if v := first(values); v != "" {
		return v, nil
	}
	return "", Refuse(SignatureMissing, "the request has no "+name+" "+place)
}

// HeaderValue is the one value of a header that proves something. It refuses a request that has
// none, more than one, or one longer than any signature header may be.
func HeaderValue(h http.Header, name string) (string, error) {
	value, err := only(h.Values(name), name, "header")
	if err == nil && len(value) > maxHeader {
		return "", Refuse(SignatureMalformed, "the "+name+" header is too long")
	}
	return value, err
}

// checkToken refuses secrets that are empty, that no request could carry, or that are only the
// name of an authorization scheme whose credential was left out.
func checkToken(s Scheme, text string) error {
	name := strings.ToLower(strings.TrimSpace(text))
	if name == "" || s.Header != "" && (name == "bearer" || name == "basic") {
		return errSecretEmpty
	}
	if s.Kind == Basic {
		user, password, ok := strings.Cut(text, ":")
		if !ok {
			return errors.New("has no colon: write user:password")
		}
		if strings.TrimSpace(user) == "" || strings.TrimSpace(password) == "" {
			return errSecretEmpty
		}
		return nil
	}
	if s.Query != "" || s.Field != "" {
		return nil
	}
	if strings.Trim(text, " \t\r\n") != text {
		return errors.New("begins or ends with white space, which no header carries")
	}
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\t' || c == 0x7f {
			return errors.New("holds control characters, which no header carries")
		}
	}
	return nil
}

// insecureVerifier accepts everything, by explicit configuration.
type insecureVerifier struct{}

func (insecureVerifier) Verify(*Request, time.Time) (Result, error) {
	return Result{Insecure: true}, nil
}

func (insecureVerifier) Sign(*Request, string, time.Time) error { return nil }
