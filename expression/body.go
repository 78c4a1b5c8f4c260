package expression

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// decodeBody decodes a payload. What it is its bytes alone tell: nearly no signature covers the content
// type, so that whoever captured a request could have it read otherwise, under another dedupe key. An
// empty body is nil. For from see decodeJSON.
func decodeBody(body []byte, from *origins) (any, error) {
	if len(body) == 0 {
		return nil, nil
	}
	if len(body) > maxBody {
		return nil, limitError(fmt.Sprintf("larger than %d MiB", maxBody>>20))
	}
	text := strings.TrimPrefix(string(body), "\ufeff") // one copy, which the strings of the value share
	if looksLikeForm(text) {
		return decodeForm(text, from)
	}
	v, err := decodeJSON(text, from)
	if err != nil && !isLimit(err) {
		err = fmt.Errorf("neither JSON nor a form: %w", err)
	}
	return v, err
}

// looksLikeForm reports whether a text is one line of fields with values, and begins neither as JSON
// does nor as XML.
func looksLikeForm(text string) bool {
	begin := strings.TrimLeft(text, " ")
	if begin == "" || strings.IndexByte(`{["<`, begin[0]) >= 0 || strings.IndexByte(begin, '=') < 0 {
		return false
	}
	return strings.IndexFunc(begin, func(r rune) bool { return r < ' ' }) < 0
}

// decodeForm decodes a form as an object of strings, and of lists of strings where a field is given
// more than once. Some senders put JSON into the one field `payload`: then it is that object.
func decodeForm(text string, from *origins) (any, error) {
	if strings.Count(text, "&") >= maxValues {
		return nil, errMany
	}
	fields, err := url.ParseQuery(text)
	if err != nil {
		return nil, errors.New("not a form: a field is badly encoded")
	}
	if payload := fields["payload"]; len(payload) == 1 {
		v, err := decodeJSON(payload[0], from)
		if isLimit(err) {
			return nil, err
		}
		if object, ok := v.(map[string]any); ok {
			return object, nil
		}
	}
	form := make(map[string]any, len(fields))
	for name, values := range fields {
		if len(values) == 1 {
			form[name] = values[0]
			continue
		}
		list := make([]any, len(values))
		for i, v := range values {
			list[i] = v
		}
		form[name] = list
	}
	return form, nil
}
