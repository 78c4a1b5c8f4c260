package dedupe

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"time"

	"github.com/gatepost/gatepost/event"
)

// maxKey is how many bytes of values make a key. What is longer is no identity.
const maxKey = 64 << 10

// keyOf is the key of a value within a source, and the value as text for people. There is none of a
// value that many events could share: nil, "", an object, a float that is no number, a list that is
// empty or has such an element; nor of a bool alone.
//
// Two values have one key only if they are the same in type and content: the int 1 and the string
// "1" differ, and so do [a, b] and ["a, b"].
func keyOf(source string, v any) (key event.Key, label string, ok bool) {
	if _, ok := v.(bool); ok {
		return event.Key{}, "", false
	}
	e := newEncoder(source)
	if !e.value(v) || len(e.key) > maxKey {
		return event.Key{}, "", false
	}
	return sha256.Sum256(e.key), string(e.label), true
}

// digestKey is the key of an event of which no more is known than its body.
func digestKey(source string, digest [sha256.Size]byte) event.Key {
	e := newEncoder(source)
	e.key = append(append(e.key, 'd'), digest[:]...)
	return sha256.Sum256(e.key)
}

func digestLabel(digest [sha256.Size]byte) string { return "sha256:" + hex.EncodeToString(digest[:]) }

// partKey is the key of the n-th part of a request of which no more is known than its body.
func partKey(source string, whole [sha256.Size]byte, n int) event.Key {
	e := newEncoder(source)
	e.key = append(append(e.key, 'p'), whole[:]...)
	e.key = binary.AppendUvarint(e.key, uint64(n))
	return sha256.Sum256(e.key)
}

// encoder writes values one after another, each as its kind and then bytes that are fixed in number
// or preceded by their length, so that no two lists of values are written alike.
type encoder struct {
	key   []byte
	label []byte
}

func newEncoder(source string) *encoder {
	e := &encoder{key: make([]byte, 0, 256)}
	e.key = append(e.key, "gatepost dedupe key 1\x00"...)
	e.key = appendText(e.key, source)
	return e
}

// value writes v and reports whether it identifies anything.
func (e *encoder) value(v any) bool {
	if len(e.key) > maxKey {
		return false
	}
	switch v := v.(type) {
	case string:
		e.key = appendText(append(e.key, 's'), v)
		e.label = append(e.label, v...)
		return v != ""
	case int:
		e.key = binary.BigEndian.AppendUint64(append(e.key, 'i'), uint64(v))
		e.label = strconv.AppendInt(e.label, int64(v), 10)
		return true
	case float64:
		e.key = binary.BigEndian.AppendUint64(append(e.key, 'f'), math.Float64bits(v))
		e.label = strconv.AppendFloat(e.label, v, 'g', -1, 64)
		return !math.IsNaN(v) && !math.IsInf(v, 0)
	case bool:
		e.key = append(e.key, 'b', map[bool]byte{true: 1}[v])
		e.label = strconv.AppendBool(e.label, v)
		return true
	case time.Time:
		e.key = binary.BigEndian.AppendUint64(append(e.key, 't'), uint64(v.UnixMilli()))
		e.label = v.AppendFormat(e.label, time.RFC3339Nano)
		return true
	case []any:
		return e.list(v)
	}
	return false
}

func (e *encoder) list(list []any) bool {
	e.key = binary.AppendUvarint(append(e.key, 'l'), uint64(len(list)))
	e.label = append(e.label, '[')
	for i, v := range list {
		if i > 0 {
			e.label = append(e.label, ", "...)
		}
		if !e.value(v) {
			return false
		}
	}
	e.label = append(e.label, ']')
	return len(list) > 0
}

func appendText(b []byte, t string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(t))), t...)
}
