package verifier

import (
	"net/http"
	"slices"
	"time"
)

// Kind is the way in which a provider proves that a request is its own.
type Kind string

// The kinds of schemes.
const (
	HMAC   Kind = "hmac"   // a keyed signature in a header
	Token  Kind = "token"  // a secret sent along
	Basic  Kind = "basic"  // HTTP basic authentication
	Custom Kind = "custom" // in a way of its own, which the provider's code knows
	None   Kind = "none"   // nothing
)

// DefaultTolerance applies to schemes that sign a timestamp and document no tolerance.
const DefaultTolerance = 5 * time.Minute

// Scheme says how a provider signs. A preset's scheme is complete, or has the gaps that its Open
// settings fill; the generic providers are all gaps.
type Scheme struct {
	Kind Kind

	// Of HMAC.
	Signature       Signature
	Ed25519         *Ed25519 // a second kind of entry in the same header
	TimestampHeader string
	TimestampField  string // of the JSON body
	TimestampUnit   string
	Tolerance       time.Duration // zero: DefaultTolerance
	IDHeader        string

	// Of Token: exactly one.
	Header string
	Bearer bool
	Query  string
	Field  string // of the JSON body

	Custom *CustomScheme // of Custom
}

// Ed25519 describes signatures made with a private key over the same content as the HMAC, told
// apart by their prefix. The keys' prefixes tell them from HMAC secrets; what follows is base64.
type Ed25519 struct {
	Prefix        string // of the entry in the signature header
	PublicPrefix  string // of a public key, which verifies
	PrivatePrefix string // of a private key, which signs and verifies
}

// Covers says what a scheme's signature protects. What it does not cover, anybody who captured a
// request can change.
type Covers struct {
	Body, Timestamp, ID, URL, Method bool

	Host, Path bool // parts of the URL, where not all of it is

	Fields  []string // of the body, where not all of it is
	Headers []string // canonical names, those of timestamp and ID included
	Query   []string // parameters; all of them if URL
}

// Keyless reports whether the scheme has no secret although it verifies.
func (s *Scheme) Keyless() bool { return s.Kind == Custom && s.Custom.Keyless }

// fetches reports whether to verify may mean to fetch a key.
func (s *Scheme) fetches() bool { return s.Keyless() || s.Kind == Custom && s.Custom.Fetches }

// template is what the scheme signs; nil if it signs nothing or cannot be parsed.
func (s *Scheme) template() template {
	if s.Kind != HMAC {
		return nil
	}
	t, _ := parseTemplate(s.Signature.Signed)
	return t
}

func (s *Scheme) covers() Covers {
	var c Covers
	if s.Kind == Custom {
		return s.Custom.Covers
	}
	header := func(name string) {
		if name != "" {
			c.Headers = append(c.Headers, http.CanonicalHeaderKey(name))
		}
	}
	for _, p := range s.template() {
		switch p.field {
		case fieldBody:
			c.Body = true
			c.Timestamp = c.Timestamp || s.TimestampField != ""
		case fieldTimestamp:
			c.Timestamp = true
			header(s.TimestampHeader)
		case fieldID:
			c.ID = true
			header(s.IDHeader)
		case fieldURL, fieldURI:
			c.URL = true
		case fieldHost:
			c.Host = true
		case fieldPath:
			c.Path = true
		case fieldMethod:
			c.Method = true
		case fieldHeader:
			header(p.text)
		case fieldQuery:
			c.Query = append(c.Query, p.text)
		}
	}
	return c
}

// Address reports whether any of the URL is covered, so that it matters what it is taken to be.
func (c Covers) Address() bool { return c.URL || c.Host || c.Path }

// Header reports whether the signature covers the header.
func (c Covers) Header(name string) bool {
	return slices.Contains(c.Headers, http.CanonicalHeaderKey(name))
}
