package caddymodule

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gatepost/gatepost/replay"
	"github.com/gatepost/gatepost/verifier"
)

// providerInfo is what `providers` shows. Where a user fills gaps of the scheme, it describes the
// scheme as the example configures it.
type providerInfo struct {
	Name   string   `json:"name"`
	Title  string   `json:"title"`
	Scheme string   `json:"scheme"`            // such as hmac-sha256
	Proof  string   `json:"proof"`             // what is sent, and where
	Secret string   `json:"secret"`            // what kind it is: shared, public key, credentials or none
	Open   []string `json:"options,omitempty"` // beside secret, tolerance and public_url
	Needed []string `json:"needed,omitempty"`  // of them, or of the parts of the signature
	Gap    string   `json:"gap,omitempty"`     // why those must be given

	Configure []string `json:"configure"` // what the example has
	Setup     []string `json:"setup"`     // what to do, step by step

	SignedTimestamp bool            `json:"signed_timestamp"`
	Tolerance       replay.Duration `json:"tolerance,omitempty"`
	EventID         string          `json:"event_id"` // an expression, as the next two
	EventType       string          `json:"event_type"`
	Dedupe          string          `json:"dedupe"`
	Batch           *batchInfo      `json:"batch,omitempty"` // absent: one event a request, as far as is known
	Covered         []string        `json:"covered"`         // by the signature
	NotCovered      []string        `json:"not_covered"`     // as far as something reads it

	Methods        []string        `json:"methods"`
	Ack            int             `json:"ack"`
	Handshake      string          `json:"handshake,omitempty"`
	MaxBody        int64           `json:"max_body,omitempty"`        // bytes
	AnswerDeadline replay.Duration `json:"answer_deadline,omitempty"` // absent: not known
	RetryHorizon   replay.Duration `json:"retry_horizon,omitempty"`   // absent: none, or not known
	Samples        []string        `json:"samples"`                   // types of test events
	Unsignable     string          `json:"unsignable,omitempty"`      // why `send` cannot sign them
	Facts          []providerFact  `json:"facts"`
	Notes          []string        `json:"notes"`

	Caddyfile string `json:"caddyfile"`            // how to configure it
	LogFilter string `json:"log_filter,omitempty"` // what keeps its secret out of access logs
}

type providerFact struct {
	About      string `json:"about"`
	Text       string `json:"text"`
	Source     string `json:"source,omitempty"`
	Confidence string `json:"confidence"`
}

func describe(p *verifier.Provider) *providerInfo {
	settings := exampleSettings(p)
	covers := p.Covers(settings)
	identity := p.IdentityFor(settings)
	kind, proven := secretKind(p), proof(p, settings)
	info := &providerInfo{
		Name: p.Name, Title: p.Title, Scheme: schemeName(p), Proof: proven,
		Secret: kind, Open: p.Open, Needed: p.Required, Gap: p.Gap, Setup: setupSteps(p, settings),
		SignedTimestamp: covers.Timestamp, EventID: identity.EventID, EventType: identity.EventType, Dedupe: identity.Dedupe,
		Batch: describeBatch(p.Batch), Covered: covered(covers), NotCovered: notCovered(covers, identity, proven),
		Methods: p.Methods, Ack: p.Ack.Status, MaxBody: p.MaxBody,
		AnswerDeadline: replay.Duration(p.AnswerDeadline), RetryHorizon: replay.Duration(p.RetryHorizon),
		Samples: []string{}, Facts: []providerFact{}, Notes: append([]string{}, p.Notes...),
		Caddyfile: exampleCaddyfile(p, settings), LogFilter: logFilter(p, settings),
	}
	if covers.Timestamp {
		info.Tolerance = replay.Duration(verifier.DefaultTolerance)
		set(&info.Tolerance, replay.Duration(p.Scheme.Tolerance))
	}
	if p.Handshake != nil {
		info.Handshake = p.Handshake.Summary
	}
	switch kind {
	case noSecret:
	case sharedSecret:
		info.Configure = append(info.Configure, "secret")
	default:
		info.Configure = append(info.Configure, kind)
	}
	for _, l := range settingLines(settings) {
		if name, _, _ := strings.Cut(l.name, "."); !slices.Contains(info.Configure, name) {
			info.Configure = append(info.Configure, name)
		}
	}
	if err := signable(p); err != nil {
		info.Unsignable = err.Error()
	}
	for _, s := range p.Samples {
		info.Samples = append(info.Samples, s.Type)
	}
	for _, f := range p.Facts {
		info.Facts = append(info.Facts, providerFact{f.About, f.Text, f.Source, string(f.Confidence)})
	}
	return info
}

