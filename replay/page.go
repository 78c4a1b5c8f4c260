package replay

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"time"
)

// A page ends early, with a cursor to go on from, when so many rows were looked at or so much time
// is over: no filter, however little it matches, keeps the store busy for longer.
const (
	maxScanRows = 50_000
	maxScanTime = time.Second
)

// The kinds of cursors, so that one of another list is refused.
const (
	eventCursor    = 'e'
	deliveryCursor = 'd'
	rejectedCursor = 'r'
	nameCursor     = 'n'
)

func formatCursor(kind byte, at []byte) string {
	return base64.RawURLEncoding.EncodeToString(append([]byte{kind}, at...))
}

// place is how many items the page may have and what it goes on after; nil at the beginning.
func (c *call) place(cursorKind byte) (limit int, after []byte, err error) {
	if limit, err = c.limit(); err != nil {
		return 0, nil, err
	}
	after, err = c.cursor(cursorKind)
	return limit, after, err
}

func (c *call) cursor(kind byte) ([]byte, error) {
	text := c.params["cursor"]
	if text == "" {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) < 2 || b[0] != kind || kind != nameCursor && len(b) != 1+16 {
		return nil, badRequest("bad cursor: use the value of next from the page before")
	}
	return b[1:], nil
}

// scan collects one page from rows that the store visits, newest first. The store is asked for all
// rows of a span and filtered here, so that every row looked at moves the cursor on.
type scan[T any] struct {
	ctx    context.Context // ends when the page's time is over
	cancel context.CancelFunc
	parent context.Context
	limit  int

	rows  int
	last  [16]byte // ID of the last row looked at
	items []T
	more  bool // rows remain
}

func newScan[T any](ctx context.Context, limit int) *scan[T] {
	s := &scan[T]{parent: ctx, limit: limit, items: []T{}}
	s.ctx, s.cancel = context.WithTimeout(ctx, maxScanTime)
	return s
}

// take reports whether the row is to be looked at; if not, the page ends before it.
func (s *scan[T]) take(id [16]byte) bool {
	if len(s.items) == s.limit || s.rows == maxScanRows || s.rows > 0 && s.ctx.Err() != nil {
		s.more = true
		return false
	}
	s.rows++
	s.last = id
	return true
}

// list ends the scan with the store's error and returns the page.
func (s *scan[T]) list(cursorKind byte, err error) (List[T], error) {
	defer s.cancel()
	if err != nil {
		timeUp := s.ctx.Err() != nil && errors.Is(err, s.ctx.Err()) && s.parent.Err() == nil
		if !timeUp {
			return List[T]{}, err
		}
		if s.rows == 0 { // a cursor that has not moved would be followed for ever
			return List[T]{}, &Error{http.StatusServiceUnavailable, "the store is too slow now: try again later"}
		}
		s.more = true
	}
	l := List[T]{Items: s.items}
	if s.more {
		l.Next = formatCursor(cursorKind, s.last[:])
	}
	return l, nil
}

// listByName is the call's page of a short list that is at hand as a whole, sorted by name.
func listByName[T any](c *call, items []T, name func(T) string) (List[T], error) {
	limit, after, err := c.place(nameCursor)
	if err != nil {
		return List[T]{}, err
	}
	items = slices.Clone(items)
	slices.SortFunc(items, func(a, b T) int { return cmp.Compare(name(a), name(b)) })
	begin := 0
	for begin < len(items) && after != nil && name(items[begin]) <= string(after) {
		begin++
	}
	end := min(begin+limit, len(items))
	l := List[T]{Items: append([]T{}, items[begin:end]...)}
	if end < len(items) {
		l.Next = formatCursor(nameCursor, []byte(name(items[end-1])))
	}
	return l, nil
}
