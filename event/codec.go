package event

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"net/http"
	"slices"
	"time"
)

// A record is
//
//	magic (1 byte, by kind)  version (1 byte)  fields  CRC-32C of all before it (4 bytes, little endian)
//
// Fields follow one another without tags, in the order of the append functions below: numbers as
// varints, texts and bytes behind their length, times as nanoseconds since 1970 with 0 for none. A
// new field goes to the end, with a new version; a decoder reads every version up to its own.

const (
	eventMagic    = 'E'
	deliveryMagic = 'D'

	eventVersion    = 2 // 2 added Part, Parts and SplitError
	deliveryVersion = 1
)

// The errors of decoding. ErrChecksum and ErrMalformed mean damage, ErrVersion a record that a
// newer Gatepost wrote.
var (
	ErrChecksum  = errors.New("the record's checksum is wrong")
	ErrMalformed = errors.New("the record is malformed")
	ErrVersion   = errors.New("the record was written by a newer version")
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Checksum is the CRC-32C of b, the sum that records carry.
func Checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// External says that an event's body is not in its record, and what it must be.
type External struct {
	Size     int
	Checksum uint32
}

// Check returns ErrChecksum unless body is the one that was stored.
func (x External) Check(body []byte) error {
	if len(body) != x.Size || Checksum(body) != x.Checksum {
		return ErrChecksum
	}
	return nil
}

// AppendRecord appends the event's record to dst, with its body or with only the body's size and
// checksum.
func (e *Event) AppendRecord(dst []byte, withBody bool) []byte {
	start := len(dst)
	w := writer{append(dst, eventMagic, eventVersion)}
	w.raw(e.ID[:])
	w.text(e.Source)
	w.text(e.Provider)
	w.text(e.EventID)
	w.text(e.Type)
	w.text(e.DedupeKey)
	w.raw(e.Key[:])
	w.time(e.ReceivedAt)
	w.request(&e.Request)
	w.text(e.BodyError)
	w.text(e.Verification.Result)
	w.int(e.Verification.Secret)
	w.time(e.Verification.SignedAt)
	w.int(len(e.RouteErrors))
	for _, re := range e.RouteErrors {
		w.text(re.Route)
		w.text(re.Error)
	}
	w.bool(withBody)
	if withBody {
		w.bytes(e.Body)
	} else {
		w.int(len(e.Body))
		w.b = binary.LittleEndian.AppendUint32(w.b, Checksum(e.Body))
	}
	w.int(e.Part)
	w.int(e.Parts)
	w.text(e.SplitError)
	return w.seal(start)
}

// DecodeEvent reads an event's record. Texts are copied; the body aliases b. If the body is
// elsewhere, Event.Body is nil and External says what it must be.
func DecodeEvent(b []byte) (*Event, *External, error) {
	r, err := open(b, eventMagic, eventVersion)
	if err != nil {
		return nil, nil, fmt.Errorf("event: %w", err)
	}
	e := new(Event)
	copy(e.ID[:], r.raw(len(e.ID)))
	e.Source = r.text()
	e.Provider = r.text()
	e.EventID = r.text()
	e.Type = r.text()
	e.DedupeKey = r.text()
	copy(e.Key[:], r.raw(len(e.Key)))
	e.ReceivedAt = r.time()
	e.Request = r.request()
	e.BodyError = r.text()
	e.Verification.Result = r.text()
	e.Verification.Secret = r.int()
	e.Verification.SignedAt = r.time()
	for range r.count() {
		e.RouteErrors = append(e.RouteErrors, RouteError{Route: r.text(), Error: r.text()})
	}
	var x *External
	if r.bool() {
		e.Body = r.bytes()
		e.Size = len(e.Body)
	} else {
		x = &External{Size: r.int()}
		if b := r.raw(4); b != nil {
			x.Checksum = binary.LittleEndian.Uint32(b)
		}
		e.Size = x.Size
	}
	if r.version >= 2 {
		e.Part = r.int()
		e.Parts = r.int()
		e.SplitError = r.text()
	}
	if err := r.close(); err != nil {
		return nil, nil, fmt.Errorf("event: %w", err)
	}
	return e, x, nil
}

// AppendRecord appends the delivery's record to dst.
func (d *Delivery) AppendRecord(dst []byte) []byte {
	start := len(dst)
	w := writer{append(dst, deliveryMagic, deliveryVersion)}
	w.raw(d.ID[:])
	w.raw(d.Event[:])
	w.text(d.Route.Source)
	w.text(d.Route.Name)
	w.int(int(d.State))
	w.bool(d.Replay)
	w.text(d.Reason)
	w.int(d.AttemptCount)
	w.time(d.NextAttemptAt)
	w.time(d.ChangedAt)
	w.time(d.BudgetSince)
	w.int(d.BudgetAttempts)
	w.int(len(d.Attempts))
	for i := range d.Attempts {
		a := &d.Attempts[i]
		w.int(a.Number)
		w.time(a.StartedAt)
		w.int(int(a.Duration))
		w.int(a.Status)
		w.text(a.Error)
		w.bytes(a.Response)
	}
	return w.seal(start)
}

// DecodeDelivery reads a delivery's record. Nothing in the result aliases b.
func DecodeDelivery(b []byte) (*Delivery, error) {
	r, err := open(b, deliveryMagic, deliveryVersion)
	if err != nil {
		return nil, fmt.Errorf("delivery: %w", err)
	}
	d := new(Delivery)
	copy(d.ID[:], r.raw(len(d.ID)))
	copy(d.Event[:], r.raw(len(d.Event)))
	d.Route.Source = r.text()
	d.Route.Name = r.text()
	d.State = State(r.int())
	d.Replay = r.bool()
	d.Reason = r.text()
	d.AttemptCount = r.int()
	d.NextAttemptAt = r.time()
	d.ChangedAt = r.time()
	d.BudgetSince = r.time()
	d.BudgetAttempts = r.int()
	for range r.count() {
		d.Attempts = append(d.Attempts, Attempt{
			Number: r.int(), StartedAt: r.time(), Duration: time.Duration(r.int()), Status: r.int(),
			Error: r.text(), Response: append([]byte(nil), r.bytes()...),
		})
	}
	if err := r.close(); err != nil {
		return nil, fmt.Errorf("delivery: %w", err)
	}
	return d, nil
}

type writer struct{ b []byte }

func (w *writer) raw(p []byte)   { w.b = append(w.b, p...) }
func (w *writer) int(n int)      { w.b = binary.AppendVarint(w.b, int64(n)) }
func (w *writer) bytes(p []byte) { w.int(len(p)); w.raw(p) }
func (w *writer) text(s string)  { w.int(len(s)); w.b = append(w.b, s...) }

func (w *writer) bool(v bool) {
	n := byte(0)
	if v {
		n = 1
	}
	w.b = append(w.b, n)
}

func (w *writer) time(t time.Time) {
	n := int64(0)
	if !t.IsZero() {
		n = t.UnixNano()
	}
	w.b = binary.AppendVarint(w.b, n)
}

func (w *writer) request(r *Request) {
	w.text(r.Method)
	w.text(r.Scheme)
	w.text(r.Host)
	w.text(r.URI)
	w.text(r.Proto)
	w.text(r.PeerAddr)
	w.text(r.ClientIP)
	w.header(r.Header)
}

// header writes names in sorted order, so that one event always gives the same bytes.
func (w *writer) header(h http.Header) {
	var room [24]string // most requests have fewer: no allocation
	names := room[:0]
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	w.int(len(names))
	for _, name := range names {
		w.text(name)
		w.int(len(h[name]))
		for _, v := range h[name] {
			w.text(v)
		}
	}
}

func (w *writer) seal(start int) []byte {
	return binary.LittleEndian.AppendUint32(w.b, Checksum(w.b[start:]))
}

// reader reads fields until one does not fit; from then on it returns zeros and keeps the error.
type reader struct {
	version byte
	b       []byte
	err     error
}

func open(b []byte, magic, version byte) (*reader, error) {
	const frame = 2 + 4
	if len(b) < frame {
		return nil, ErrMalformed
	}
	end := len(b) - 4
	if binary.LittleEndian.Uint32(b[end:]) != Checksum(b[:end]) {
		return nil, ErrChecksum
	}
	if b[0] != magic {
		return nil, ErrMalformed
	}
	if b[1] > version {
		return nil, fmt.Errorf("%w: %d", ErrVersion, b[1])
	}
	return &reader{version: b[1], b: b[2:end]}, nil
}

func (r *reader) fail() { r.b, r.err = nil, ErrMalformed }

func (r *reader) raw(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.fail()
		return nil
	}
	p := r.b[:n:n]
	r.b = r.b[n:]
	return p
}

