package event

import (
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"
)

// Rejected is a request that failed verification and was kept for an operator to look at. It is no
// event: nobody vouches for anything in it, so it is neither compared nor routed nor delivered.
type Rejected struct {
	ID       RejectedID
	Source   string // name of the configured source
	Provider string // name of its provider

	ReceivedAt time.Time
	Code       string // why it was refused, as the sender was told
	Message    string
	Request    Request
	Size       int    // length of the body in bytes
	Body       []byte // nil where only the rest was asked for
}

// RejectedID names a rejected request. It sorts by arrival time. Its text is "rej_" and a ULID.
type RejectedID [16]byte

const rejectedIDPrefix = "rej_"

func (id RejectedID) String() string { return rejectedIDPrefix + ulid.ULID(id).String() }

// IsZero reports whether id names nothing.
func (id RejectedID) IsZero() bool { return id == RejectedID{} }

// Time is when the request arrived, in whole milliseconds.
func (id RejectedID) Time() time.Time { return ulid.Time(ulid.ULID(id).Time()) }

// ParseRejectedID reads the text of a rejected request's ID.
func ParseRejectedID(s string) (RejectedID, error) {
	u, err := parse(s, rejectedIDPrefix)
	return RejectedID(u), err
}

// MarshalText writes the ID as String does.
func (id RejectedID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (id *RejectedID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseRejectedID(string(b))
	return err
}

// Rejected makes the ID of a request that arrived at t and was rejected.
func (g *IDs) Rejected(t time.Time) RejectedID { return RejectedID(g.next(t)) }

const (
	rejectedMagic   = 'R'
	rejectedVersion = 1
)

// AppendRecord appends the request's record to dst, body included.
func (r *Rejected) AppendRecord(dst []byte) []byte {
	start := len(dst)
	w := writer{append(dst, rejectedMagic, rejectedVersion)}
	w.raw(r.ID[:])
	w.text(r.Source)
	w.text(r.Provider)
	w.time(r.ReceivedAt)
	w.text(r.Code)
	w.text(r.Message)
	w.request(&r.Request)
	w.bytes(r.Body)
	return w.seal(start)
}

// DecodeRejected reads a rejected request's record. Texts are copied; the body aliases b.
func DecodeRejected(b []byte) (*Rejected, error) {
	in, err := open(b, rejectedMagic, rejectedVersion)
	if err != nil {
		return nil, fmt.Errorf("rejected request: %w", err)
	}
	r := new(Rejected)
	copy(r.ID[:], in.raw(len(r.ID)))
	r.Source = in.text()
	r.Provider = in.text()
	r.ReceivedAt = in.time()
	r.Code = in.text()
	r.Message = in.text()
	r.Request = in.request()
	r.Body = in.bytes()
	r.Size = len(r.Body)
	if err := in.close(); err != nil {
		return nil, fmt.Errorf("rejected request: %w", err)
	}
	return r, nil
}
