package expression

import (
	"fmt"
	"math"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

func TestDecodeBody(t *testing.T) {
	object := map[string]any{"a": 1}
	for name, c := range map[string]struct {
		body string
		want any
	}{
		"empty":                {"", nil},
		"null":                 {"null", nil},
		"JSON":                 {` {"a":1} ` + "\r\n\t", object},
		"a list":               {` [1]`, []any{1}},
		"JSON with =":          {`{"a":"b=c&d=e"}`, map[string]any{"a": "b=c&d=e"}},
		"a string with =":      {` "a=b"`, "a=b"},
		"byte order mark":      {"\ufeff" + `{"a":1}`, object},
		"scalars":              {`[true,false,null,"x",-1,1.5]`, []any{true, false, nil, "x", -1, 1.5}},
		"nothing inside":       {`[[],{}]`, []any{[]any{}, map[string]any{}}},
		"the last of two keys": {`{"a":{"x":1},"a":{"y":2}}`, map[string]any{"a": map[string]any{"y": 2}}},
		"two spellings of key": {`{"a":1,"\u0061":2}`, map[string]any{"a": 2}},

		"integers":       {`[9223372036854775807,-9223372036854775808,0,-0]`, []any{math.MaxInt64, math.MinInt64, 0, 0}},
		"large integers": {`[9223372036854775808,-9223372036854775809,123456789012345678901234567890]`, []any{"9223372036854775808", "-9223372036854775809", "123456789012345678901234567890"}},
		"other numbers":  {`[1e3,1.0,-0.5,1E-2,12.5e+1]`, []any{1000.0, 1.0, -0.5, 0.01, 125.0}},
		"out of range":   {`[1e400,-1e400,1e-400]`, []any{"1e400", "-1e400", 0.0}},

		"escapes":         {`"\"\\\/\b\f\n\r\t\u00e9\u0000é"`, "\"\\/\b\f\n\r\té\x00é"},
		"surrogates":      {`"\ud83d\ude00 \ud83d \ude00 \ud83dx \ud83d\u0041 \uD83D\uD83D\uDE00"`, "😀 \ufffd \ufffd \ufffdx \ufffdA \ufffd😀"},
		"not UTF-8":       {"\"a\xffb\\n\xc3\"", "a\xffb\n\xc3"},
		"key not UTF-8":   {"{\"\xff\":1}", map[string]any{"\xff": 1}},
		"line separators": {"\"\u2028\x7f\"", "\u2028\x7f"},

		"form":               {"a=1&b=x+y&c=%C3%A9&d", map[string]any{"a": "1", "b": "x y", "c": "é", "d": ""}},
		"repeated field":     {"a=1&b=2&a=3", map[string]any{"a": []any{"1", "3"}, "b": "2"}},
		"one field":          {"a=", map[string]any{"a": ""}},
		"badly escaped":      {" a={b c}&d=é", map[string]any{" a": "{b c}", "d": "é"}},
		"a number":           {"123", 123},
		"payload":            {"payload=%7B%22a%22%3A1%7D", object},
		"payload and others": {"x=1&payload=%7B%22a%22%3A1%7D", object},
		"payload not JSON":   {"payload=x", map[string]any{"payload": "x"}},
		"payload a list":     {"payload=[1]", map[string]any{"payload": "[1]"}},
		"payload twice":      {"payload={}&payload={}", map[string]any{"payload": []any{"{}", "{}"}}},
	} {
		got, err := decodeBody([]byte(c.body), nil)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %#v, %v; want %#v", name, got, err, c.want)
		}
	}
}

