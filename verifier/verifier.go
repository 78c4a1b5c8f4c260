// Package verifier tells whether a webhook request is genuine, and signs one as its provider
// would. What is known of a sender is a [Provider]: a declarative [Scheme] and the facts around
// it. Providers register themselves, so that other modules can add theirs:
//
//	p, ok := verifier.Lookup("stripe")
//	v, err := p.New(verifier.Settings{Secrets: []string{secret}})
//	result, err := v.Verify(request, time.Now())
//
// The generic schemes hmac, token, basic and none are providers like all others. Package
// providers holds the catalogue; import it for its effect.
package verifier

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Verifier checks requests of one source and signs them. It is safe for concurrent use.
type Verifier interface {
	// Verify reports whether the request is genuine at the time now. A refusal is an *Error.
	Verify(r *Request, now time.Time) (Result, error)

	// Sign adds to the request what the provider would send, made with the first secret: headers,
	// or for a token in the query a parameter of r.URI. The id goes where the scheme has one.
	// Sign replaces an earlier signature.
	Sign(r *Request, id string, now time.Time) error
}

// Request is what verification sees: the request as it arrived, before any rewrite.
type Request struct {
	Method    string
	Scheme    string // http or https
	Host      string
	URI       string // path and query as on the request line
	PublicURL string // the address that the provider was given, if it differs; see URL
	Header    http.Header
	Body      []byte
}

// URL is the address that the provider called. PublicURL of scheme and host alone replaces those
// of the request. With a path it is the whole URL as registered, to which the request's query is
// appended. Without PublicURL it is the request's own.
func (r *Request) URL() string {
	if r.PublicURL == "" {
		return r.Scheme + "://" + r.Host + r.URI
	}
	_, rest, _ := strings.Cut(r.PublicURL, "://")
	if host, path, ok := strings.Cut(rest, "/"); !ok || path == "" {
		scheme := r.PublicURL[:len(r.PublicURL)-len(rest)]
		return scheme + host + r.URI
	}
	if _, query, ok := strings.Cut(r.URI, "?"); ok {
		return r.PublicURL + "?" + query
	}
	return r.PublicURL
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

// Path is the path of the request line, escaped as it arrived.
func (r *Request) Path() string {
	path, _, _ := strings.Cut(r.URI, "?")
	return path
}

// Query are the decoded parameters of the request line. Parameters that cannot be decoded are
// left out.
func (r *Request) Query() url.Values {
	_, query, _ := strings.Cut(r.URI, "?")
	values, _ := url.ParseQuery(query)
	return values
}

// Result says how a request proved to be genuine.
type Result struct {
	Secret   int       // index of the secret that verified it
	SignedAt time.Time // the timestamp that the signature covers; zero if it covers none
	Insecure bool      // nothing was verified, by explicit configuration
}

// Code names the reason of a refusal; the sender sees it.
type Code string

// The reasons for which a request is refused.
const (
	SignatureMissing   Code = "signature_missing"   // no signature, token or credential
	SignatureMalformed Code = "signature_malformed" // one that cannot be read
	SignatureMismatch  Code = "signature_mismatch"  // none that any secret yields
	TimestampMissing   Code = "timestamp_missing"
	TimestampMalformed Code = "timestamp_malformed"
	TimestampTooOld    Code = "timestamp_too_old"
	TimestampInFuture  Code = "timestamp_in_future"
	TokenMismatch      Code = "token_mismatch" // a token or credential that is not the configured one
)

// Error says why a request is not accepted. The message may be sent to the sender: it repeats
// nothing of the request and never tells which part of a signature was wrong.
type Error struct {
	Code    Code
	Message string
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// Refuse is the refusal of a request, an [*Error]. An error of another type is a fault of our own, such
// as a key that cannot be fetched, and makes the sender try again.
func Refuse(code Code, message string) error { return &Error{Code: code, Message: message} }

// Refusals that do not depend on the provider.
var (
	ErrMismatch           = Refuse(SignatureMismatch, "no signature of the request matches")
	ErrTimestampMalformed = Refuse(TimestampMalformed, "the timestamp does not have the form of this provider's")
)
