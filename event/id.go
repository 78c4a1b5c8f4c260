package event

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
)

// ID names an event. It sorts by arrival time. Its text is "evt_" and a ULID whose last 16 bits
// are zero: those number the deliveries that were made together with the event, so that an engine
// finds them without an index.
type ID [16]byte

// DeliveryID names a delivery. It sorts by the time the delivery was made. Its text is "dlv_" and
// a ULID.
type DeliveryID [16]byte

const (
	idPrefix         = "evt_"
	deliveryIDPrefix = "dlv_"
)

func (id ID) String() string         { return idPrefix + ulid.ULID(id).String() }
func (id DeliveryID) String() string { return deliveryIDPrefix + ulid.ULID(id).String() }

// IsZero reports whether id names nothing.
func (id ID) IsZero() bool { return id == ID{} }

// IsZero reports whether id names nothing.
func (id DeliveryID) IsZero() bool { return id == DeliveryID{} }

// Time is when the event arrived, in whole milliseconds.
func (id ID) Time() time.Time { return ulid.Time(ulid.ULID(id).Time()) }

// Time is when the delivery was made, in whole milliseconds.
func (id DeliveryID) Time() time.Time { return ulid.Time(ulid.ULID(id).Time()) }

// Delivery is the ID of the n-th delivery, counted from 0 and below 65535, that is made together with
// the event.
func (id ID) Delivery(n int) DeliveryID {
	d := DeliveryID(id)
	binary.BigEndian.PutUint16(d[14:], uint16(n+1))
	return d
}

// Before is the smallest ID that an event which arrived at t can have.
func Before(t time.Time) ID {
	var u ulid.ULID
	_ = u.SetTime(clampMS(t))
	return ID(u)
}

// ParseID reads the text of an event ID.
func ParseID(s string) (ID, error) {
	u, err := parse(s, idPrefix)
	return ID(u), err
}

// ParseDeliveryID reads the text of a delivery ID.
func ParseDeliveryID(s string) (DeliveryID, error) {
	u, err := parse(s, deliveryIDPrefix)
	return DeliveryID(u), err
}

func parse(s, prefix string) (ulid.ULID, error) {
	if len(s) != len(prefix)+ulid.EncodedSize || s[:len(prefix)] != prefix {
		return ulid.ULID{}, fmt.Errorf("not an ID of the form %s…", prefix)
	}
	u, err := ulid.ParseStrict(s[len(prefix):])
	if err != nil {
		return ulid.ULID{}, fmt.Errorf("not an ID of the form %s…: %w", prefix, err)
	}
	return u, nil
}

// MarshalText writes the ID as String does.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// MarshalText writes the ID as String does.
func (id DeliveryID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (id *ID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseID(string(b))
	return err
}

// UnmarshalText reads what MarshalText wrote.
func (id *DeliveryID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseDeliveryID(string(b))
	return err
}

// IDs makes IDs that are unique and, within one process, rise from call to call while the clock
// does. The zero value is ready to use.
type IDs struct {
	mu      sync.Mutex
	entropy *ulid.MonotonicEntropy
	last    ulid.ULID
}

// Event makes the ID of an event that arrived at t.
func (g *IDs) Event(t time.Time) ID { return ID(g.next(t)) }

// Delivery makes the ID of a delivery that is made at t for an event stored earlier.
func (g *IDs) Delivery(t time.Time) DeliveryID { return DeliveryID(g.next(t)) }

func (g *IDs) next(t time.Time) ulid.ULID {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.entropy == nil {
		g.entropy = ulid.Monotonic(rand.Reader, 0)
	}
	for {
		u, err := ulid.New(clampMS(t), g.entropy)
		if err != nil { // the random part of this millisecond ran over: take the next one
			t = t.Add(time.Millisecond)
			continue
		}
		u[14], u[15] = 0, 0
		// The random part rises by less than 2^16 now and then; clearing the ordinal would repeat it.
		if bytes.Equal(u[:14], g.last[:14]) {
			continue
		}
		g.last = u
		return u
	}
}

func clampMS(t time.Time) uint64 {
	ms := t.UnixMilli()
	if ms < 0 {
		return 0
	}
	return min(uint64(ms), ulid.MaxTime())
}
