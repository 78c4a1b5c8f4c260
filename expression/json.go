package expression

import (
	"errors"
	"fmt"
)

// decodeJSON decodes a text: objects as map[string]any, of equal keys the last; lists as []any;
// integers that fit as int, other numbers as float64, and those that fit neither as the string of
// their digits, so that two that differ stay different. Bytes that are not UTF-8 stay as they are.
//
// It accepts exactly what encoding/json does, within the limits of depth and number. In one pass it
// takes a third of the time that encoding/json and a walk for numbers and limits take together.
//
// If from is not nil, it learns which text each list and object came from.
func decodeJSON(text string, from *origins) (any, error) {
	d := jsonDecoder{text: text, origins: from}
	v, err := d.value(0)
	if err != nil {
		return nil, err
	}
	d.space()
	if d.pos < len(text) {
		return nil, d.fail("more after the value")
	}
	return v, nil
}

type jsonDecoder struct {
	text    string
	pos     int
	values  int
	origins *origins // nil unless they are asked for
}

// jsonError is a text that is not JSON; a limitError one that is, but too much of it.
type jsonError struct {
	what string
	pos  int
}

func (e *jsonError) Error() string { return fmt.Sprintf("%s at byte %d", e.what, e.pos) }

type limitError string

func (e limitError) Error() string { return string(e) }

func isLimit(err error) bool {
	_, ok := errors.AsType[limitError](err)
	return ok
}

var (
	errDeep = limitError(fmt.Sprintf("deeper than %d levels", maxDepth))
	errMany = limitError(fmt.Sprintf("more than %d values", maxValues))
)

func (d *jsonDecoder) fail(what string) error {
	if d.pos >= len(d.text) {
		what = "unexpected end"
	}
	return &jsonError{what, d.pos}
}

func (d *jsonDecoder) space() {
	for d.pos < len(d.text) {
		switch d.text[d.pos] {
		case ' ', '\t', '\r', '\n':
			d.pos++
		default:
			return
		}
	}
}

// next skips space and returns the byte there, 0 at the end: no text can have that one here.
func (d *jsonDecoder) next() byte {
	d.space()
	if d.pos < len(d.text) {
		return d.text[d.pos]
	}
	return 0
}

func (d *jsonDecoder) value(depth int) (any, error) {
	if d.values++; d.values > maxValues {
		return nil, errMany
	}
	switch c := d.next(); c {
	case '{', '[':
		if depth++; depth > maxDepth {
			return nil, errDeep
		}
		if d.origins != nil {
			return d.traced(c, depth)
		}
		return d.container(c, depth)
	case '"':
		return d.string()
	case 't':
		return true, d.word("true")
	case 'f':
		return false, d.word("false")
	case 'n':
		return nil, d.word("null")
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return d.number()
	}
	return nil, d.fail("unexpected character")
}

func (d *jsonDecoder) container(opening byte, depth int) (any, error) {
	d.pos++
	if opening == '{' {
		return d.object(depth)
	}
	return d.array(depth)
}

func (d *jsonDecoder) word(w string) error {
	for i := range len(w) {
		if d.pos >= len(d.text) || d.text[d.pos] != w[i] {
			return d.fail("unexpected character")
		}
		d.pos++
	}
	return nil
}

func (d *jsonDecoder) object(depth int) (any, error) {
	object := map[string]any{}
	if d.next() == '}' {
		d.pos++
		return object, nil
	}
	for {
		if d.next() != '"' {
			return nil, d.fail("unexpected character")
		}
		key, err := d.string()
		if err != nil {
			return nil, err
		}
		if d.next() != ':' {
			return nil, d.fail("unexpected character")
		}
		d.pos++
		v, err := d.value(depth)
		if err != nil {
			return nil, err
		}
		object[key] = v
		switch d.next() {
		case ',':
			d.pos++
		case '}':
			d.pos++
			return object, nil
		default:
			return nil, d.fail("unexpected character")
		}
	}
}

func (d *jsonDecoder) array(depth int) (any, error) {
	list := []any{}
	if d.next() == ']' {
		d.pos++
		return list, nil
	}
	for {
		v, err := d.value(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		switch d.next() {
		case ',':
			d.pos++
		case ']':
			d.pos++
			return list, nil
		default:
			return nil, d.fail("unexpected character")
		}
	}
}
