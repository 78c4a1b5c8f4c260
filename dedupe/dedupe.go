// Package dedupe determines the identity of a request: the provider's event ID and type, and the
// key by which copies of one event are recognised.
package dedupe

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/expression"
)

// Off as Config.Dedupe turns de-duplication off: every request is an event of its own.
const Off = "off"

// MaxText is how many bytes of an event ID, a type or a dedupe key are kept as text; the rest is
// cut off. Keys are made from the whole of them.
const MaxText = 1 << 10

// Config says what identifies an event, as texts of expressions.
type Config struct {
	EventID   string        // yields the provider's event ID; "" for none
	EventType string        // yields the type, and can use `id`; "" for none
	Dedupe    string        // yields what copies have in common, and can use `id` and `type`; "" for the body's digest, or Off
	Window    time.Duration // for how long an event is remembered
}

// Identity is a compiled Config. It is safe for concurrent use.
type Identity struct {
	eventID, eventType, dedupe *expression.Program // nil where there is none
	off                        bool
	window                     time.Duration
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
	i := &Identity{window: c.Window, off: c.Dedupe == Off}
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
	digest := s.Digest()
	r.Key, r.DedupeKey = digestKey(s.Source(), digest), "sha256:"+hex.EncodeToString(digest[:])
	return r
}

// Window is for how long an event is remembered.
func (i *Identity) Window() time.Duration { return i.window }

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

// shown is at most MaxText bytes of a text, cut between characters, in valid UTF-8. It is a copy: the
// text can be a part of the body, which would stay in memory with it.
func shown(t string) string {
	if len(t) > MaxText {
		t = t[:MaxText]
		for n := 1; n < utf8.UTFMax; n++ { // a character that was cut in two
			if r, size := utf8.DecodeLastRuneInString(t); r != utf8.RuneError || size != 1 {
				break
			}
			t = t[:len(t)-1]
		}
	}
	return strings.Clone(strings.ToValidUTF8(t, "\ufffd"))
}
