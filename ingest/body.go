package ingest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Body is a request's body and the clock of its connection.
type Body interface {
	io.Reader
	// SetReadDeadline bounds the reads that follow; the zero time lifts the bound.
	SetReadDeadline(time.Time) error
}

// Budget bounds the bytes of bodies that are in memory at one time.
type Budget struct {
	limit int64
	used  atomic.Int64
}

// NewBudget makes a budget of so many bytes.
func NewBudget(limit int64) *Budget { return &Budget{limit: limit} }

func (b *Budget) take(n int64) bool {
	if b.used.Add(n) > b.limit {
		b.used.Add(-n)
		return false
	}
	return true
}

func (b *Budget) give(n int64) { b.used.Add(-n) }

const (
	// readGrace and readPace are how long a body may take: the first, and the second for each MiB
	// that it declares or, if it does not, may have. A sender that is slower holds memory and a
	// connection for nothing.
	readGrace = 10 * time.Second
	readPace  = time.Second

	// firstRead is what a body gets before any of it arrived, whatever length it declares: memory
	// is spent on bytes that were sent, not on bytes that were promised.
	firstRead   = 8 << 10
	largestKept = 64 << 10 // buffers up to here are used again
)

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, firstRead); return &b }}

// readBody reads the whole body within the source's limit, the read deadline and the budget. The
// body may be used until release.
func (rc *Receiver) readBody(src *Source, in *Request) (body []byte, release func(), err error) {
	if in.ContentLength > src.MaxBody {
		return nil, nil, refuseTooLarge(src.MaxBody)
	}
	if in.ContentLength == 0 {
		return nil, func() {}, nil
	}
	most := src.MaxBody + 1 // one byte more, to meet the end of the body or the excess
	if in.ContentLength > 0 {
		most = in.ContentLength + 1
	}
	// The deadline is the connection's, hence of the real clock. A writer that cannot set one
	// belongs to a transport with time limits of its own.
	_ = in.Body.SetReadDeadline(time.Now().Add(readGrace + readPace*time.Duration(most>>20)))
	defer func() {
		if err == nil { // else whatever the server still reads of it shall not take longer either
			_ = in.Body.SetReadDeadline(time.Time{})
		}
	}()

	pooled := buffers.Get().(*[]byte)
	b := (*pooled)[:0]
	var taken int64
	done := func() {
		rc.Budget.give(taken)
		if cap(b) <= largestKept {
			*pooled = b[:0]
		}
		buffers.Put(pooled)
	}
	defer func() {
		if err != nil {
			done()
		}
	}()

	for {
		if len(b) == cap(b) {
			if int64(len(b)) >= most { // a handler before this one replaced the body, not its length
				most = src.MaxBody + 1
			}
			grown := make([]byte, len(b), min(most, 4*int64(cap(b))))
			copy(grown, b)
			b = grown
		}
		if more := int64(cap(b)) - taken; more > 0 {
			if !rc.Budget.take(more) {
				return nil, nil, refuseOverloaded()
			}
			taken += more
		}
		n, err := in.Body.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if int64(len(b)) > src.MaxBody {
			return nil, nil, refuseTooLarge(src.MaxBody)
		}
		if errors.Is(err, io.EOF) {
			return b, done, nil
		}
		if err != nil {
			return nil, nil, refuseUnreadable(src, err)
		}
	}
}

func refuseUnreadable(src *Source, err error) *Refusal {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok { // a stricter limit in front of us
		return refuseTooLarge(min(tooLarge.Limit, src.MaxBody))
	}
	return &Refusal{
		Status: http.StatusBadRequest, Code: "body_unreadable", Unread: true, cause: err,
		Message: "the body was cut short, badly framed or sent too slowly",
	}
}

func refuseTooLarge(limit int64) *Refusal {
	return &Refusal{
		Status: http.StatusRequestEntityTooLarge, Code: "body_too_large", Unread: true,
		Message: fmt.Sprintf("the body is larger than the %d bytes allowed here", limit),
	}
}
