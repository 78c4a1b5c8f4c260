// Package expression evaluates expressions over a request. It holds the environment that they see,
// the limits that they run under, and the decoding of bodies.
//
// The language is that of expr-lang, less what cannot be bounded. Before a program is compiled its
// syntax tree is rewritten: operators and functions that can meet large values, or that treat nil
// otherwise than a rule should, become calls of our own, which pay from the scope's steps.
package expression

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/expr-lang/expr/vm"
)

// Request is what expressions can see of a request. Nothing of it is changed, and nothing may
// change while a scope of it is in use.
type Request struct {
	Source, Provider       string
	Method, Path, RawQuery string
	Header                 http.Header
	Body                   []byte
	ReceivedAt             time.Time
}

// Scope evaluates any number of programs over one request. The body is decoded at most once, and
// only if a program looks at it; all programs share one budget of steps, so that the work that a
// request can cause is bounded however many rules there are. It is not for concurrent use.
type Scope struct {
	r       *Request
	id, typ string

	decoded   bool
	value     any
	bodyError string
	origins   *origins // of what is in the body; nil unless it is split

	digested bool
	digest   [sha256.Size]byte
	query    url.Values

	steps int // left
	vm    vm.VM
	stack [16]any // the machine's, unless a program needs more
}

// NewScope makes the scope of a request.
func NewScope(r *Request) *Scope { return NewPartScope(r, 1) }

// NewPartScope makes the scope of one of so many parts of a request, of which each has an equal
// share of the steps that a request may take: what is dear in one takes nothing from the others, and
// a part has the same when it is looked at again alone. So a request that is split may take twice the
// steps of another, once to be split and once for all of its parts.
func NewPartScope(r *Request, parts int) *Scope {
	s := &Scope{r: r, steps: maxSteps / max(parts, 1)}
	s.vm.Stack = s.stack[:0]
	s.vm.MemoryBudget = maxElements
	return s
}

// SetID sets what `id` is from now on; it is "" before.
func (s *Scope) SetID(id string) { s.id = id }

// SetType sets what `type` is from now on; it is "" before.
func (s *Scope) SetType(t string) { s.typ = t }

// Source is the name of the source that the request came to.
func (s *Scope) Source() string { return s.r.Source }

// Digest is the SHA-256 of the body.
func (s *Scope) Digest() [sha256.Size]byte {
	if !s.digested {
		s.digest, s.digested = sha256.Sum256(s.r.Body), true
	}
	return s.digest
}

// BodyError says why `body` is nil although the request has a body: it is neither JSON nor a form,
// or past a limit. It is "" if the body is fine, or if no program has looked at it yet.
func (s *Scope) BodyError() string { return s.bodyError }

func (s *Scope) body() any {
	if !s.decoded {
		s.decoded = true
		value, err := decodeBody(s.r.Body, s.origins)
		if err != nil {
			s.bodyError = err.Error()
		}
		s.value = value
	}
	return s.value
}

func (s *Scope) hexDigest() any {
	d := s.Digest()
	return hex.EncodeToString(d[:])
}

// receivedAt is in UTC and in whole milliseconds, as events are stored: a replay sees the same.
func (s *Scope) receivedAt() time.Time { return s.r.ReceivedAt.UTC().Truncate(time.Millisecond) }

func (s *Scope) queryValue(name string) string {
	if s.query == nil {
		s.query, _ = url.ParseQuery(s.r.RawQuery) // what is well formed counts
	}
	return s.query.Get(name)
}

var errSteps = errors.New("the rules of this request take too many steps")

// pay takes n steps from the budget. What is too dear fails and costs nothing, so that what is
// cheap goes on working after it.
func (s *Scope) pay(n int) error {
	if n > s.steps {
		return errSteps
	}
	s.steps -= n
	return nil
}
