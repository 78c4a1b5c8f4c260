package expression

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"reflect"
	"strconv"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzDecodeJSON holds the decoder against encoding/json: the same texts, the same values.
func FuzzDecodeJSON(f *testing.F) {
	for _, text := range []string{
		invoice, ``, ` `, `null`, `[]`, `{}`, `[1,-0,1e3,1e400,9223372036854775808]`, `{"a":1,"a":{"b":[true,false]}}`,
		`"\ud83d\ude00\ud83d\u00e9\n"`, `"\ud83d\`, "\"\xff\"", `[1 2]`, `{"a" 1}`, `01`, `-`, `1.`, `tru`, "\ufeff{}", "[\x00]",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := decodeJSON(string(text), nil)
		if isLimit(err) {
			return
		}
		if (err == nil) != json.Valid(text) {
			t.Fatalf("%q: %v, but encoding/json says %t", text, err, json.Valid(text))
		}
		if err != nil || !utf8.Valid(text) { // encoding/json replaces what is not UTF-8
			return
		}
		if want := decodeStandard(t, text); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: %#v, want %#v", text, got, want)
		}
	})
}

// decodeStandard is decodeJSON by means of encoding/json.
func decodeStandard(t testing.TB, text []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return exactNumbers(v)
}

func exactNumbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := strconv.Atoi(v.String()); err == nil {
			return n
		}
		if f, err := strconv.ParseFloat(v.String(), 64); err == nil && bytes.ContainsAny([]byte(v), ".eE") {
			return f
		}
		return v.String()
	case []any:
		for i, e := range v {
			v[i] = exactNumbers(e)
		}
	case map[string]any:
		for k, e := range v {
			v[k] = exactNumbers(e)
		}
	}
	return v
}

// FuzzProgram runs arbitrary texts: none panics, and each yields the same twice.
func FuzzProgram(f *testing.F) {
	for _, text := range []string{
		`any(body.data.object.lines, .qty > 10 and {let x = .sku; x in ["a", type]})`, `body?.a?.["b"][1:2] ?? header("x") + query(id)`,
		`if body.n > 3 { -body.n ** 2 } else { +body.n % 0 }`, `{"a": [1, 2.5, nil], (type): {b: digest}} == body.object ? 1 : 2`,
		`not (type matches "(?i)^a+$") and 1 < size <= 5 or received_at == received_at`, `body.list | count(# != nil) | string() | trim("x", )`,
		`one(body.flags, #) ?: 1; ::len(type[:-1])`, `"\u00e9" contains b"x"`, `all(body.list, {none(body.list, # == #index)})`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Compile(text)
		if err != nil {
			return
		}
		s := newTestScope()
		v, err := p.Value(s)
		if !isValue(v) {
			t.Fatalf("%q yields %#v", text, v)
		}
		again, err2 := p.Value(newTestScope())
		if !same(v, again) || (err == nil) != (err2 == nil) || err != nil && err.Error() != err2.Error() {
			t.Fatalf("%q yields %#v, %v and then %#v, %v", text, v, err, again, err2)
		}
	})
}

func isValue(v any) bool {
	switch v := v.(type) {
	case nil, bool, int, float64, string, time.Time, time.Duration:
		return true
	case []any:
		for _, e := range v {
			if !isValue(e) {
				return false
			}
		}
		return true
	case map[string]any:
		for _, e := range v {
			if !isValue(e) {
				return false
			}
		}
		return true
	}
	return false
}

// same is reflect.DeepEqual, with NaN the same as itself.
func same(a, b any) bool {
	switch x := a.(type) {
	case float64:
		y, ok := b.(float64)
		return ok && math.Float64bits(x) == math.Float64bits(y)
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !same(x[i], y[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for k := range x {
			if !same(x[k], y[k]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a, b)
}