func TestDecodeBodyErrors(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	objects := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	for name, c := range map[string]struct{ body, want string }{
		"text":             {"hello", "neither JSON nor a form: unexpected character at byte 0"},
		"XML":              {"<a/>", "neither JSON nor a form: unexpected character at byte 0"},
		"space":            {"  ", "neither JSON nor a form: unexpected end at byte 2"},
		"cut short":        {`{"a":`, "neither JSON nor a form: unexpected end at byte 5"},
		"string cut short": {`{"a":"b`, "neither JSON nor a form: unexpected end at byte 7"},
		"escape cut short": {`"\`, "neither JSON nor a form: unexpected end at byte 2"},
		"bad escape":       {`"\x"`, "neither JSON nor a form: bad escape in a string at byte 2"},
		"bad hex":          {`"\u12g4"`, "neither JSON nor a form: bad escape in a string at byte 2"},
		"more":             {`{} {}`, "neither JSON nor a form: more after the value at byte 3"},
		"trailing comma":   {`[1,]`, "neither JSON nor a form: unexpected character at byte 3"},
		"key":              {`{a:1}`, "neither JSON nor a form: unexpected character at byte 1"},
		"number":           {`01`, "neither JSON nor a form: more after the value at byte 1"},
		"plus":             {`+1`, "neither JSON nor a form: unexpected character at byte 0"},
		"minus":            {`[-]`, "neither JSON nor a form: bad number at byte 2"},
		"fraction":         {`[1.]`, "neither JSON nor a form: bad number at byte 3"},
		"exponent":         {`[1e+]`, "neither JSON nor a form: bad number at byte 4"},
		"word":             {`nul`, "neither JSON nor a form: unexpected end at byte 3"},
		"NaN":              {`NaN`, "neither JSON nor a form: unexpected character at byte 0"},
		"control":          {"\"a\nb\"", "neither JSON nor a form: control character in a string at byte 2"},
		"control, escaped": {"\"\\n\nb\"", "neither JSON nor a form: control character in a string at byte 3"},
		"NUL":              {"{}\x00", "neither JSON nor a form: more after the value at byte 2"},
		"NUL in a string":  {"\"\x00\"", "neither JSON nor a form: control character in a string at byte 1"},
		"UTF-16":           {"\xff\xfe{\x00}\x00", "neither JSON nor a form: unexpected character at byte 0"},
		"a name alone":     {"a", "neither JSON nor a form: unexpected character at byte 0"},
		"lines":            {"a=1\n", "neither JSON nor a form: unexpected character at byte 0"},
		"XML with =":       {`<a b="c"/>`, "neither JSON nor a form: unexpected character at byte 0"},
		"a brace and =":    {"{x=1", "neither JSON nor a form: unexpected character at byte 1"},
		"form":             {"a=%zz", "not a form: a field is badly encoded"},
		"semicolon":        {"a=1;b=2", "not a form: a field is badly encoded"},

		"deep lists":   {nested(maxDepth + 1), "deeper than 64 levels"},
		"deep objects": {objects(maxDepth + 1), "deeper than 64 levels"},
		"very deep":    {strings.Repeat("[", maxBody), "deeper than 64 levels"},
		"many values":  {"[" + strings.Repeat("0,", maxValues) + "0]", "more than 50000 values"},
		"many fields":  {strings.Repeat("a=&", maxValues), "more than 50000 values"},
		"deep payload": {`payload={"a":` + nested(maxDepth) + `}`, "deeper than 64 levels"},
		"large":        {`"` + strings.Repeat("a", maxBody) + `"`, "larger than 1 MiB"},
	} {
		got, err := decodeBody([]byte(c.body), nil)
		if got != nil || err == nil || err.Error() != c.want {
			t.Errorf("%s: %.60v, %v; want %s", name, got, err, c.want)
		}
	}
	for name, body := range map[string]string{
		"deep":  nested(maxDepth),
		"many":  "[" + strings.Repeat("0,", maxValues-2) + "0]",
		"large": `"` + strings.Repeat("a", maxBody-2) + `"`,
	} {
		if v, err := decodeBody([]byte(body), nil); v == nil || err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBodyIsDecodedOnDemand(t *testing.T) {
	s := NewScope(&Request{Header: http.Header{"Content-Type": {"text/plain"}}, Body: []byte("hello")})
	if v, err := evaluate(t, `type == "" and size == 5 and digest != ""`, s); v != true || err != nil {
		t.Fatal(v, err)
	}
	if s.decoded || s.BodyError() != "" {
		t.Error("decoded although no program looked at it")
	}
	if v, err := evaluate(t, `body.a.b == nil`, s); v != true || err != nil {
		t.Error(v, err)
	}
	if want := "neither JSON nor a form: unexpected character at byte 0"; s.BodyError() != want {
		t.Errorf("BodyError = %q", s.BodyError())
	}
}

func TestDigest(t *testing.T) {
	s := NewScope(&Request{Body: []byte("abc")})
	const want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if got, err := evaluate(t, "digest", s); got != want || err != nil || fmt.Sprintf("%x", s.Digest()) != want {
		t.Error(got, err)
	}
}
