package expression

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

const formType = "application/x-www-form-urlencoded"

// decodeBody decodes a payload. JSON is known by what it is, since senders misname it; a form by
// its content type, since nearly every text could be one. An empty body is nil. For from see
// decodeJSON.
func decodeBody(contentType string, body []byte, from *origins) (any, error) {
	if len(body) == 0 {
		return nil, nil
	}
	if len(body) > maxBody {
		return nil, limitError(fmt.Sprintf("larger than %d MiB", maxBody>>20))
	}
	text := strings.TrimPrefix(string(body), "\ufeff") // one copy, which the strings of the value share
	form := isForm(contentType)
	if form && !opensJSON(text) {
		return decodeForm(text, from)
	}
	v, err := decodeJSON(text, from)
	switch {
	case err == nil || isLimit(err):
		return v, err
	case form:
		return decodeForm(text, from)
	}
	return nil, fmt.Errorf("neither JSON nor a form: %w", err)
}

// opensJSON reports whether a text begins as an object or a list does, and as hardly a form would.
func opensJSON(text string) bool {
	text = strings.TrimLeft(text, " \t\r\n")
	return strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")
}

func isForm(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(media), formType)
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
