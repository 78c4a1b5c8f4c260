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
	prefix string
	codec  codec
}

// The index of a form says which keys its entries are for.
const (
	formHMAC = iota
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
	for more := true; more; {
		var item string
		item, value, more = strings.Cut(value, s.Separator)
		item = strings.TrimSpace(item)
		if s.Format == List {
			v.add(item, e)
			continue
		}
		key, val, _ := strings.Cut(item, "=")
		switch {
		case key == s.SignatureKey:
			v.add(val, e)
		case key != "" && key == s.TimestampKey && val != "":
			// One content is signed: a second timestamp could only serve to confuse.
			e.broken = e.broken || e.timestamp != "" && e.timestamp != val
			e.timestamp = val
		}
	}
}

func (v *signatureVerifier) add(text string, e *entries) {
	if e.n == maxEntries {
		return
	}
	// The last form first: its prefix is the more specific one.
	for i := len(v.forms) - 1; i >= 0; i-- {
		if rest, ok := strings.CutPrefix(text, v.forms[i].prefix); ok {
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
	text := v.forms[form].prefix + v.forms[form].codec.encode(signature)
	s := &v.signature
	if s.Format != Pairs {
		return text
	}
	text = s.SignatureKey + "=" + text
	if s.TimestampKey != "" {
		text = s.TimestampKey + "=" + timestamp + s.Separator + text
	}
	return text
}
