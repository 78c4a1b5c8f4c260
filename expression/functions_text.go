package expression

import (
	"fmt"
	"strings"

	"github.com/expr-lang/expr/vm/runtime"
)

func stringOf(v any) (string, error) {
	t, ok := v.(string)
	if !ok {
		return "", fmt.Errorf("expected a string, but got %s", kind(v))
	}
	return t, nil
}

// lookup is a function of a name.
func lookup(f func(s *Scope, name string) string) function {
	return func(s *Scope, args []any) (any, error) {
		name, err := stringOf(args[0])
		if err == nil {
			err = s.pay(len(name) / stepBytes)
		}
		if err != nil {
			return nil, err
		}
		return f(s, name), nil
	}
}

// changeCase makes a text anew, of characters that are looked up one by one.
func changeCase(f func(text string) string) function {
	return func(s *Scope, args []any) (any, error) {
		text, err := stringOf(args[0])
		if err == nil {
			err = s.pay(4 * len(text) / stepBytes)
		}
		if err != nil {
			return nil, err
		}
		return f(text), nil
	}
}

// onStrings looks for one text in another.
func onStrings[T any](f func(text, part string) T) function {
	return func(s *Scope, args []any) (any, error) {
		text, err := stringOf(args[0])
		if err != nil {
			return nil, err
		}
		part, err := stringOf(args[1])
		if err != nil {
			return nil, err
		}
		if err := s.pay((len(text) + len(part)) / stepBytes); err != nil {
			return nil, err
		}
		return f(text, part), nil
	}
}

func add(s *Scope, args []any) (any, error) {
	if err := s.pay((textLen(args[0]) + textLen(args[1])) / stepBytes); err != nil {
		return nil, err
	}
	return runtime.Add(args[0], args[1]), nil
}

func trim(s *Scope, args []any) (any, error) {
	cutset := " "
	text, err := stringOf(args[0])
	if err == nil && len(args) == 2 {
		cutset, err = stringOf(args[1])
	}
	if err != nil {
		return nil, err
	}
	if err := s.pay(len(text) * len(cutset) / stepBytes); err != nil {
		return nil, err
	}
	if len(args) == 1 {
		return strings.TrimSpace(text), nil
	}
	return strings.Trim(text, cutset), nil
}

func matches(s *Scope, args []any) (any, error) {
	p := args[1].(*pattern)
	text, err := stringOf(args[0])
	if err != nil {
		return nil, err
	}
	if len(text) > maxSubject {
		return nil, fmt.Errorf("the string is longer than the %d KiB that are matched", maxSubject>>10)
	}
	if err := s.pay(len(text) * p.insts / stepInsts); err != nil {
		return nil, err
	}
	return p.re.MatchString(text), nil
}
