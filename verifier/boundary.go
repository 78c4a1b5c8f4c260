package verifier

import (
	"bytes"
	"strings"
)

// side is one end of the body within the signed content.
type side struct {
	step     int    // from the body to the parts of the template on this side
	brackets string // with one of which JSON begins or ends here
}

// space is what JSON may have around it.
const space = " \t\r\n"

var sides = [...]side{{-1, "{["}, {+1, "}]"}}

// bodyIsClear reports whether the signed content tells where the body at place i of the template begins
// and ends. Fields of no fixed form around it, such as a header or the address, could otherwise take a
// part of it, or give it one: whoever captured a request would send another body with its signature.
func (t template) bodyIsClear(i int, m *message) bool {
	for _, s := range sides {
		if !t.isClear(i, s, m) {
			return false
		}
	}
	return true
}

// BodyIsClear is the same for a body that is signed right after the address, with nothing between them.
func (r *Request) BodyIsClear() bool {
	return template{{field: fieldURL}, {field: fieldBody}}.bodyIsClear(1, &message{request: r})
}

// isClear is bodyIsClear for one side. There are two ways in which the end of a body can be clear, and
// no content can be read in both:
//
//   - It is a bracket of JSON, and no field on that side has one. With no text between, that no field
//     has one is enough if there is no body, or if the timestamp is next to it.
//   - There is a text between body and fields which no field has, nor the body beside such a bracket.
func (t template) isClear(i int, s side, m *message) bool {
	body := m.request.Body
	separator, free := "", false
	next := i + s.step
	known := len(body) == 0 || 0 <= next && next < len(t) && t[next].field == fieldTimestamp
	bracketless, separate := true, true
	for j := next; 0 <= j && j < len(t); j += s.step {
		if t[j].field == fieldText && j == next {
			separator = t[j].text
			continue
		}
		value, ok := m.free(t[j])
		if !ok || t.endsItself(j) {
			continue
		}
		free = true
		bracketless = bracketless && !s.hasBracket(value) && !s.facesSpace(value)
		separate = separate && !s.holds(value, separator)
	}
	switch {
	case !free:
		return true
	case bracketless && (s.isJSON(body) || known && separator == ""):
		return true
	}
	return separate && separator != "" && !s.isSplit(body, separator)
}

// endsItself reports whether the field is an ID whose end is clear: see validID.
func (t template) endsItself(i int) bool {
	return t[i].field == fieldID && i+1 < len(t) && t[i+1].field == fieldText
}

// free is the value of a field whose form is not known, so that any text could be a part of it; ok is
// false for all others. Of an address it is what follows the host.
func (m *message) free(p part) (value string, ok bool) {
	switch p.field {
	case fieldID, fieldHeader, fieldQuery, fieldPath, fieldURI:
		return m.value(p), true
	case fieldURL:
		return m.request.URI, !m.request.hasFixedURL()
	}
	return "", false
}

// hasFixedURL reports whether all of the address is configured.
func (r *Request) hasFixedURL() bool {
	_, rest, _ := strings.Cut(r.PublicURL, "://")
	_, path, _ := strings.Cut(rest, "/")
	return path != "" && !strings.Contains(r.URI, "?")
}

// hasBracket reports whether a field has one of the side's brackets.
func (s side) hasBracket(value string) bool {
	return strings.IndexByte(value, s.brackets[0]) >= 0 || strings.IndexByte(value, s.brackets[1]) >= 0
}

// isJSON reports whether the body has a bracket at this end, beside spaces.
func (s side) isJSON(body []byte) bool {
	if s.step < 0 {
		start := skipSpace(body, 0)
		return start < len(body) && s.hasBracket(string(body[start:start+1]))
	}
	body = bytes.TrimRight(body, space)
	return len(body) > 0 && s.hasBracket(string(body[len(body)-1:]))
}

// facesSpace reports whether a field has a space where it could be the body's.
func (s side) facesSpace(value string) bool {
	if value == "" {
		return false
	}
	facing := value[0]
	if s.step < 0 {
		facing = value[len(value)-1]
	}
	return strings.IndexByte(space, facing) >= 0
}

// holds reports whether the separator could be found earlier than where it is: within the field.
func (s side) holds(value, separator string) bool {
	switch {
	case len(separator) < 2:
	case s.step < 0:
		value += separator[:len(separator)-1]
	default:
		value = separator[1:] + value
	}
	return strings.Contains(value, separator)
}

// isSplit reports whether the body itself could be a field, a separator and JSON.
func (s side) isSplit(body []byte, separator string) bool {
	for _, bracket := range s.brackets {
		text := separator + string(bracket)
		if s.step > 0 {
			text = string(bracket) + separator
		}
		if bytes.Contains(body, []byte(text)) {
			return true
		}
	}
	return false
}
