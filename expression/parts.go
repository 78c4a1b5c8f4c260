package expression

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Parts evaluates the program as a split: it must yield a list, which may be empty, and each element
// of that is returned as JSON. A list or object that is part of the body has exactly the bytes that
// it has there, also within one that the program made; everything else is encoded so that it decodes
// to itself. Errors are as those of Value.
//
// Of a scope whose body other programs have looked at before, nothing has the bytes that it had.
func (p *Program) Parts(s *Scope) ([][]byte, error) {
	if !s.decoded {
		s.origins = newOrigins()
	}
	v, err := p.Value(s)
	if err != nil {
		return nil, err
	}
	list, ok := v.([]any)
	switch {
	case s.bodyError != "": // whatever it made of nil, the body would not be in it
		return nil, fmt.Errorf("there is no body to look at: %s", s.bodyError)
	case !ok:
		return nil, fmt.Errorf("it yields %s, not a list", kind(v))
	case len(list) > maxParts:
		return nil, fmt.Errorf("it yields %d elements; at most %d are made events of", len(list), maxParts)
	}
	parts := make([][]byte, len(list))
	for i, element := range list {
		if parts[i], err = s.appendJSON(nil, element); err != nil {
			return nil, fmt.Errorf("element %d: %w", i+1, err)
		}
	}
	return parts, nil
}

// appendJSON encodes a value, paying for what it writes: one value can be in a list many times.
func (s *Scope) appendJSON(out []byte, v any) ([]byte, error) {
	if s.origins != nil {
		if text := s.origins.of(v); text != "" {
			return append(out, text...), s.pay(1 + len(text)/stepBytes)
		}
	}
	if err := s.pay(1); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case nil:
		return append(out, "null"...), nil
	case bool:
		return strconv.AppendBool(out, v), nil
	case int:
		return strconv.AppendInt(out, int64(v), 10), nil
	case float64:
		return appendFloat(out, v)
	case string:
		if s.origins != nil && s.origins.numbers[v] {
			return append(out, v...), nil
		}
		return appendString(out, v), s.pay(len(v) / stepBytes)
	case time.Time:
		text, err := toString(s, []any{v})
		if err != nil {
			return nil, err
		}
		return s.appendJSON(out, text)
	case []any:
		return s.appendList(out, v)
	case map[string]any:
		return s.appendObject(out, v)
	}
	return nil, fmt.Errorf("%s has no form in JSON", kind(v))
}

func (s *Scope) appendList(out []byte, list []any) (_ []byte, err error) {
	out = append(out, '[')
	for i, e := range list {
		if i > 0 {
			out = append(out, ',')
		}
		if out, err = s.appendJSON(out, e); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

func (s *Scope) appendObject(out []byte, object map[string]any) (_ []byte, err error) {
	out = append(out, '{')
	for i, name := range slices.Sorted(maps.Keys(object)) {
		if i > 0 {
			out = append(out, ',')
		}
		if err := s.pay(len(name) / stepBytes); err != nil {
			return nil, err
		}
		out = append(appendString(out, name), ':')
		if out, err = s.appendJSON(out, object[name]); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

// appendFloat writes a number that decodes to a float, never to an int.
func appendFloat(out []byte, f float64) ([]byte, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, errors.New("a float that is no number has no form in JSON")
	}
	text := strconv.FormatFloat(f, 'g', -1, 64)
	out = append(out, text...)
	if !strings.ContainsAny(text, ".e") {
		out = append(out, ".0"...)
	}
	return out, nil
}

// appendString escapes what must be and nothing else: bytes that are not UTF-8 stay as they are, as
// they do in decoding.
func appendString(out []byte, text string) []byte {
	const hex = "0123456789abcdef"
	out = append(out, '"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c < ' ':
			out = append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			out = append(out, c)
		}
	}
	return append(out, '"')
}
