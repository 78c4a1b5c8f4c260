package badger

import (
	"bytes"
	"encoding/binary"
	"slices"
	"time"

	"github.com/gatepost/gatepost/event"
)

// What is kept, by key. E is an event's ID, D a delivery's, S and R the names of a source and of a
// route; numbers are big endian.
//
//	e E                    an event's record
//	c E n(2)               piece n of a body that is too large for the record
//	d D                    a delivery made together with its event: the first 14 bytes of D are E's
//	d E D                  a delivery added to E later, kept beside those so that it goes with them
//	p D                    where a delivery added later is kept: E
//	q S 0 R 0 due(8) D E   a pending delivery, in the order of its queue
//	x S 0 R 0 D E          a dead letter
//	m bucket(4) K          a dedupe mark: the ID of the first copy, and flags
//	h S 0 R                what is remembered of a route
//	r S 0 J A(8)           a request that failed verification; J is its ID, A says whom it came from
//	s name                 facts about the store itself
//
// Events, their pieces and their deliveries begin with the time of arrival, marks with a bucket of
// it, so that whole stretches of time can be dropped at once. Records of events, deliveries and
// rejected requests carry a checksum; p, m, h and s values end with one that covers their key too; q
// and x have no value, and what their key says is held against the delivery's record.
const (
	eventKind    = 'e'
	pieceKind    = 'c'
	deliveryKind = 'd'
	pointerKind  = 'p'
	queueKind    = 'q'
	deadKind     = 'x'
	markKind     = 'm'
	routeKind    = 'h'
	rejectedKind = 'r'
	storeKind    = 's'
)

const (
	idSize       = len(event.ID{})
	siblingBytes = idSize - 2 // of an ID, shared by an event and the deliveries made with it
)

func eventKey(id event.ID) []byte { return append([]byte{eventKind}, id[:]...) }

func pieceKey(id event.ID, n int) []byte {
	return binary.BigEndian.AppendUint16(append([]byte{pieceKind}, id[:]...), uint16(n))
}

// siblingPrefix begins the keys of all deliveries of an event.
func siblingPrefix(id event.ID) []byte {
	return append([]byte{deliveryKind}, id[:siblingBytes]...)
}

// isSibling says whether the delivery was made together with the event.
func isSibling(d event.DeliveryID, e event.ID) bool {
	return bytes.Equal(d[:siblingBytes], e[:siblingBytes]) && hasOrdinal(d)
}

func hasOrdinal(d event.DeliveryID) bool { return d[siblingBytes] != 0 || d[siblingBytes+1] != 0 }

func deliveryKey(d event.DeliveryID, e event.ID) []byte {
	if isSibling(d, e) {
		return append([]byte{deliveryKind}, d[:]...)
	}
	return append(append([]byte{deliveryKind}, e[:]...), d[:]...)
}

// deliveryOfKey reads a delivery's ID from the key of its record.
func deliveryOfKey(key []byte) (d event.DeliveryID, sibling, ok bool) {
	switch len(key) {
	case 1 + idSize:
		copy(d[:], key[1:])
		return d, true, true
	case 1 + 2*idSize:
		copy(d[:], key[1+idSize:])
		return d, false, true
	}
	return d, false, false
}

func pointerKey(d event.DeliveryID) []byte { return append([]byte{pointerKind}, d[:]...) }

// routePrefix begins the keys of a route's queue or dead letters.
func routePrefix(kind byte, r event.Route) []byte {
	b := make([]byte, 0, 3+len(r.Source)+len(r.Name)+8+2*idSize)
	b = append(append(b, kind), r.Source...)
	b = append(append(b, 0), r.Name...)
	return append(b, 0)
}

func deadKey(r event.Route, d event.DeliveryID, e event.ID) []byte {
	return append(append(routePrefix(deadKind, r), d[:]...), e[:]...)
}

// slot is a delivery's place in the queue of its route.
type slot struct {
	due   int64 // nanoseconds since 1970; 0: at once
	id    event.DeliveryID
	event event.ID
}

func slotOf(d *event.Delivery) slot {
	return slot{due: nanos(d.NextAttemptAt), id: d.ID, event: d.Event}
}

func (s slot) before(t slot) bool {
	if s.due != t.due {
		return s.due < t.due
	}
	return bytes.Compare(s.id[:], t.id[:]) < 0
}

func (s slot) key(r event.Route) []byte { return s.append(routePrefix(queueKind, r)) }

func (s slot) append(prefix []byte) []byte {
	b := binary.BigEndian.AppendUint64(slices.Clip(prefix), uint64(s.due))
	return append(append(b, s.id[:]...), s.event[:]...)
}

const slotSize = 8 + 2*idSize

// slotOfKey reads what follows the route in a queue's key.
func slotOfKey(b []byte) (s slot) {
	s.due = int64(binary.BigEndian.Uint64(b))
	copy(s.id[:], b[8:])
	copy(s.event[:], b[8+idSize:])
	return s
}

// splitRoute reads the route from a key that has size bytes behind it.
func splitRoute(key []byte, size int) (r event.Route, ok bool) {
	if len(key) < 3+size {
		return r, false
	}
	source, name, ok := bytes.Cut(key[1:len(key)-size], []byte{0})
	if !ok || len(name) == 0 || name[len(name)-1] != 0 {
		return r, false
	}
	return event.Route{Source: string(source), Name: string(name[:len(name)-1])}, true
}

func nanos(t time.Time) int64 {
	if t.IsZero() || t.UnixNano() < 0 {
		return 0
	}
	return t.UnixNano()
}

func fromNanos(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// A span is a stretch of arrival times, as the first bytes of an ID name it: 2^24 ms, or 4 h 40 min.
type span [3]byte

const spanLength = 1 << 24 * time.Millisecond

func spanOf(id event.ID) (s span) {
	copy(s[:], id[:])
	return s
}

func (s span) prefix(kind byte) []byte { return append([]byte{kind}, s[:]...) }

func (s span) before(t span) bool { return bytes.Compare(s[:], t[:]) < 0 }

// seal appends to payload the sum over key and payload.
func seal(key, payload []byte) []byte {
	return binary.LittleEndian.AppendUint32(payload, sumOf(key, payload))
}

// unseal returns the payload, and false if it is not what was sealed under key.
func unseal(key, value []byte) ([]byte, bool) {
	n := len(value) - 4
	if n < 0 || binary.LittleEndian.Uint32(value[n:]) != sumOf(key, value[:n]) {
		return nil, false
	}
	return value[:n], true
}

func sumOf(key, payload []byte) uint32 {
	var room [128]byte
	return event.Checksum(append(append(room[:0], key...), payload...))
}
