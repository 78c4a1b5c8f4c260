package verifier

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Provider is all that is known of a sender.
type Provider struct {
	Name  string // as in the configuration: "stripe"
	Title string // as people write it: "Stripe"

	Scheme Scheme

	// Open lists the settings that the user may give beside secrets, tolerance and public_url.
	Open []string

	// Required lists the settings that the user must give, or for HMAC the parts of the signature.
	// Gap says why.
	Required []string
	Gap      string

	// Example is what completes the scheme beside a secret, for documentation and tests. A user's
	// own values may be others.
	Example Settings

	Identity  Identity
	Batch     *Batch     // nil: one event a request, as far as is known
	Handshake *Handshake // nil: the provider makes none
	Ack       Ack

	// EnrolHeader is the header in which the provider hands out the secret when a webhook is made, and
	// in which it wants it back; "" if it does not. Taking it is for whoever runs a server: see
	// Settings.Enrol.
	EnrolHeader string

	// BareRefusal says that it wants refusals without a body, too.
	BareRefusal bool

	Methods []string // of its requests; Register sets POST if there are none
	MaxBody int64    // largest body that it sends, in bytes; 0: not known

	// RetryHorizon is the time from the first to the last automatic retry; 0: none or not known.
	RetryHorizon time.Duration

	// AnswerDeadline is how long it waits for an answer; 0: not known.
	AnswerDeadline time.Duration

	Facts   []Fact   // where the above is from
	Notes   []string // what a user should know: traps, what is not covered
	Samples []Sample // for test events; the first is the default
}

// Identity is expression text, evaluated over a verified request. Empty text yields nothing.
type Identity struct {
	EventID   string
	EventType string
	Dedupe    string
}

// Batch says how a request that carries several events is taken apart, if the user asks for it.
type Batch struct {
	Split    string   // text of the expression that yields the list of events
	Identity Identity // of one event: `body` is an element of the list; no Dedupe: the request's digest and the place in it
}

// Ack is the answer to an accepted event that the provider documents.
type Ack struct {
	Status int // Register sets 200 if it is 0
	Body   string
}

// Confidence says what a fact rests on.
type Confidence string

// The grounds of facts, best first.
const (
	Documented  Confidence = "documented"  // the provider's own documentation
	Source      Confidence = "source"      // the provider's own code: SDK, sample, test
	ThirdParty  Confidence = "third party" // somebody else's text or code
	Unconfirmed Confidence = "unconfirmed" // no source at hand: to be checked before it is relied on
)

// Fact is one thing known of a provider, with its source.
type Fact struct {
	About      string // what it is a fact about: "signature", "retries", …
	Text       string
	Source     string // document or file; "" if unconfirmed
	Confidence Confidence
}

// Check reports everything wrong with the settings that their text shows, each error naming the
// option. Secrets and the public URL may still hold placeholders in braces: those are not judged.
func (p *Provider) Check(s Settings) error {
	_, err := p.check(s, hasPlaceholder)
	return err
}

// check resolves the settings and tells all that is wrong with them. What is open says nothing
// yet.
func (p *Provider) check(s Settings, open func(text string) bool) (Scheme, error) {
	scheme, errs := p.resolve(s)
	errs = append(errs, scheme.check()...)
	errs = append(errs, scheme.checkHeaders(s.ExpectedHeaders)...)
	errs = append(errs, p.checkSettings(s, scheme)...)
	if s.PublicURL != "" && !open(s.PublicURL) {
		errs = append(errs, checkPublicURL(s.PublicURL))
	}
	for i, secret := range s.Secrets {
		if open(secret) {
			continue
		}
		if err := scheme.checkSecret(secret); err != nil {
			errs = append(errs, fmt.Errorf("secret %d: %w", i+1, err))
		}
	}
	return scheme, errors.Join(errs...)
}

// New makes the verifier of a source. The settings' placeholders have been expanded; a secret
// that is empty, also after its prefix was taken off or it was decoded, is an error.
func (p *Provider) New(s Settings) (Verifier, error) {
	scheme, err := p.check(s, func(string) bool { return false })
	if err != nil {
		return nil, err
	}
	v, err := scheme.newVerifier(s)
	if err != nil || s.PublicURL == "" {
		return v, err
	}
	return atPublicURL{v, s.PublicURL}, nil
}

func (s *Scheme) newVerifier(user Settings) (Verifier, error) {
	switch {
	case user.Insecure:
		return insecureVerifier{}, nil
	case s.Kind == HMAC:
		return newSignatureVerifier(*s, user.Secrets)
	case s.Kind == Custom:
		user.Tolerance = s.Tolerance
		return s.Custom.New(user)
	default:
		return newTokenVerifier(s.tokenLocation(), user.Secrets), nil
	}
}

// atPublicURL verifies requests as the provider addressed them.
type atPublicURL struct {
	Verifier
	url string
}

func (v atPublicURL) Verify(r *Request, now time.Time) (Result, error) {
	if r.PublicURL == "" {
		addressed := *r
		addressed.PublicURL = v.url
		r = &addressed
	}
	return v.Verifier.Verify(r, now)
}

func (v atPublicURL) Sign(r *Request, id string, now time.Time) error {
	own := r.PublicURL
	r.PublicURL = cmp.Or(own, v.url)
	defer func() { r.PublicURL = own }()
	return v.Verifier.Sign(r, id, now)
}

// HandshakeFor is the provider's handshake under the settings; nil if it makes none. The settings
// are those that New took.
func (p *Provider) HandshakeFor(s Settings) *Handshake {
	if p.Handshake == nil || p.Handshake.Bind == nil {
		return p.Handshake
	}
	h := *p.Handshake
	h.Answer = h.Bind(s)
	return &h
}

// IdentityFor is the provider's identity under the settings. An id_header that they add becomes
// the event ID; if the signature does not cover it, the body's digest joins it in the dedupe key,
// so that nobody can suppress an event by reusing an ID.
func (p *Provider) IdentityFor(s Settings) Identity {
	id := p.Identity
	scheme, _ := p.resolve(s)
	if scheme.IDHeader == "" || scheme.IDHeader == p.Scheme.IDHeader {
		return id
	}
	id.EventID = "header(" + strconv.Quote(scheme.IDHeader) + ")"
	if id.Dedupe = id.EventID; !scheme.covers().ID {
		id.Dedupe = "[" + id.EventID + ", digest]"
	}
	return id
}

// Covers says what the signature covers under the settings.
func (p *Provider) Covers(s Settings) Covers {
	scheme, _ := p.resolve(s)
	return scheme.covers()
}

// SecretHeaders are the request headers that carry the secret itself and belong in no log.
func (p *Provider) SecretHeaders(s Settings) []string {
	scheme, _ := p.resolve(s)
	switch {
	case p.EnrolHeader != "":
		return []string{http.CanonicalHeaderKey(p.EnrolHeader)}
	case scheme.Kind == Custom:
		return scheme.Custom.SecretHeaders
	case scheme.Header != "":
		return []string{http.CanonicalHeaderKey(scheme.Header)}
	case scheme.Bearer || scheme.Kind == Basic:
		return []string{"Authorization"}
	default:
		return nil
	}
}

// SecretQuery are the query parameters that carry the secret itself and belong in no log.
func (p *Provider) SecretQuery(s Settings) []string {
	if scheme, _ := p.resolve(s); scheme.Query != "" {
		return []string{scheme.Query}
	}
	return nil
}
