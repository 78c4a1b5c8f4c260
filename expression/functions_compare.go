package expression

import (
	"fmt"

	"github.com/expr-lang/expr/vm/runtime"
)

// order compares. Nothing is less or more than nil.
func order(compare func(a, b any) bool) function {
	return func(s *Scope, args []any) (any, error) {
		a, b := args[0], args[1]
		if a == nil || b == nil {
			return false, nil
		}
		if err := s.pay(min(textLen(a), textLen(b)) / stepBytes); err != nil {
			return nil, err
		}
		return compare(a, b), nil
	}
}

func textLen(v any) int {
	t, _ := v.(string)
	return len(t)
}

// equal is expr's own equality, paid for by the size of what is compared.
func equal(s *Scope, a, b any) (bool, error) {
	switch x := a.(type) {
	case string:
		y, ok := b.(string)
		if !ok || len(x) != len(y) {
			return false, nil
		}
		if err := s.pay(len(x) / stepBytes); err != nil {
			return false, err
		}
		return x == y, nil
	case []any, map[string]any:
		if err := s.pay(weigh(x, s.steps+1)); err != nil {
			return false, err
		}
	}
	return runtime.Equal(a, b), nil
}

// weigh is the number of steps that going through a value takes, or limit if it is more.
func weigh(v any, limit int) int {
	n := 1
	switch v := v.(type) {
	case string:
		n += len(v) / stepBytes
	case []any:
		for _, e := range v {
			if n >= limit {
				break
			}
			n += weigh(e, limit-n)
		}
	case map[string]any:
		for k, e := range v {
			if n >= limit {
				break
			}
			n += len(k)/stepBytes + weigh(e, limit-n)
		}
	}
	return min(n, limit)
}

func in(s *Scope, args []any) (any, error) {
	needle := args[0]
	if needle == nil {
		return nil, fmt.Errorf("expected a value before in, but got nil")
	}
	switch collection := args[1].(type) {
	case []any:
		if err := s.pay(len(collection) / stepElements); err != nil {
			return nil, err
		}
		for _, e := range collection {
			if found, err := equal(s, e, needle); found || err != nil {
				return found, err
			}
		}
		return false, nil
	case map[string]any:
		key, err := stringOf(needle)
		if err != nil {
			return nil, err
		}
		if err := s.pay(len(key) / stepBytes); err != nil {
			return nil, err
		}
		_, found := collection[key]
		return found, nil
	}
	return nil, fmt.Errorf("expected a list or an object after in, but got %s", kind(args[1]))
}
