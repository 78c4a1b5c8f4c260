package verifier

import (
	"net/http"
	"strings"
)

const (
	// maxEntries is how many signatures of one request are tried.
	maxEntries = 16
	// maxHeader bounds the signature headers of one request, in bytes.
	maxHeader = 8 << 10
)

// form is one way in which an entry of a signature header is written.
type form struct {
	prefix prefix
	codec  codec
}

// prefix is the text before a signature, in which there may be a number.
type prefix struct {
	before   string
	numbered bool
	after    string
}

const (
	number = "{n}"
	// maxNumber is how many digits a number in a prefix may have.
	maxNumber = 10
)

func newPrefix(text string) prefix {
	var p prefix
	p.before, p.after, p.numbered = strings.Cut(text, number)
	return p
}

func (p *prefix) cut(text string) (rest string, ok bool) {
	if rest, ok = strings.CutPrefix(text, p.before); !ok || !p.numbered {
		return rest, ok
	}
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	if digits == 0 || digits > maxNumber {
		return text, false
	}
	return strings.CutPrefix(rest[digits:], p.after)
}

// String is the prefix of a signature that we make.
func (p *prefix) String() string {
	if !p.numbered {
		return p.before
	}
	return p.before + "1" + p.after
}

// The index of a form says which keys its entries are for.
const (
	formHash = iota
	formEd25519
)

// entries are the signatures found in a request, and the timestamp if it sits beside them.
type entries struct {
	n         int
	list      [maxEntries]entry
	timestamp string
	broken    bool // two timestamps that differ, or headers past their bound
	present   bool // there is something, readable or not
}

type entry struct {
	form      int
	signature [maxSignature]byte
}

// read collects the signatures of all headers. Entries of another form are left out, as are those
// past the bound.
func (v *signatureVerifier) read(h http.Header, e *entries) error {
	e.n, e.timestamp, e.broken, e.present = 0, "", false, false
	size := 0
	for _, name := range v.headers {
		for _, value := range h[name] {
			if size += len(value) + 1; size > maxHeader {
				e.present, e.broken = true, true
				break
			}
			v.readValue(value, e)
		}
	}
	switch {
	case !e.present:
		return v.missing
	case e.broken || e.n == 0:
		return v.malformed
	}
	return nil
}

func (v *signatureVerifier) readValue(value string, e *entries) {
	if value == "" {
		return
	}
	e.present = true
	s := &v.signature
	if s.Format == Plain {
		v.add(value, e)
		return
	}
	for i, more := 0, true; more; i++ {
		var item string
		item, value, more = strings.Cut(value, s.Separator)
		item = strings.TrimSpace(item)
		switch {
		case s.Format == Pairs:
			for pair, more := "", true; more; {
				pair, item, more = strings.Cut(item, " ")
				v.addPair(pair, e)
			}
		case s.Format == Positional && i == 0:
			e.setTimestamp(item)
		default:
			v.add(item, e)
		}
	}
}

func (v *signatureVerifier) addPair(pair string, e *entries) {
	key, value, _ := strings.Cut(pair, "=")
	switch key {
	case "":
	case v.signature.SignatureKey:
		v.add(value, e)
	case v.signature.TimestampKey:
		e.setTimestamp(value)
	}
}

// setTimestamp takes the timestamp beside the signatures. One content is signed: a second one
// could only serve to confuse.
func (e *entries) setTimestamp(text string) {
	if text == "" {
		return
	}
	e.broken = e.broken || e.timestamp != "" && e.timestamp != text
	e.timestamp = text
}

func (v *signatureVerifier) add(text string, e *entries) {
	if e.n == maxEntries {
		return
	}
	// The last form first: its prefix is the more specific one.
	for i := len(v.forms) - 1; i >= 0; i-- {
		if rest, ok := v.forms[i].prefix.cut(text); ok {
			entry := &e.list[e.n]
			entry.form = i
			if v.forms[i].codec.decode(&entry.signature, rest) {
				e.n++
			}
			return
		}
	}
}

// write is the header value with one signature.
func (v *signatureVerifier) write(form int, signature []byte, timestamp string) string {
	text := v.forms[form].prefix.String() + v.forms[form].codec.encode(signature)
	s := &v.signature
	switch s.Format {
	case Pairs:
		text = s.SignatureKey + "=" + text
		if s.TimestampKey != "" {
			text = s.TimestampKey + "=" + timestamp + s.Separator + text
		}
	case Positional:
		text = timestamp + s.Separator + text
	}
	return text
}
