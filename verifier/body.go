package verifier

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// jsonField is a field's value in a JSON object, as it is written there. A field given twice is
// none: whoever reads the body later may take the other.
func jsonField(body []byte, name string) (value string, ok bool) {
	if !json.Valid(body) {
		return "", false
	}
	start, end, ok := findField(body, name)
	return string(body[start:end]), ok
}

// findField finds where the value of a field of a JSON object is. Decoding the whole object would
// cost a multiple of the signature, and so would looking whether it is valid: in one that is not,
// something may be found.
func findField(body []byte, name string) (start, end int, ok bool) {
	for i, depth := 0, 0; i < len(body); {
		switch body[i] {
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		case '"':
			key, after := i, endOfString(body, i)
			i = after
			colon := skipSpace(body, after)
			if depth != 1 || colon == len(body) || body[colon] != ':' || string(body[key+1:max(key+1, after-1)]) != name {
				continue
			}
			if ok {
				return 0, 0, false
			}
			start = skipSpace(body, colon+1)
			end, ok = endOfValue(body, start), true
			i = end
		default:
			i++
		}
	}
	return start, end, ok
}

// endOfString, skipSpace and endOfValue walk through JSON. Where it is not valid they may go
// wrong, but not past the end.
func endOfString(text []byte, i int) int {
	for i++; ; {
		n := bytes.IndexByte(text[i:], '"')
		if n < 0 {
			return len(text)
		}
		i += n + 1
		if !isEscaped(text, i-1) {
			return i
		}
	}
}

// isEscaped reports whether an odd number of backslashes is before the place.
func isEscaped(text []byte, i int) bool {
	n := 0
	for n < i && text[i-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

func skipSpace(text []byte, i int) int {
	for i < len(text) && strings.IndexByte(" \t\r\n", text[i]) >= 0 {
		i++
	}
	return i
}

func endOfValue(text []byte, i int) int {
	for depth := 0; i < len(text); {
		switch text[i] {
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		case '"':
			i = endOfString(text, i)
		case ',', ':', ' ', '\t', '\r', '\n':
			i++
			continue
		default:
			for i < len(text) && strings.IndexByte(",]} \t\r\n", text[i]) < 0 {
				i++
			}
		}
		if depth <= 0 {
			return i
		}
	}
	return len(text)
}

// setField gives a field of a JSON object the value, which is JSON itself.
func setField(body []byte, name, value string) ([]byte, error) {
	if start, end, ok := findField(body, name); ok && json.Valid(body) {
		return bytes.Join([][]byte{body[:start], []byte(value), body[end:]}, nil), nil
	}
	open := skipSpace(body, 0)
	if !json.Valid(body) || body[open] != '{' {
		return nil, errors.New("the scheme needs a JSON object as body")
	}
	rest := body[open+1:]
	field := `"` + inJSON(name) + `":` + value
	if rest[skipSpace(rest, 0)] != '}' {
		field += ","
	}
	return bytes.Join([][]byte{body[:open+1], []byte(field), rest}, nil), nil
}

// bodyToken is the text of a field of the JSON body.
type bodyToken struct{ field string }

func (l bodyToken) get(r *Request) (string, error) {
	value, ok := jsonField(r.Body, l.field)
	var token string
	if !ok || json.Unmarshal([]byte(value), &token) != nil || token == "" {
		return "", Refuse(SignatureMissing, "the request has no "+l.field+" in its body")
	}
	return token, nil
}

func (l bodyToken) set(r *Request, token string) error {
	body, err := setField(r.Body, l.field, `"`+inJSON(token)+`"`)
	if err == nil {
		r.Body = body
	}
	return err
}
