package expression

import (
	"fmt"
	"strings"
	"time"

	"github.com/expr-lang/expr/vm/runtime"
)

// function is what a call in a rewritten tree runs. The checker has seen to the number of
// arguments, but not to their types: what comes from a body can be anything.
type function func(s *Scope, args []any) (any, error)

// functions are the operators and functions of rewritten trees, less the variables. Those that
// begin with a dot have no other name in the language.
var functions = map[string]function{
	"header": lookup(func(s *Scope, name string) string { return s.r.Header.Get(name) }),
	"query":  lookup((*Scope).queryValue),

	"==": func(s *Scope, a []any) (any, error) { return equal(s, a[0], a[1]) },
	"<":  order(runtime.Less),
	"<=": order(runtime.LessOrEqual),
	">":  order(runtime.More),
	">=": order(runtime.MoreOrEqual),
	"+":  add,
	"in": in,

	"contains":   onStrings(strings.Contains),
	"startsWith": onStrings(strings.HasPrefix),
	"endsWith":   onStrings(strings.HasSuffix),
	"hasPrefix":  onStrings(strings.HasPrefix),
	"hasSuffix":  onStrings(strings.HasSuffix),
	"indexOf":    onStrings(strings.Index),
	"lower":      changeCase(strings.ToLower),
	"upper":      changeCase(strings.ToUpper),
	"trim":       trim,
	"matches":    matches,

	"get":    func(s *Scope, a []any) (any, error) { return get(s, a[0], a[1]) },
	"first":  func(s *Scope, a []any) (any, error) { return get(s, a[0], 0) },
	"last":   func(s *Scope, a []any) (any, error) { return get(s, a[0], -1) },
	"len":    length,
	".slice": slice,

	"concat":  concat,
	"flatten": flatten,

	"int":    toInt,
	"float":  toFloat,
	"string": toString,

	".list":      list,
	".condition": condition,
	".pay":       func(s *Scope, a []any) (any, error) { return nil, s.pay(a[0].(int)) },
}

// kind names the type of a value in messages: the value itself may be secret.
func kind(v any) string {
	switch v.(type) {
	case nil:
		return "nil"
	case bool:
		return "a bool"
	case int:
		return "an int"
	case float64:
		return "a float"
	case string:
		return "a string"
	case time.Time:
		return "a time"
	case time.Duration:
		return "a duration"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return fmt.Sprintf("a %T", v)
}
