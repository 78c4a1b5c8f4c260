package expression

import (
	"fmt"
	"strconv"
	"time"
)

func toInt(_ *Scope, args []any) (any, error) {
	switch v := args[0].(type) {
	case int:
		return v, nil
	case float64:
		if v > -1<<63 && v < 1<<63 { // elsewhere each processor has an answer of its own
			return int(v), nil
		}
	case string:
		if n, err := strconv.Atoi(v); err == nil {
			return n, nil
		}
	}
	return nil, fmt.Errorf("%s that int() cannot take", kind(args[0]))
}

func toFloat(s *Scope, args []any) (any, error) {
	switch v := args[0].(type) {
	case int:
		return float64(v), nil
	case float64:
		return v, nil
	case string:
		if err := s.pay(len(v) / stepBytes); err != nil {
			return nil, err
		}
		if f, err := strconv.ParseFloat(v, 64); err == nil {
			return f, nil
		}
	}
	return nil, fmt.Errorf("%s that float() cannot take", kind(args[0]))
}

func toString(_ *Scope, args []any) (any, error) {
	switch v := args[0].(type) {
	case string:
		return v, nil
	case int:
		return strconv.Itoa(v), nil
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), nil
	case bool:
		return strconv.FormatBool(v), nil
	case time.Time:
		return v.Format("2006-01-02T15:04:05.000Z07:00"), nil
	}
	return nil, fmt.Errorf("%s that string() cannot take", kind(args[0]))
}

func condition(_ *Scope, args []any) (any, error) {
	if _, ok := args[0].(bool); !ok {
		return nil, fmt.Errorf("expected true or false, but got %s", kind(args[0]))
	}
	return args[0], nil
}
