// Package dedupe determines the identity of a request, or of a part of one: the provider's event ID
// and type, and the key by which copies of one event are recognised.
package dedupe

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/expression"
)

// Off as Config.Dedupe turns de-duplication off: every request is an event of its own.
const Off = "off"

// maxText is how many bytes of an event ID, a type or a dedupe key are kept as text; the rest is
// cut off. Keys are made from the whole of them.
const maxText = 1 << 10

// Config says what identifies an event, as texts of expressions.
type Config struct {
	EventID   string // yields the provider's event ID; "" for none
	EventType string // yields the type, and can use `id`; "" for none
	Dedupe    string // yields what copies have in common, and can use `id` and `type`; "" for the body's digest, or Off
}

// Identity is a compiled Config. It is safe for concurrent use.
type Identity struct {
	eventID, eventType, dedupe *expression.Program // nil where there is none
	off                        bool
}

// Result is the identity of one request.
type Result struct {
	EventID   string    // the provider's own ID; may be empty
	Type      string    // the provider's type; may be empty
	DedupeKey string    // what is compared, as text for people; empty if de-duplication is off
	Key       event.Key // the same as a key, unique to its source; zero if de-duplication is off
}

// Compile compiles a configuration. Its errors name the option and end in the compiler's own
// message, with a caret.
func Compile(c Config) (*Identity, error) {
	i := &Identity{off: c.Dedupe == Off}
	if i.off {
		c.Dedupe = ""
	}
	for _, option := range []struct {
		name, text string
		program    **expression.Program
	}{
		{"event_id", c.EventID, &i.eventID},
		{"event_type", c.EventType, &i.eventType},
		{"dedupe", c.Dedupe, &i.dedupe},
	} {
		if option.text == "" {
			continue
		}
		p, err := expression.Compile(option.text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", option.name, err)
		}
		*option.program = p
	}
	return i, nil
}

// Of determines the identity of the scope's request, and makes `id` and `type` known to the
// programs that the scope evaluates later.
//
// An event ID or type is a string, or an int as its digits; everything else, an error too, is none.
func (i *Identity) Of(s *expression.Scope) Result {
	return i.of(s, func() (event.Key, string) {
		digest := s.Digest()
		return digestKey(s.Source(), digest), digestLabel(digest)
	})
}

// OfPart is Of for the n-th part of a request, counted from 1, in a scope of its own. Where nothing
// else is known, the digest of the whole request and the part's place in it identify it: so the
// request is recognised if it is sent again, and no two parts of any requests become one, however
// equal they are.
func (i *Identity) OfPart(s *expression.Scope, whole [sha256.Size]byte, n int) Result {
	return i.of(s, func() (event.Key, string) {
		return partKey(s.Source(), whole, n), digestLabel(whole) + " " + strconv.Itoa(n)
	})
}

// of determines the identity; otherwise is the dedupe key, and its text, if there is no other.
func (i *Identity) of(s *expression.Scope, otherwise func() (event.Key, string)) Result {
	id := text(i.eventID, s)
	s.SetID(id)
	kind := text(i.eventType, s)
	s.SetType(kind)
	r := Result{EventID: shown(id), Type: shown(kind)}
	if i.off {
		return r
	}
	if i.dedupe != nil {
		if v, err := i.dedupe.Value(s); err == nil {
			if key, label, ok := keyOf(s.Source(), v); ok {
				r.Key, r.DedupeKey = key, shown(label)
				return r
			}
		}
	}
	r.Key, r.DedupeKey = otherwise()
	return r
}

// Constant names the option, event_id or dedupe, that yields the same for all requests, so that all
// but the first would be dropped as duplicates; "" if there is none.
func (i *Identity) Constant() string {
	switch {
	case i.eventID != nil && i.eventID.Constant():
		return "event_id"
	case i.dedupe != nil && i.dedupe.Constant():
		return "dedupe"
	}
	return ""
}

// TellsPartsApart reports whether the dedupe key can depend on what a part of a request is: if it
// only looks at what all of them share, they would all be one event.
func (i *Identity) TellsPartsApart() bool {
	looks := func(p *expression.Program) bool { return p.Uses("body", "digest") }
	d := i.dedupe
	return d == nil || looks(d) ||
		d.Uses("id") && (i.eventID == nil || looks(i.eventID)) ||
		d.Uses("type") && (i.eventType == nil || looks(i.eventType) || i.eventType.Uses("id") && looks(i.eventID))
}

func text(p *expression.Program, s *expression.Scope) string {
	if p == nil {
		return ""
	}
	v, err := p.Value(s)
	if err != nil {
		return ""
	}
	switch v := v.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	}
	return ""
}

// shown is at most maxText bytes of a text, cut between characters, in valid UTF-8. It is a copy: the
// text can be a part of the body, which would stay in memory with it.
func shown(t string) string {
	if len(t) > maxText {
		t = t[:maxText]
		for n := 1; n < utf8.UTFMax; n++ { // a character that was cut in two
			if r, size := utf8.DecodeLastRuneInString(t); r != utf8.RuneError || size != 1 {
				break
			}
			t = t[:len(t)-1]
		}
	}
	return strings.Clone(strings.ToValidUTF8(t, "\ufffd"))
}
