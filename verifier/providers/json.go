package providers

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
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
// could read differently, such as a name that is given twice. If names are given, only members with
// one of them are kept, of the object and of what is kept in it: most of a body need not be built. A
// member whose name differs from one of them in nothing but case is refused: many readers do not
// tell the two apart.
func readProven(body []byte, names ...string) (object, error) {
	if len(body) > maxProvenBody || !utf8.Valid(body) || !json.Valid(body) {
		return nil, errProvenBody
	}
	r := provenReader{text: string(body), wanted: names}
	v, err := r.value(0, true)
	o, ok := v.(object)
	if err != nil || !ok {
		return nil, errProvenBody
	}
	return o, nil
}

// provenReader walks through valid JSON.
type provenReader struct {
	text   string
	at     int
	wanted []string // none: all
	names  []string // of the objects around the place, the innermost one's at the end
	values int
}

var errUnproven = errors.New("not an unambiguous value within the bounds")

// value reads a value, and builds it if it is to be kept.
func (r *provenReader) value(depth int, keep bool) (any, error) {
	if r.values++; depth > maxProvenDepth || r.values > maxProvenValues {
		return nil, errUnproven
	}
	switch r.next() {
	case '{':
		return r.object(depth, keep)
	case '[':
		return r.list(depth, keep)
	case '"':
		text := r.string()
		if !keep {
			return nil, nil
		}
		return text, nil
	default:
		return r.scalar(keep), nil
	}
}

func (r *provenReader) object(depth int, keep bool) (any, error) {
	first := len(r.names)
	defer func() { r.names = r.names[:first] }()
	var o object
	if keep {
		o = object{}
	}
	var many map[string]bool
	for r.at++; r.next() != '}'; {
		if r.text[r.at] == ',' {
			r.at++
			r.next()
		}
		name := r.string()
		if isTwice(&many, r.names[first:], name) {
			return nil, errUnproven
		}
		r.names = append(r.names, name)
		r.next()
		r.at++ // the colon
		kept := keep && (len(r.wanted) == 0 || slices.Contains(r.wanted, name))
		if keep && !kept && slices.ContainsFunc(r.wanted, func(w string) bool { return strings.EqualFold(w, name) }) {
			return nil, errUnproven
		}
		v, err := r.value(depth+1, kept)
		if err != nil {
			return nil, err
		}
		if kept {
			o[name] = v
		}
	}
	r.at++
	return o, nil
}

// isTwice reports whether the name is among the others. Of many it makes a set: what a sender can
// write must not take the square of its length.
func isTwice(many *map[string]bool, others []string, name string) bool {
	const few = 16
	if len(others) < few {
		return slices.Contains(others, name)
	}
	if *many == nil {
		*many = map[string]bool{}
		for _, n := range others {
			(*many)[n] = true
		}
	}
	twice := (*many)[name]
	(*many)[name] = true
	return twice
}

func (r *provenReader) list(depth int, keep bool) (any, error) {
	l := []any{}
	for r.at++; r.next() != ']'; {
		if r.text[r.at] == ',' {
			r.at++
		}
		v, err := r.value(depth+1, keep)
		if err != nil {
			return nil, err
		}
		if keep {
			l = append(l, v)
		}
	}
	r.at++
	return l, nil
}

// string reads a text or a name.
func (r *provenReader) string() string {
	start := r.at
	for r.at++; r.text[r.at] != '"'; r.at++ {
		if r.text[r.at] == '\\' {
			r.at++
		}
	}
	r.at++
	quoted := r.text[start:r.at]
	if strings.IndexByte(quoted, '\\') >= 0 {
		return unescape(quoted)
	}
	return quoted[1 : len(quoted)-1]
}

func unescape(quoted string) (text string) {
	_ = json.Unmarshal([]byte(quoted), &text) // valid as the whole body is
	return text
}

// scalar reads a number or a word.
func (r *provenReader) scalar(keep bool) any {
	start := r.at
	for r.at < len(r.text) && strings.IndexByte(",]} \t\r\n", r.text[r.at]) < 0 {
		r.at++
	}
	switch text := r.text[start:r.at]; {
	case !keep || text == "null":
		return nil
	case text == "true" || text == "false":
		return text == "true"
	default:
		return json.Number(text)
	}
}

// next skips spaces and tells what is there.
func (r *provenReader) next() byte {
	for strings.IndexByte(" \t\r\n", r.text[r.at]) >= 0 {
		r.at++
	}
	return r.text[r.at]
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