func (r *reader) int() int {
	n, size := binary.Varint(r.b)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[size:]
	return int(n)
}

// count is the length of a list, each element of which takes at least one byte.
func (r *reader) count() int {
	n := r.int()
	if n < 0 || n > len(r.b) {
		r.fail()
		return 0
	}
	return n
}

func (r *reader) bytes() []byte { return r.raw(r.int()) }
func (r *reader) text() string  { return string(r.bytes()) }

func (r *reader) bool() bool {
	p := r.raw(1)
	return len(p) == 1 && p[0] != 0
}

func (r *reader) time() time.Time {
	n := r.int()
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(n)).UTC()
}

// request relies on calls in a literal being made in the order in which they are written.
func (r *reader) request() Request {
	return Request{
		Method: r.text(), Scheme: r.text(), Host: r.text(), URI: r.text(), Proto: r.text(),
		PeerAddr: r.text(), ClientIP: r.text(), Header: r.header(),
	}
}

func (r *reader) header() http.Header {
	n := r.count()
	h := make(http.Header, n)
	for range n {
		name := r.text()
		m := r.count()
		values := make([]string, 0, m)
		for range m {
			values = append(values, r.text())
		}
		h[name] = values
	}
	return h
}

func (r *reader) close() error {
	if r.err == nil && len(r.b) != 0 {
		r.fail()
	}
	return r.err
}
