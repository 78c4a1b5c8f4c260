package expression

import "time"

// The bounds of an expression. A rule is its operator's, but what it reads is not: whatever a
// payload can make large is paid for from a budget of steps, and refused when that is spent.
const (
	maxText      = 4 << 10  // bytes of an expression's text
	maxNodes     = 500      // nodes of its syntax tree
	maxNesting   = 2        // predicates within one another: any(…, all(…, …))
	maxPattern   = 256      // bytes of a regular expression
	maxInsts     = 1000     // instructions it compiles to
	maxSubject   = 64 << 10 // bytes of what it is matched against
	maxElements  = 100_000  // elements of all lists and objects that one run builds
	maxSteps     = 100_000  // steps of all programs of a scope
	stepBytes    = 64       // bytes of text read or made in one step
	stepElements = 16       // elements of a list compared in one step
	stepInsts    = 40       // bytes times instructions matched in one step
	maxBody      = 1 << 20  // bytes of a body that is decoded
	maxDepth     = 64       // lists and objects within one another in a body
	maxValues    = 50_000   // values in a body
	maxParts     = 1000     // parts that a request is split into
)

// environment is what an expression can name, as the type checker sees it; variables and functions
// hold what the names yield.
type environment struct {
	Source     string    `expr:"source"`
	Provider   string    `expr:"provider"`
	ID         string    `expr:"id"`
	Type       string    `expr:"type"`
	Body       any       `expr:"body"`
	Digest     string    `expr:"digest"`
	Method     string    `expr:"method"`
	Path       string    `expr:"path"`
	Size       int       `expr:"size"`
	ReceivedAt time.Time `expr:"received_at"`

	Header func(string) string `expr:"header"`
	Query  func(string) string `expr:"query"`
}

// variables are the names without arguments.
var variables = map[string]func(*Scope) any{
	"source":      func(s *Scope) any { return s.r.Source },
	"provider":    func(s *Scope) any { return s.r.Provider },
	"id":          func(s *Scope) any { return s.id },
	"type":        func(s *Scope) any { return s.typ },
	"body":        (*Scope).body,
	"digest":      (*Scope).hexDigest,
	"method":      func(s *Scope) any { return s.r.Method },
	"path":        func(s *Scope) any { return s.r.Path },
	"size":        func(s *Scope) any { return len(s.r.Body) },
	"received_at": func(s *Scope) any { return s.receivedAt() },
}

// builtins are the functions of the language that may be called, and whether they take a
// predicate. Each other one can build values out of all proportion, or depends on the clock.
var builtins = map[string]struct{ predicate bool }{
	"all": {true}, "any": {true}, "count": {true}, "filter": {true}, "map": {true}, "none": {true}, "one": {true},
	"concat": {}, "first": {}, "flatten": {}, "float": {}, "get": {}, "hasPrefix": {}, "hasSuffix": {}, "indexOf": {},
	"int": {}, "last": {}, "len": {}, "lower": {}, "string": {}, "trim": {}, "upper": {},
}
