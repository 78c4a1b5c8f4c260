package verifier

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// maxID bounds a signed ID, in bytes.
const maxID = 1024

// signatureVerifier is the engine of all schemes that sign.
type signatureVerifier struct {
	signature Signature
	headers   []string // canonical
	forms     []form
	signed    template
	keys      []key

	timestampHeader string // canonical; "" if it sits in the signature header, the body or nowhere
	timestampField  string
	timestampUnit   string
	signsTimestamp  bool
	tolerance       time.Duration

	idHeader string // canonical
	signsID  bool
	afterID  string
	runsOn   bool // the body begins where the timestamp ends, and that is not clear

	extendable bool // the signature is one that can be had of longer texts

	keyHeader string // canonical
	keyIDs    []string

	missing, malformed, missingTimestamp, missingID, missingKey error

	pool sync.Pool // of *attempt
}

// attempt is the working memory of one verification.
type attempt struct {
	entries entries
	message message
}

func newSignatureVerifier(s Scheme, secrets []string) (*signatureVerifier, error) {
	signed := s.template()
	v := &signatureVerifier{
		signature:       s.Signature,
		forms:           []form{{newPrefix(s.Signature.Prefix), codec{s.Signature.Encoding, algorithms[s.Signature.Algorithm].size}}},
		signed:          signed,
		timestampHeader: http.CanonicalHeaderKey(s.TimestampHeader),
		timestampField:  s.TimestampField,
		timestampUnit:   s.TimestampUnit,
		signsTimestamp:  signed.has(fieldTimestamp),
		tolerance:       s.Tolerance,
		idHeader:        http.CanonicalHeaderKey(s.IDHeader),
		signsID:         signed.has(fieldID),
		afterID:         signed.afterID(),
		runsOn:          s.TimestampUnit == UnixAny && signed.runsOn(),
		extendable:      signed.extendable(),
		keyHeader:       http.CanonicalHeaderKey(s.Signature.KeyHeader),
		pool:            sync.Pool{New: func() any { return new(attempt) }},
	}
	for _, h := range s.Signature.headers() {
		v.headers = append(v.headers, http.CanonicalHeaderKey(h))
	}
	if s.Ed25519 != nil {
		v.forms = append(v.forms, form{newPrefix(s.Ed25519.Prefix), codec{"base64", maxSignature}})
	}
	names := strings.ReplaceAll(strings.Join(s.Signature.Header, " or "), number, "1")
	v.missing = Refuse(SignatureMissing, "the request has no "+names+" header")
	v.malformed = Refuse(SignatureMalformed, "the "+names+" header does not have the form of this provider's signatures")
	where := s.TimestampHeader + " header"
	switch {
	case s.TimestampField != "":
		where = s.TimestampField + " in its body"
	case s.TimestampHeader == "":
		where = "timestamp in the " + names + " header"
	}
	v.missingTimestamp = Refuse(TimestampMissing, "the request has no "+where)
	v.missingID = Refuse(SignatureMissing, "the request has no "+s.IDHeader+" header, which the signature covers")
	v.missingKey = Refuse(SignatureMissing, "the request has no "+s.Signature.KeyHeader+" header, which names the key")
	for _, secret := range secrets {
		k, err := s.newKey(signed, secret)
		if err != nil {
			return nil, err
		}
		v.keys = append(v.keys, k)
		if v.keyHeader != "" {
			id, _, _ := strings.Cut(secret, ":")
			v.keyIDs = append(v.keyIDs, id)
		}
	}
	return v, nil
}

var (
	errAmbiguous   = Refuse(SignatureMalformed, "a signed header or query parameter is given more than once, or its end is not clear")
	errExtended    = Refuse(SignatureMalformed, "the signature is a plain hash, and zeros in what it covers let anybody add to that")
	errIDMalformed = Refuse(SignatureMalformed, "the signed ID does not have the form of this provider's")
)

// Verify checks presence and form of everything the scheme needs, then the signature, then age.
func (v *signatureVerifier) Verify(r *Request, now time.Time) (Result, error) {
	a := v.pool.Get().(*attempt)
	defer func() {
		a.message = message{} // the request must not live on in the pool
		a.entries.timestamp = ""
		v.pool.Put(a)
	}()

	if err := v.read(r.Header, &a.entries); err != nil {
		return Result{}, err
	}
	a.message.request = r
	signedAt, err := v.readTimestamp(r.Header, a)
	if err != nil {
		return Result{}, err
	}
	if err := v.readID(r.Header, a); err != nil {
		return Result{}, err
	}
	keyID, err := v.readKeyID(r.Header)
	if err != nil {
		return Result{}, err
	}
	if v.signed.ambiguous(&a.message) || v.runsOn && startsWithDigit(r.Body) {
		return Result{}, errAmbiguous
	}
	if v.extendable && v.signed.isExtended(&a.message) {
		return Result{}, errExtended
	}
	index := v.match(a, keyID)
	if index < 0 {
		return Result{}, ErrMismatch
	}
	if v.timestampField != "" {
		if signedAt, err = v.timestampInBody(r.Body); err != nil {
			return Result{}, err
		}
	}
	if v.signsTimestamp || v.timestampField != "" {
		if err := CheckAge(signedAt, now, v.tolerance); err != nil {
			return Result{}, err
		}
	}
	return Result{Secret: index, SignedAt: signedAt}, nil
}

