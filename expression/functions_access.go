package expression

import (
	"fmt"
	"unicode/utf8"
)

// get is a.b and a[i]: nil wherever there is nothing of that name or number.
func get(s *Scope, from, key any) (any, error) {
	switch from := from.(type) {
	case map[string]any:
		if name, ok := key.(string); ok {
			if err := s.pay(len(name) / stepBytes); err != nil {
				return nil, err
			}
			return from[name], nil
		}
	case []any:
		if i, ok := key.(int); ok {
			if i < 0 {
				i += len(from)
			}
			if i >= 0 && i < len(from) {
				return from[i], nil
			}
		}
	}
	return nil, nil
}

// slice is a[from:to]: what there is of it.
func slice(_ *Scope, args []any) (any, error) {
	switch v := args[0].(type) {
	case string:
		from, to, err := ends(args[1], args[2], len(v))
		if err != nil {
			return nil, err
		}
		return v[from:to], nil
	case []any:
		from, to, err := ends(args[1], args[2], len(v))
		if err != nil {
			return nil, err
		}
		return v[from:to:to], nil
	}
	return nil, fmt.Errorf("expected a list or a string before [:], but got %s", kind(args[0]))
}

// ends are the ends of a slice of n elements; negative ones count from its end.
func ends(a, b any, n int) (from, to int, err error) {
	from, ok := a.(int)
	to, ok2 := b.(int)
	if !ok || !ok2 {
		return 0, 0, fmt.Errorf("expected ints in [:], but got %s and %s", kind(a), kind(b))
	}
	if from < 0 {
		from += n
	}
	if to < 0 {
		to += n
	}
	to = min(max(to, 0), n)
	return min(max(from, 0), to), to, nil
}

func length(s *Scope, args []any) (any, error) {
	switch v := args[0].(type) {
	case string:
		if err := s.pay(len(v) / stepBytes); err != nil {
			return nil, err
		}
		return utf8.RuneCountInString(v), nil
	case []any:
		return len(v), nil
	case map[string]any:
		return len(v), nil
	}
	return nil, fmt.Errorf("expected a list, an object or a string for len, but got %s", kind(args[0]))
}

func list(_ *Scope, args []any) (any, error) {
	if _, ok := args[0].([]any); !ok {
		return nil, fmt.Errorf("expected a list, but got %s", kind(args[0]))
	}
	return args[0], nil
}
