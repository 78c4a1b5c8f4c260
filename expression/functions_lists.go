package expression

import "fmt"

// concat puts lists one behind the other.
func concat(s *Scope, args []any) (any, error) {
	joined := []any{}
	for _, arg := range args {
		list, ok := arg.([]any)
		if !ok {
			return nil, fmt.Errorf("expected a list for concat, but got %s", kind(arg))
		}
		if err := s.pay(1 + len(list)); err != nil {
			return nil, err
		}
		joined = append(joined, list...)
	}
	return joined, nil
}

// flatten puts the elements of lists within a list in the place of those, however deep they are.
func flatten(s *Scope, args []any) (any, error) {
	list, ok := args[0].([]any)
	if !ok {
		return nil, fmt.Errorf("expected a list for flatten, but got %s", kind(args[0]))
	}
	return appendFlat(s, []any{}, list)
}

// appendFlat pays for each list as it enters it: one list can be in another many times.
func appendFlat(s *Scope, flat, list []any) (_ []any, err error) {
	if err := s.pay(1 + len(list)); err != nil {
		return nil, err
	}
	for _, v := range list {
		inner, ok := v.([]any)
		if !ok {
			flat = append(flat, v)
		} else if flat, err = appendFlat(s, flat, inner); err != nil {
			return nil, err
		}
	}
	return flat, nil
}