func schemeName(p *verifier.Provider) string {
	switch p.Scheme.Kind {
	case verifier.Custom:
		return p.Scheme.Custom.Name
	case verifier.HMAC:
	default:
		return string(p.Scheme.Kind)
	}
	name := "hmac"
	if strings.Contains(p.Scheme.Signature.Signed, "{secret}") {
		name = "hash" // of a text that holds the secret
	}
	if !slices.Contains(p.Required, "algorithm") {
		name += "-" + cmp.Or(p.Scheme.Signature.Algorithm, "sha256")
	}
	if p.Scheme.Ed25519 != nil {
		name += ", ed25519"
	}
	return name
}

// The values of providerInfo.Secret.
const (
	sharedSecret = "shared"
	publicKey    = "public key"
	credentials  = "credentials" // of the provider's API
	noSecret     = "none"
)

func secretKind(p *verifier.Provider) string {
	if !needsSecret(p, p.Example) {
		return noSecret
	}
	if p.Scheme.Kind != verifier.Custom {
		return sharedSecret
	}
	if sign, verify, err := p.NewSecret(); err == nil && sign != verify {
		return publicKey
	}
	if signable(p) != nil {
		return credentials
	}
	return sharedSecret
}

// proof is what a request carries to prove itself.
func proof(p *verifier.Provider, settings verifier.Settings) string {
	switch p.Scheme.Kind {
	case verifier.None:
		return "nothing"
	case verifier.Custom:
		return p.Scheme.Custom.Proof
	case verifier.HMAC:
		headers, content := p.Scheme.Signature.Header, p.Scheme.Signature.Signed
		if s := settings.Signature; s != nil {
			headers, content = slices.Concat(headers, s.Header), cmp.Or(content, s.Signed)
		}
		return "signature of " + cmp.Or(content, "{body}") + " in " + strings.Join(headers, " or ")
	}
	places := p.SecretHeaders(settings)
	for _, name := range p.SecretQuery(settings) {
		places = append(places, "the query parameter "+name)
	}
	if field := cmp.Or(settings.Field, p.Scheme.Field); field != "" && len(places) == 0 {
		places = append(places, "the field "+field+" of the body")
	}
	return "the secret itself in " + strings.Join(places, " or ")
}

func covered(c verifier.Covers) []string {
	parts := []string{}
	for _, part := range []struct {
		name string
		is   bool
	}{{"body", c.Body}, {"timestamp", c.Timestamp}, {"event ID", c.ID}, {"URL", c.URL}, {"host", c.Host}, {"path", c.Path}, {"method", c.Method}} {
		if part.is {
			parts = append(parts, part.name)
		}
	}
	for _, name := range c.Fields {
		parts = append(parts, "field "+name)
	}
	for _, name := range c.Headers {
		parts = append(parts, "header "+name)
	}
	for _, name := range c.Query {
		parts = append(parts, "query parameter "+name)
	}
	return parts
}

// notCovered is what whoever captured a request can change: all that it does not name is covered,
// is the proof itself, or is read by nothing.
func notCovered(c verifier.Covers, identity verifier.Identity, proven string) []string {
	parts := []string{}
	switch {
	case c.Body:
	case len(c.Fields) > 0:
		parts = append(parts, "rest of the body")
	default:
		parts = append(parts, "body")
	}
	for _, text := range []string{identity.EventID, identity.EventType, identity.Dedupe} {
		for _, name := range headersIn(text) {
			isProof := strings.Contains(strings.ToLower(proven), strings.ToLower(name))
			if part := "header " + name; !isProof && !c.Header(name) && !slices.Contains(parts, part) {
				parts = append(parts, part)
			}
		}
	}
	switch {
	case c.URL:
	case c.Host && c.Path:
		parts = append(parts, "query")
	case c.Host:
		parts = append(parts, "path and query")
	case c.Path:
		parts = append(parts, "host and query")
	default:
		parts = append(parts, "URL")
	}
	if !c.Method {
		parts = append(parts, "method")
	}
	return append(parts, "other headers")
}
