package verifier

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// field is a variable of a template; fieldText is literal text.
type field uint8

const (
	fieldText field = iota
	fieldBody
	fieldTimestamp
	fieldID
	fieldURL
	fieldMethod
	fieldURI
	fieldPath
	fieldHost
	fieldHeader
	fieldQuery
	fieldSecret
)

// fieldNames are the spellings of fields without an argument: our own, and what Caddy's
// Caddyfile makes of those that it takes for placeholders of its own.
var fieldNames = map[string]field{
	"body":                  fieldBody,
	"timestamp":             fieldTimestamp,
	"id":                    fieldID,
	"url":                   fieldURL,
	"method":                fieldMethod,
	"uri":                   fieldURI,
	"path":                  fieldPath,
	"host":                  fieldHost,
	"secret":                fieldSecret,
	"http.request.method":   fieldMethod,
	"http.request.uri":      fieldURI,
	"http.request.uri.path": fieldPath,
	"http.request.host":     fieldHost,
}

var fieldPrefixes = []struct {
	prefix string
	field  field
}{
	{"header.", fieldHeader},
	{"query.", fieldQuery},
	{"http.request.header.", fieldHeader},
	{"http.request.uri.query.", fieldQuery},
}

// maxTemplate bounds the text of a template.
const maxTemplate = 1024

// template is the parsed text of what is signed.
type template []part

type part struct {
	field field
	text  string // the literal, or the name of a header (canonical) or query parameter
}

func parseTemplate(text string) (template, error) {
	if len(text) > maxTemplate {
		return nil, fmt.Errorf("longer than %d bytes", maxTemplate)
	}
	var t template
	for text != "" {
		i := strings.IndexAny(text, "{}")
		if i < 0 {
			return append(t, part{fieldText, text}), nil
		}
		if i > 0 {
			t = append(t, part{fieldText, text[:i]})
			text = text[i:]
		}
		end := strings.IndexByte(text, '}')
		if text[0] == '}' || end < 0 {
			return nil, fmt.Errorf("unpaired %q: braces enclose a field, such as {body}", text[:1])
		}
		p, err := parseField(text[1:end])
		if err != nil {
			return nil, err
		}
		t = append(t, p)
		text = text[end+1:]
	}
	return t, nil
}

func parseField(name string) (part, error) {
	if f, ok := fieldNames[name]; ok {
		return part{field: f}, nil
	}
	for _, p := range fieldPrefixes {
		arg, ok := strings.CutPrefix(name, p.prefix)
		if !ok || arg == "" {
			continue
		}
		if p.field == fieldQuery {
			return part{fieldQuery, arg}, nil
		}
		if !isHeader(arg) {
			return part{}, fmt.Errorf("%q is not the name of a header", arg)
		}
		return part{fieldHeader, http.CanonicalHeaderKey(arg)}, nil
	}
	return part{}, fmt.Errorf("unknown field {%s}: use {body} {timestamp} {id} {url} {method} {uri} {path} {host} {secret} {header.X} or {query.X}", name)
}

// has reports whether the field is part of the signed content.
func (t template) has(f field) bool {
	return slices.ContainsFunc(t, func(p part) bool { return p.field == f })
}

// afterID is the literal that ends {id}. An id that contains it has no clear end: with
// "{id}.{body}" the same signature would hold for another id and another body.
func (t template) afterID() string {
	for i, p := range t {
		if p.field == fieldID && i+1 < len(t) && t[i+1].field == fieldText {
			return t[i+1].text
		}
	}
	return ""
}

// ambiguous reports whether the same signature would hold for another reading of the request: for
// another body, or since a signed header or parameter is given more than once. The signature covers
// the first, and whoever reads the request later may take another.
func (t template) ambiguous(m *message) bool {
	for i, p := range t {
		switch {
		case p.field == fieldHeader && len(m.request.Header[p.text]) > 1,
			p.field == fieldQuery && len(m.parameter(p.text)) > 1,
			p.field == fieldBody && !t.bodyIsClear(i, m):
			return true
		}
	}
	return false
}

// extendable reports whether the content is a plain hash of the secret and what follows it. Whoever knows
// such a hash, but not the secret, can compute that of a longer text: the same, the zeros with which
// the hash fills up its last block, and more.
func (t template) extendable() bool { return t.has(fieldSecret) && t[len(t)-1].field != fieldSecret }

// isExtended reports whether the content could be such a longer text.
func (t template) isExtended(m *message) bool {
	for _, p := range t {
		if p.field == fieldBody && bytes.IndexByte(m.request.Body, 0) >= 0 || p.field == fieldQuery && strings.IndexByte(m.value(p), 0) >= 0 {
			return true
		}
	}
	return false
}

// runsOn reports whether the body follows the timestamp with nothing between them. If the timestamp may
// be in seconds or milliseconds, the last three digits of one could have moved into the body: both
// readings have the same signature and nearly the same time.
func (t template) runsOn() bool {
	for i, p := range t {
		if i > 0 && p.field == fieldBody && t[i-1].field == fieldTimestamp {
			return true
		}
	}
	return false
}

func startsWithDigit(body []byte) bool { return len(body) > 0 && '0' <= body[0] && body[0] <= '9' }

// withSecret is the template with the secret in its place.
func (t template) withSecret(secret []byte) template {
	filled := slices.Clone(t)
	for i, p := range filled {
		if p.field == fieldSecret {
			filled[i] = part{fieldText, string(secret)}
		}
	}
	return filled
}

// message is what a template is filled from.
type message struct {
	request   *Request
	timestamp string
	id        string
	query     url.Values // of the request, once it was needed
}

func (m *message) parameter(name string) []string {
	if m.query == nil {
		m.query = m.request.Query()
	}
	return m.query[name]
}

// value is the text of any part but the body.
func (m *message) value(p part) string {
	switch p.field {
	case fieldTimestamp:
		return m.timestamp
	case fieldID:
		return m.id
	case fieldURL:
		return m.request.URL()
	case fieldMethod:
		return m.request.Method
	case fieldURI:
		return m.request.URI
	case fieldPath:
		return m.request.Path()
	case fieldHost:
		return m.request.Host
	case fieldHeader:
		return first(m.request.Header[p.text])
	case fieldQuery:
		return first(m.parameter(p.text))
	default:
		return p.text
	}
}

// content is the whole signed content, for algorithms that cannot take it piece by piece.
func (t template) content(m *message) []byte {
	var b []byte
	for _, p := range t {
		if p.field == fieldBody {
			b = append(b, m.request.Body...)
		} else {
			b = append(b, m.value(p)...)
		}
	}
	return b
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
