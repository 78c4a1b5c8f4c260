package verifier

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxReencoded is up to which size a body is written anew as JSON, in bytes.
const maxReencoded = 1 << 20

// bodyChanges are what may have become of a body on its way.
func bodyChanges(body []byte) []change {
	var changes []change
	seen := map[string]bool{string(body): true}
	add := func(finding Finding, changed []byte) {
		if seen[string(changed)] {
			return
		}
		seen[string(changed)] = true
		changes = append(changes, change{finding, func(c *candidate) bool {
			c.request.Body = changed
			return true
		}})
	}
	crlf, lf := []byte("\r\n"), []byte("\n")
	if trimmed, ok := bytes.CutSuffix(body, lf); ok {
		add(bodyNewline("without the LF at its end", "added"), trimmed)
	}
	if trimmed, ok := bytes.CutSuffix(body, crlf); ok {
		add(bodyNewline("without the CRLF at its end", "added"), trimmed)
	}
	add(bodyNewline("without the white space at its end", "added"), bytes.TrimRight(body, " \t\r\n"))
	add(bodyNewline("with LF at its end", "removed"), append(bytes.Clone(body), lf...))
	add(bodyNewline("with CRLF at its end", "removed"), append(bytes.Clone(body), crlf...))
	unix := bytes.ReplaceAll(body, crlf, lf)
	add(bodyLineBreaks("LF", "CRLF"), unix)
	add(bodyLineBreaks("CRLF", "LF"), bytes.ReplaceAll(unix, lf, crlf))
	if len(body) > maxReencoded || !json.Valid(body) {
		return changes
	}
	for _, layout := range jsonLayouts {
		for _, escapes := range jsonEscapes {
			add(bodyJSON(layout.name+escapes.name), escapes.write(layout.write(body)))
		}
	}
	if sorted, err := sortedJSON(body); err == nil {
		add(bodyJSON("compact, its keys sorted"), sorted)
	}
	return changes
}

// rewriting is a way to write the same JSON.
type rewriting struct {
	name  string
	write func(body []byte) []byte
}

var jsonLayouts = []rewriting{
	{"as it was laid out", func(b []byte) []byte { return b }},
	{"compact", compactJSON},
	{"with a space after each colon and comma, as Python writes it", spacedJSON},
	{"indented by two spaces", indentJSON("  ")},
	{"indented by four spaces", indentJSON("    ")},
	{"indented by tabs", indentJSON("\t")},
}

// jsonEscapes is what programs escape that JSON would let stand. Each is of the whole text: whoever wrote
// the body that arrived may have escaped something else.
var jsonEscapes = []rewriting{
	{"", func(b []byte) []byte { return b }},
	{", with nothing escaped that need not be, as JavaScript writes it", unescapeJSON},
	{", with what is beyond ASCII escaped, as Python writes it", func(b []byte) []byte { return escapeNonASCII(unescapeJSON(b)) }},
	{", with <, > and & escaped, as Go writes them", func(b []byte) []byte { return escapeHTML(unescapeJSON(b)) }},
	{", with slashes escaped, as PHP can write them", func(b []byte) []byte { return escapeSlashes(unescapeJSON(b)) }},
	{", with slashes and what is beyond ASCII escaped, as PHP writes it", func(b []byte) []byte { return escapeNonASCII(escapeSlashes(unescapeJSON(b))) }},
}

// The body has been found valid, so none of these fails.

func compactJSON(body []byte) []byte {
	var out bytes.Buffer
	_ = json.Compact(&out, body)
	return out.Bytes()
}

func indentJSON(indent string) func([]byte) []byte {
	return func(body []byte) []byte {
		var out bytes.Buffer
		_ = json.Indent(&out, bytes.TrimSpace(body), "", indent)
		return out.Bytes()
	}
}

func spacedJSON(body []byte) []byte {
	var out []byte
	quoted, escaped := false, false
	for _, c := range compactJSON(body) {
		out = append(out, c)
		switch {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ':' || c == ','):
			out = append(out, ' ')
		}
	}
	return out
}

// sortedJSON is the body as it comes out of a Go program that decoded and encoded it.
func sortedJSON(body []byte) ([]byte, error) {
	var v any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

func escapeHTML(body []byte) []byte {
	var out bytes.Buffer
	json.HTMLEscape(&out, body)
	return out.Bytes()
}

func escapeSlashes(body []byte) []byte { return bytes.ReplaceAll(body, []byte(`/`), []byte(`\/`)) }

func escapeNonASCII(body []byte) []byte {
	var out []byte
	for _, r := range string(body) {
		switch {
		case r < utf8.RuneSelf:
			out = append(out, byte(r))
		case r < 0x10000:
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		}
	}
	return out
}

// A backslash that is escaped itself is passed over.
var escapeSequence = regexp.MustCompile(`\\\\|\\/|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}`)

// unescapeJSON writes what escapeHTML, escapeSlashes and escapeNonASCII escape as it is.
func unescapeJSON(body []byte) []byte {
	unit := func(hex []byte) rune {
		n, _ := strconv.ParseUint(string(hex), 16, 16)
		return rune(n)
	}
	return escapeSequence.ReplaceAllFunc(body, func(m []byte) []byte {
		var r rune
		switch len(m) {
		case len(`\/`):
			if m[1] == '/' {
				r = '/'
			}
		case len(`\u0000`):
			r = unit(m[2:])
		case len(`\u0000\u0000`):
			r = utf16.DecodeRune(unit(m[2:6]), unit(m[8:]))
		}
		if r < utf8.RuneSelf && !strings.ContainsRune("/<>&", r) || utf16.IsSurrogate(r) {
			return m
		}
		return utf8.AppendRune(nil, r)
	})
}
