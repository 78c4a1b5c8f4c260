package verifier

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"
)

// Explanation says whether a request verifies and, if not, what would have made it. It is for the
// operator: a sender could learn from it how to forge. It holds nothing of a secret.
type Explanation struct {
	Verified bool `json:"verified"`

	// SignedAt is the timestamp that the signature covers, as far as it could be found out.
	SignedAt time.Time `json:"signed_at,omitzero"`

	// Code and Message are what the sender would be told; "" if the request verifies. SettingsInvalid
	// and Unavailable are the codes of what is not a refusal.
	Code    Code   `json:"code"`
	Message string `json:"message"`

	// Findings are the faults, those that were proven first.
	Findings []Finding `json:"findings"`
}

// The codes of an Explanation where it never came to a verdict.
const (
	SettingsInvalid Code = "settings_invalid" // no verifier can be made of the settings
	Unavailable     Code = "unavailable"      // a key could not be fetched
)

// Finding is one fault of a request or of the settings.
type Finding struct {
	Code FindingCode `json:"code"`

	// Proven says that the request verifies once this is mended, together with the other proven
	// findings. What is not proven is likely.
	Proven bool `json:"proven"`

	Text   string `json:"text"`   // what is wrong, in a sentence
	Advice string `json:"advice"` // what to do about it
}

// FindingCode names a fault; the names do not change.
type FindingCode string

// The faults that an explanation can find.
const (
	TooOld            FindingCode = "too_old"
	InFuture          FindingCode = "in_future"
	HeaderMissing     FindingCode = "header_missing"
	HeaderUnderscore  FindingCode = "header_underscore"
	OtherProvider     FindingCode = "other_provider"
	OtherSource       FindingCode = "other_source"
	SignaturePrefix   FindingCode = "signature_prefix"
	SignatureEncoding FindingCode = "signature_encoding"
	SignatureForm     FindingCode = "signature_form"
	WrongAlgorithm    FindingCode = "wrong_algorithm"
	TimestampUnit     FindingCode = "timestamp_unit"
	TimestampForm     FindingCode = "timestamp_form"
	SecretWhiteSpace  FindingCode = "secret_white_space"
	SecretNewline     FindingCode = "secret_newline"
	SecretQuotes      FindingCode = "secret_quotes"
	SecretPrefix      FindingCode = "secret_prefix"
	SecretNotDecoded  FindingCode = "secret_not_decoded"
	SecretDecoded     FindingCode = "secret_decoded"
	SecretOrBody      FindingCode = "secret_or_body"
	BodyNewline       FindingCode = "body_newline"
	BodyLineBreaks    FindingCode = "body_line_breaks"
	BodyJSON          FindingCode = "body_json"
	BodyLength        FindingCode = "body_length"
	OtherURL          FindingCode = "other_url"
	TokenWrong        FindingCode = "token_wrong"
	KeyUnavailable    FindingCode = "key_unavailable"
)

// Explain verifies the request as [Verifier] does and, if that fails, looks for what would have
// worked: one change at a time, for small bodies two. That takes up to some thousand
// verifications, so it has no place where requests arrive. If nothing did, it asks whether the
// request belongs to one of the others, or was signed with its secret.
func (p *Provider) Explain(s Settings, r *Request, now time.Time, others ...Other) Explanation {
	scheme, _ := p.resolve(s)
	x := &explainer{provider: p, settings: s, now: now, base: candidate{scheme: scheme, secrets: s.Secrets, request: *r}}
	x.base.request.Header = r.Header.Clone()
	x.base.request.PublicURL = cmp.Or(r.PublicURL, s.PublicURL)
	v, err := p.New(s)
	if err != nil {
		found, signedAt := x.search()
		return Explanation{Code: SettingsInvalid, Message: err.Error(), Findings: orNone(found), SignedAt: signedAt}
	}
	result, err := v.Verify(r, now)
	if err == nil {
		return Explanation{Verified: true, SignedAt: result.SignedAt, Findings: []Finding{}}
	}
	refusal, ok := errors.AsType[*Error](err)
	if !ok {
		return Explanation{Code: Unavailable, Message: err.Error(), Findings: []Finding{keyUnavailable}}
	}
	e := Explanation{Code: refusal.Code, Message: refusal.Message}
	if scheme.fetches() { // further attempts would do so again
		if e.Findings, e.SignedAt = x.otherSource(others); len(e.Findings) == 0 {
			e.Findings = []Finding{x.guess(refusal)}
		}
		return e
	}
	e.Findings = x.hyphenate(v)
	found, signedAt := x.search()
	if len(found) == 0 {
		found, signedAt = x.otherSource(others)
	}
	if len(found) == 0 {
		_, err = verifyAtAnyTime(v, &x.base.request, now)
		if left, ok := errors.AsType[*Error](err); ok {
			found = x.guesses(left)
		} else if len(e.Findings) == 0 {
			found = x.guesses(refusal) // age, of which no more is known
		}
	}
	e.Findings, e.SignedAt = orNone(append(e.Findings, found...)), signedAt
	return e
}

