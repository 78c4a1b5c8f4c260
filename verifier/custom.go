package verifier

import (
	"bytes"
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

// CustomScheme is a way of proving requests that the parameters of [Scheme] do not reach, and what
// must be known of it without running it. The parts of Scheme that belong to other kinds stay
// empty, Tolerance excepted.
type CustomScheme struct {
	// Name is what people call the scheme: "ed25519", "jwt-hs256".
	Name string

	// Proof says in a few words what a request carries: "RSA signature in X-Signature".
	Proof string

	// New makes the verifier. The settings have been checked, and Tolerance is set if the scheme
	// covers a timestamp. Their PublicURL comes with each request.
	New func(Settings) (Verifier, error)

	// CheckSecret reports why a secret that is not blank cannot be used, without repeating any of
	// it. Nil takes every secret.
	CheckSecret func(secret string) error

	// NewPair makes a key pair for test events, both halves in the form of a secret. The private
	// half signs and verifies, the public one verifies. A shared secret of a certain form is both.
	// Nil where any text is a shared secret.
	NewPair func() (private, public string, err error)

	// Keyless says that no secret is shared, for the key is fetched or nothing is signed.
	Keyless bool

	// Fetches says that the key is fetched from the provider with the secret, which is good for that
	// alone. So no other is ever tried in its place: the provider would be told it.
	Fetches bool

	// Covers says what the proof covers. CoversFor says it where that depends on the settings.
	Covers    Covers
	CoversFor func(Settings) Covers

	// SecretHeaders are the request headers that carry the secret itself, by their canonical names.
	SecretHeaders []string
}

// checkSecret reports why a secret cannot be used.
func (c *CustomScheme) checkSecret(secret string) error {
	if text := strings.TrimSpace(secret); text == "" || text == whsec {
		return errSecretEmpty
	}
	if c.CheckSecret == nil {
		return nil
	}
	return c.CheckSecret(secret)
}

// What follows is for the code of providers.

// Refuse is the refusal of a request. The message is sent to whoever sent the request: it repeats
// nothing of that and does not tell which part of a signature was wrong. An error of another type
// is a fault of our own, such as a key that cannot be fetched, and makes the sender try again.
func Refuse(code Code, message string) error { return refuse(code, message) }

// Refusals that do not depend on the provider.
var (
	ErrMismatch           = errMismatch
	ErrTimestampMalformed = errTimestampMalformed
)

// HeaderValue is the one value of a header that proves something. It refuses a request that has
// none, more than one, or one longer than any signature header may be.
func HeaderValue(h http.Header, name string) (string, error) {
	value, err := only(h.Values(name), name, "header")
	if err == nil && len(value) > maxHeader {
		return "", refuse(SignatureMalformed, "the "+name+" header is too long")
	}
	return value, err
}

// CheckAge refuses what was signed longer than the tolerance before or after now.
func CheckAge(signed, now time.Time, tolerance time.Duration) error {
	return checkAge(signed, now, tolerance)
}

// ParseTimestamp reads a timestamp of one of the units, strictly.
func ParseTimestamp(unit, text string) (time.Time, bool) { return parseTimestamp(unit, text) }

// FormatTimestamp writes what ParseTimestamp reads.
func FormatTimestamp(unit string, t time.Time) string { return formatTimestamp(unit, t) }

// DecodeHex reads hex of exactly size bytes, in either case.
func DecodeHex(text string, size int) ([]byte, bool) {
	if len(text) != hex.EncodedLen(size) {
		return nil, false
	}
	b, err := hex.DecodeString(text)
	return b, err == nil
}

// DecodeBase64 reads padded standard base64 that has one text only for each value: no line breaks,
// no loose bits.
func DecodeBase64(text string) ([]byte, bool) {
	b, err := decodeBase64(text)
	return b, err == nil
}

// DecodeBase64URL reads base64 of the URL alphabet as strictly; with or without padding.
func DecodeBase64URL(text string) ([]byte, bool) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, false
	}
	enc := rawURLBase64
	if strings.HasSuffix(text, "=") {
		enc = urlBase64
	}
	b, err := enc.DecodeString(text)
	return b, err == nil
}

// URLs are the addresses that a provider may have signed: [Request.URL], and if its port is the
// scheme's own or not given, the spelling with or without it.
func (r *Request) URLs() []string {
	address := r.URL()
	scheme, rest, _ := strings.Cut(address, "://")
	port := map[string]string{"http": ":80", "https": ":443"}[scheme]
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	host, path := rest[:end], rest[end:]
	bare, had := strings.CutSuffix(host, port)
	switch {
	case port == "":
		return []string{address}
	case had:
		return []string{address, scheme + "://" + bare + path}
	case strings.LastIndexByte(host, ':') > strings.LastIndexByte(host, ']'):
		return []string{address}
	default:
		return []string{address, scheme + "://" + host + port + path}
	}
}

// Text answers with plain text that no browser takes for anything else, since the sender may have
// chosen it.
func Text(status int, text string) *Answer {
	return &Answer{
		Status: status,
		Header: http.Header{
			"Content-Type":           {"text/plain; charset=utf-8"},
			"X-Content-Type-Options": {"nosniff"},
		},
		Body: []byte(text),
	}
}

// JSON answers 200 with an object of one or more fields, given as name, value, name, value.
func JSON(fields ...string) *Answer {
	var b bytes.Buffer
	for i, text := range fields {
		switch {
		case i == 0:
			b.WriteByte('{')
		case i%2 == 0:
			b.WriteByte(',')
		default:
			b.WriteByte(':')
		}
		b.WriteString(`"` + inJSON(text) + `"`)
	}
	b.WriteByte('}')
	return &Answer{
		Status: http.StatusOK,
		Header: http.Header{"Content-Type": {"application/json"}, "X-Content-Type-Options": {"nosniff"}},
		Body:   b.Bytes(),
	}
}
