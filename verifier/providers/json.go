package providers

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/gatepost/gatepost/verifier"
)

// Bounds on a body whose parts prove it. They are below those of expressions, so that a dedupe
// expression reads what was verified and never gives up on a body that verified.
const (
	maxProvenBody   = 1 << 20
	maxProvenDepth  = 32
	maxProvenValues = 20_000
)

var errProvenBody = verifier.Refuse(verifier.SignatureMalformed, "the body is not the JSON of this provider's requests, or could be read in two ways")

// object is a decoded JSON object. Numbers are json.Number.
type object = map[string]any

// readProven decodes a JSON object of which parts prove the request. It refuses what two readers
// could read differently, such as a name that is given twice.
func readProven(body []byte) (object, error) {
	if len(body) > maxProvenBody || !utf8.Valid(body) {
		return nil, errProvenBody
	}
	d := provenDecoder{decoder: json.NewDecoder(bytes.NewReader(body))}
	d.decoder.UseNumber()
	v, err := d.value(0)
	if err != nil {
		return nil, errProvenBody
	}
	if _, err := d.decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errProvenBody
	}
	o, ok := v.(object)
	if !ok {
		return nil, errProvenBody
	}
	return o, nil
}

type provenDecoder struct {
	decoder *json.Decoder
	values  int
}

var errUnproven = errors.New("not an unambiguous value within the bounds")

func (d *provenDecoder) value(depth int) (any, error) {
	token, err := d.decoder.Token()
	if d.values++; err != nil || depth > maxProvenDepth || d.values > maxProvenValues {
		return nil, errUnproven
	}
	switch token {
	case json.Delim('{'):
		return d.object(depth)
	case json.Delim('['):
		return d.list(depth)
	default:
		return token, nil
	}
}

func (d *provenDecoder) object(depth int) (any, error) {
	o := object{}
	for d.decoder.More() {
		name, err := d.decoder.Token()
		if err != nil {
			return nil, err
		}
		text, ok := name.(string)
		if _, twice := o[text]; !ok || twice {
			return nil, errUnproven
		}
		if o[text], err = d.value(depth + 1); err != nil {
			return nil, err
		}
	}
	_, err := d.decoder.Token()
	return o, err
}

func (d *provenDecoder) list(depth int) (any, error) {
	l := []any{}
	for d.decoder.More() {
		v, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		l = append(l, v)
	}
	_, err := d.decoder.Token()
	return l, err
}

// textOf is the text at the end of the path of names, "" if there is none.
func textOf(v any, path ...string) string {
	for _, name := range path {
		o, _ := v.(object)
		v = o[name]
	}
	text, _ := v.(string)
	return text
}

// writeJSON is the JSON of a value, as nobody would escape it for HTML.
func writeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