func orNone(f []Finding) []Finding {
	if f == nil {
		return []Finding{}
	}
	return f
}

// explainer looks for what is wrong with one request.
type explainer struct {
	provider *Provider
	settings Settings
	now      time.Time
	base     candidate
}

// candidate is a request, and how it may have been signed.
type candidate struct {
	scheme  Scheme
	secrets []string
	request Request
}

// change is something that may have gone wrong. Apply undoes it; false says that there is nothing
// to undo.
type change struct {
	finding Finding
	apply   func(c *candidate) bool
}

// maxPairBody is up to which size of a body two changes at a time are tried, in bytes.
const maxPairBody = 64 << 10

// search finds the fewest changes with which the request verifies at some time, and tells if that
// time is not now.
func (x *explainer) search() ([]Finding, time.Time) {
	if x.base.scheme.Kind == None || x.base.scheme.fetches() {
		return nil, time.Time{}
	}
	if result, ok := x.verifies(x.base); ok {
		return x.age(result), result.SignedAt
	}
	changes := x.changes()
	for _, c := range changes {
		if changed, ok := x.with(x.base, c); ok {
			if result, ok := x.verifies(changed); ok {
				return append([]Finding{c.finding}, x.age(result)...), result.SignedAt
			}
		}
	}
	if len(x.base.request.Body) > maxPairBody {
		return nil, time.Time{}
	}
	for i, first := range changes {
		one, ok := x.with(x.base, first)
		if !ok {
			continue
		}
		for _, second := range changes[i+1:] {
			if first.finding.Code == second.finding.Code {
				continue
			}
			if both, ok := x.with(one, second); ok {
				if result, ok := x.verifies(both); ok {
					return append([]Finding{first.finding, second.finding}, x.age(result)...), result.SignedAt
				}
			}
		}
	}
	return nil, time.Time{}
}

func (x *explainer) with(c candidate, change change) (candidate, bool) {
	c.secrets = slices.Clone(c.secrets)
	return c, change.apply(&c)
}

// verifies tries each secret alone: another one may be unusable.
func (x *explainer) verifies(c candidate) (Result, bool) {
	for i, secret := range c.secrets {
		v, err := x.verifier(c.scheme, secret)
		if err != nil {
			continue
		}
		if result, err := verifyAtAnyTime(v, &c.request, x.now); err == nil {
			result.Secret = i
			return result, true
		}
	}
	return Result{}, false
}

func (x *explainer) verifier(scheme Scheme, secret string) (Verifier, error) {
	s := x.settings
	s.Secrets = []string{secret}
	if scheme.Kind != HMAC {
		return x.provider.New(s)
	}
	if err := scheme.checkSecret(secret); err != nil {
		return nil, err
	}
	return newSignatureVerifier(scheme, s.Secrets)
}

// verifyAtAnyTime leaves age out of account. What a verifier says of it leads to the time at which
// it has nothing to say.
func verifyAtAnyTime(v Verifier, r *Request, now time.Time) (Result, error) {
	const steps = 48 // halve a hundred years and more to less than a second
	earliest, latest, at := time.Unix(0, 0), now.AddDate(100, 0, 0), now
	for range steps {
		result, err := v.Verify(r, at)
		switch refusal, _ := errors.AsType[*Error](err); {
		case refusal != nil && refusal.Code == TimestampTooOld:
			latest = at
		case refusal != nil && refusal.Code == TimestampInFuture:
			earliest = at
		default:
			return result, err
		}
		at = earliest.Add(latest.Sub(earliest) / 2)
	}
	return Result{}, ErrMismatch
}

// hyphenate gives headers their hyphens back that arrived with underscores, and reports those that
// make a difference.
func (x *explainer) hyphenate(v Verifier) []Finding {
	h := x.base.request.Header
	renamed := make(map[string]string)
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if hyphened := hyphenated(name); hyphened != name && len(h[hyphened]) == 0 {
			renamed[hyphened] = name
			h[hyphened] = h[name]
		}
	}
	verdict := func() string {
		if _, err := verifyAtAnyTime(v, &x.base.request, x.now); err != nil {
			return err.Error()
		}
		return ""
	}
	var found []Finding
	whole := verdict()
	for _, name := range slices.Sorted(maps.Keys(h)) {
		arrived, ok := renamed[name]
		if !ok {
			continue
		}
		values := h[name]
		delete(h, name)
		if verdict() == whole {
			continue
		}
		h[name] = values
		found = append(found, headerUnderscore(name, arrived))
	}
	return found
}

// guesses are the likely reasons of a refusal that no change mended.
func (x *explainer) guesses(refusal *Error) []Finding {
	var found []Finding
	if refusal.Code == SignatureMissing || refusal.Code == SignatureMalformed {
		if other, ok := x.otherProvider(); ok {
			found = append(found, other)
		}
	}
	if f, ok := x.bodyLength(); ok && refusal.Code == SignatureMismatch {
		found = append(found, f)
	}
	return append(found, x.guess(refusal))
}