// match is the index of the secret that verifies the request, or -1.
func (v *signatureVerifier) match(a *attempt, keyID string) int {
	for i, k := range v.keys {
		if v.keyHeader != "" && v.keyIDs[i] != keyID {
			continue
		}
		if k.verify(&a.message, &a.entries) {
			return i
		}
	}
	return -1
}

// readKeyID is the name of the key that signed, where requests name it.
func (v *signatureVerifier) readKeyID(h http.Header) (string, error) {
	if v.keyHeader == "" {
		return "", nil
	}
	values := h[v.keyHeader]
	if len(values) == 0 || values[0] == "" {
		return "", v.missingKey
	}
	if len(values) > 1 {
		return "", v.malformed
	}
	return values[0], nil
}

func (v *signatureVerifier) readTimestamp(h http.Header, a *attempt) (time.Time, error) {
	if !v.signsTimestamp {
		return time.Time{}, nil
	}
	text := a.entries.timestamp
	if v.timestampHeader != "" {
		values := h[v.timestampHeader]
		if len(values) > 1 {
			return time.Time{}, ErrTimestampMalformed
		}
		text = first(values)
	}
	if text == "" {
		return time.Time{}, v.missingTimestamp
	}
	a.message.timestamp = text
	return v.parseTimestamp(text)
}

// timestampInBody is read once the body is known to be genuine: an unproven one is not decoded, and
// a proven one is what the provider writes.
func (v *signatureVerifier) timestampInBody(body []byte) (time.Time, error) {
	start, end, ok := findField(body, v.timestampField)
	text := strings.Trim(string(body[start:end]), `"`)
	if !ok || text == "" {
		return time.Time{}, v.missingTimestamp
	}
	return v.parseTimestamp(text)
}

func (v *signatureVerifier) parseTimestamp(text string) (time.Time, error) {
	t, ok := ParseTimestamp(v.timestampUnit, text)
	if !ok {
		return time.Time{}, ErrTimestampMalformed
	}
	return t, nil
}

func (v *signatureVerifier) readID(h http.Header, a *attempt) error {
	if !v.signsID {
		return nil
	}
	values := h[v.idHeader]
	id := first(values)
	if id == "" {
		return v.missingID
	}
	if len(values) > 1 || !v.validID(id) {
		return errIDMalformed
	}
	a.message.id = id
	return nil
}

// validID reports whether the signed content tells where the ID ends.
func (v *signatureVerifier) validID(id string) bool {
	return len(id) <= maxID && (v.afterID == "" || !strings.Contains(id, v.afterID))
}

func (v *signatureVerifier) Sign(r *Request, id string, now time.Time) error {
	if r.Header == nil {
		r.Header = http.Header{}
	}
	if len(v.keys) == 0 {
		return errors.New("there is no secret yet: it comes from the provider")
	}
	if v.signsID && (id == "" || !v.validID(id)) {
		return fmt.Errorf("the scheme signs an ID: give one of at most %d bytes without %q", maxID, v.afterID)
	}
	if v.timestampField != "" {
		body, err := setField(r.Body, v.timestampField, v.timestampAsJSON(now))
		if err != nil {
			return err
		}
		r.Body = body
	}
	m := message{request: r, id: id}
	if v.signsTimestamp {
		m.timestamp = FormatTimestamp(v.timestampUnit, now)
		if v.timestampHeader != "" {
			r.Header.Set(v.timestampHeader, m.timestamp)
		}
	}
	if v.idHeader != "" && id != "" {
		r.Header.Set(v.idHeader, id)
	}
	if v.keyHeader != "" {
		r.Header.Set(v.keyHeader, v.keyIDs[0])
	}
	k := v.keys[0]
	signature, err := k.sign(&m)
	if err != nil {
		return err
	}
	for _, h := range v.headers[1:] {
		r.Header.Del(h)
	}
	r.Header.Set(v.headers[0], v.write(k.form(), signature, m.timestamp))
	return nil
}

func (v *signatureVerifier) timestampAsJSON(t time.Time) string {
	text := FormatTimestamp(v.timestampUnit, t)
	if v.timestampUnit == RFC3339 || v.timestampUnit == HTTPDate {
		return `"` + text + `"`
	}
	return text
}
