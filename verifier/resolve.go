package verifier

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// resolve is the provider's scheme with the gaps filled by the settings, and what is wrong with
// those. It is usable in part even then.
func (p *Provider) resolve(s Settings) (Scheme, []error) {
	var errs []error
	for _, o := range s.Options() {
		if o.given() && !slices.Contains(p.Open, o.Name) {
			errs = append(errs, p.notOpen(o.Name))
		}
	}
	scheme := p.Scheme
	if s.Signature != nil && slices.Contains(p.Open, "signature") {
		errs = append(errs, p.fillSignature(&scheme.Signature, *s.Signature)...)
	}
	fill := func(option string, dst *string, value string) {
		if value != "" && slices.Contains(p.Open, option) {
			*dst = value
		}
	}
	fill("timestamp_header", &scheme.TimestampHeader, s.TimestampHeader)
	fill("timestamp_field", &scheme.TimestampField, s.TimestampField)
	fill("timestamp_unit", &scheme.TimestampUnit, s.TimestampUnit)
	fill("id_header", &scheme.IDHeader, s.IDHeader)
	if scheme.Kind == Token && (s.Header != "" || s.Bearer || s.Query != "" || s.Field != "") {
		scheme.Header, scheme.Bearer, scheme.Query, scheme.Field = "", false, "", "" // the preset's own
	}
	fill("header", &scheme.Header, s.Header)
	fill("query", &scheme.Query, s.Query)
	fill("field", &scheme.Field, s.Field)
	scheme.Bearer = scheme.Bearer || s.Bearer && slices.Contains(p.Open, "bearer")
	if s.Tolerance != 0 {
		scheme.Tolerance = s.Tolerance
	}
	if scheme.Kind == Custom && scheme.Custom.CoversFor != nil {
		custom := *scheme.Custom
		custom.Covers = custom.CoversFor(s)
		scheme.Custom = &custom
	}

	errs = append(errs, p.missing(s, scheme)...)
	scheme.setDefaults()
	return scheme, errs
}

func (p *Provider) notOpen(option string) error {
	switch {
	case option == "insecure":
		return fmt.Errorf("insecure: %s requests are verified; leave it out, or use the provider none", p.Name)
	case p.Scheme.Kind == HMAC && slices.Contains([]string{"signature", "timestamp_header", "timestamp_field", "timestamp_unit", "id_header"}, option):
		return fmt.Errorf("%s: how %s signs is known; leave it out, or describe another scheme with the provider hmac", option, p.Name)
	case p.Scheme.Kind == Token && slices.Contains([]string{"header", "bearer", "query", "field"}, option):
		return fmt.Errorf("%s: where %s sends its token is known; leave it out, or use the provider token", option, p.Name)
	default:
		return fmt.Errorf("%s: not an option of %s; leave it out", option, p.Name)
	}
}

// fillSignature sets what the provider leaves open and refuses to change what it fixes.
func (p *Provider) fillSignature(dst *Signature, user Signature) (errs []error) {
	if len(dst.Header) == 0 {
		dst.Header = user.Header
	} else if len(user.Header) > 0 {
		errs = append(errs, fmt.Errorf("signature header: %s uses %s; leave it out", p.Name, strings.Join(dst.Header, " and ")))
	}
	from := user.fields()
	for i, f := range dst.fields() {
		value := *from[i].value
		switch {
		case value == "" || value == *f.value:
		case *f.value == "":
			*f.value = value
		default:
			errs = append(errs, fmt.Errorf("signature %s: %s uses %s; leave it out", f.name, p.Name, *f.value))
		}
	}
	return errs
}

type namedField struct {
	name  string
	value *string
}

// fields are the parts of a signature beside its headers, under their names.
func (s *Signature) fields() []namedField {
	return []namedField{
		{"format", &s.Format},
		{"separator", &s.Separator},
		{"signature_key", &s.SignatureKey},
		{"timestamp_key", &s.TimestampKey},
		{"prefix", &s.Prefix},
		{"algorithm", &s.Algorithm},
		{"encoding", &s.Encoding},
		{"signed", &s.Signed},
		{"secret_encoding", &s.SecretEncoding},
		{"key_header", &s.KeyHeader},
	}
}

// missing tells which of the required settings are not there.
func (p *Provider) missing(s Settings, scheme Scheme) (errs []error) {
	examples := map[string]string{"header": "header X-Signature", "algorithm": "algorithm sha256", "encoding": "encoding hex", "signed": "signed {body}"}
	var names, lines []string
	for _, part := range p.Required {
		if _, isPart := examples[part]; scheme.Kind != HMAC || !isPart {
			errs = append(errs, p.missingOption(s, part)...)
			continue
		}
		set := part == "header" && len(scheme.Signature.Header) > 0
		for _, f := range scheme.Signature.fields() {
			set = set || f.name == part && *f.value != ""
		}
		if !set {
			names = append(names, part)
			lines = append(lines, "`"+examples[part]+"`")
		}
	}
	if len(names) == 0 {
		return errs
	}
	return append(errs, fmt.Errorf("signature %s: missing: %s; add a line such as %s to the block `signature { … }`",
		strings.Join(names, ", "), p.Gap, strings.Join(lines, ", ")))
}

func (p *Provider) missingOption(s Settings, name string) []error {
	for _, o := range s.Options() {
		if o.Name == name && !o.given() {
			return []error{fmt.Errorf("%s is missing: %s; add `%s`", name, p.Gap, o.example)}
		}
	}
	return nil
}

// headers are the names of the headers, numbered ones one by one.
func (s *Signature) headers() []string {
	var names []string
	for _, name := range s.Header {
		if !strings.Contains(name, number) {
			names = append(names, name)
			continue
		}
		for n := 1; n <= maxEntries; n++ {
			names = append(names, strings.ReplaceAll(name, number, strconv.Itoa(n)))
		}
	}
	return names
}

func (s *Scheme) setDefaults() {
	if s.Tolerance == 0 && s.covers().Timestamp {
		s.Tolerance = DefaultTolerance
	}
	if s.Kind != HMAC {
		return
	}
	def := func(v *string, value string) {
		if *v == "" {
			*v = value
		}
	}
	def(&s.Signature.Format, Plain)
	def(&s.Signature.Algorithm, "sha256")
	def(&s.Signature.Encoding, "hex")
	def(&s.Signature.Signed, "{body}")
	def(&s.Signature.SecretEncoding, "raw")
	s.Signature.Prefix = strings.ReplaceAll(s.Signature.Prefix, "{algorithm}", s.Signature.Algorithm)
	def(&s.TimestampUnit, Unix)
}
