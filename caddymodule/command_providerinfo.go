package caddymodule

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gatepost/gatepost/expression"
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
	Open   []string `json:"options,omitempty"` // beside secret, tolerance and public_url
	Gap    string   `json:"gap,omitempty"`     // why some of them must be given

	SignedTimestamp bool            `json:"signed_timestamp"`
	Tolerance       replay.Duration `json:"tolerance,omitempty"`
	EventID         string          `json:"event_id"` // an expression, as the next two
	EventType       string          `json:"event_type"`
	Dedupe          string          `json:"dedupe"`
	Covered         []string        `json:"covered"`     // by the signature
	NotCovered      []string        `json:"not_covered"` // as far as something reads it

	Methods        []string        `json:"methods"`
	Ack            int             `json:"ack"`
	Handshake      string          `json:"handshake,omitempty"`
	MaxBody        int64           `json:"max_body,omitempty"`        // bytes
	AnswerDeadline replay.Duration `json:"answer_deadline,omitempty"` // absent: not known
	RetryHorizon   replay.Duration `json:"retry_horizon,omitempty"`   // absent: none, or not known
	Samples        []string        `json:"samples"`                   // types of test events
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
	info := &providerInfo{
		Name: p.Name, Title: p.Title, Scheme: schemeName(p), Proof: proof(p, settings), Open: p.Open, Gap: p.Gap,
		SignedTimestamp: covers.Timestamp, EventID: identity.EventID, EventType: identity.EventType, Dedupe: identity.Dedupe,
		Covered: covered(covers), NotCovered: notCovered(covers, identity),
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
	for _, s := range p.Samples {
		info.Samples = append(info.Samples, s.Type)
	}
	for _, f := range p.Facts {
		info.Facts = append(info.Facts, providerFact{f.About, f.Text, f.Source, string(f.Confidence)})
	}
	return info
}

func schemeName(p *verifier.Provider) string {
	if p.Scheme.Kind != verifier.HMAC {
		return string(p.Scheme.Kind)
	}
	name := "hmac-" + or(p.Scheme.Signature.Algorithm, "sha256")
	if p.Scheme.Ed25519 != nil {
		name += ", ed25519"
	}
	return name
}

// proof is what a request carries to prove itself.
func proof(p *verifier.Provider, settings verifier.Settings) string {
	switch {
	case p.Scheme.Kind == verifier.None:
		return "nothing"
	case p.Scheme.Kind != verifier.HMAC:
		return "the secret itself in " + strings.Join(p.SecretHeaders(settings), " or ")
	}
	headers, content := p.Scheme.Signature.Header, p.Scheme.Signature.Signed
	if s := settings.Signature; s != nil {
		headers, content = slices.Concat(headers, s.Header), or(content, s.Signed)
	}
	return "signature of " + or(content, "{body}") + " in " + strings.Join(headers, " or ")
}

func covered(c verifier.Covers) []string {
	parts := []string{}
	for _, part := range []struct {
		name string
		is   bool
	}{{"body", c.Body}, {"timestamp", c.Timestamp}, {"event ID", c.ID}, {"URL", c.URL}, {"method", c.Method}} {
		if part.is {
			parts = append(parts, part.name)
		}
	}
	for _, name := range c.Headers {
		parts = append(parts, "header "+name)
	}
	for _, name := range c.Query {
		parts = append(parts, "query parameter "+name)
	}
	return parts
}

// notCovered is what whoever captured a request can change: all that it does not name is covered
// or is read by nothing.
func notCovered(c verifier.Covers, identity verifier.Identity) []string {
	parts := []string{}
	if !c.Body {
		parts = append(parts, "body")
	}
	for _, text := range []string{identity.EventID, identity.EventType, identity.Dedupe} {
		for _, name := range headersIn(text) {
			if part := "header " + name; !c.Header(name) && !slices.Contains(parts, part) {
				parts = append(parts, part)
			}
		}
	}
	if !c.URL {
		parts = append(parts, "URL")
	}
	if !c.Method {
		parts = append(parts, "method")
	}
	return append(parts, "other headers")
}

// headersIn lists the headers that an expression of a provider reads.
func headersIn(text string) []string {
	if text == "" {
		return nil
	}
	program, err := expression.Compile(text)
	if err != nil { // then no source can be made of it either
		return nil
	}
	return program.Headers()
}

// exampleSettings fills the gaps of a provider's scheme, and nothing else.
func exampleSettings(p *verifier.Provider) verifier.Settings {
	s := verifier.Settings{Secrets: []string{"{env." + strings.ToUpper(p.Name) + "_SECRET}"}}
	switch {
	case p.Scheme.Kind == verifier.None:
		return verifier.Settings{Insecure: true}
	case p.Scheme.Kind == verifier.Token && p.Scheme.Header == "":
		s.Header = "X-Token"
	case slices.Contains(p.Open, "signature"):
		s.Signature = &verifier.Signature{Header: []string{"X-Signature"}}
		if slices.Contains(p.Required, "encoding") {
			s.Signature.Encoding = "hex"
		}
		if slices.Contains(p.Required, "signed") {
			s.Signature.Signed = "{body}"
		}
	}
	return s
}

// exampleCaddyfile is a source with the settings.
func exampleCaddyfile(p *verifier.Provider, s verifier.Settings) string {
	var b strings.Builder
	line := func(depth int, words ...string) {
		b.WriteString(strings.Repeat("\t", depth) + strings.Join(words, " ") + "\n")
	}
	line(0, "webhooks", "/"+p.Name, p.Name, "{")
	for _, secret := range s.Secrets {
		if p.Scheme.Kind == verifier.Basic {
			secret += " # user:password"
		}
		line(1, "secret", secret)
	}
	if s.Insecure {
		line(1, "insecure")
	}
	if s.Header != "" {
		line(1, "header", s.Header, "# or: bearer, or: query <parameter>")
	}
	if g := s.Signature; g != nil {
		line(1, "# look at a request to see what belongs here")
		line(1, "signature {")
		line(2, "header", strings.Join(g.Header, " "))
		if g.Encoding != "" {
			line(2, "encoding", g.Encoding)
		}
		if g.Signed != "" {
			line(2, "signed", g.Signed)
		}
		line(1, "}")
	}
	line(1, "route app http://localhost:3000/hooks")
	line(0, "}")
	return b.String()
}

// logFilter is the Caddyfile's option of a site whose access log would print the secret itself.
func logFilter(p *verifier.Provider, s verifier.Settings) string {
	var fields strings.Builder
	for _, name := range p.SecretHeaders(s) {
		fmt.Fprintf(&fields, "\t\trequest>headers>%s delete\n", http.CanonicalHeaderKey(name))
	}
	for _, name := range p.SecretQuery(s) {
		fmt.Fprintf(&fields, "\t\trequest>uri query {\n\t\t\tdelete %s\n\t\t}\n", name)
	}
	if fields.Len() == 0 {
		return ""
	}
	return "log {\n\tformat filter {\n" + fields.String() + "\t}\n}\n"
}
