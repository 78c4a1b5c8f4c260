package expression

import (
	"fmt"
	"math"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

const (
	jsonType      = "application/json"
	formWithExtra = "Application/X-WWW-Form-URLEncoded ; charset=utf-8"
)

func TestDecodeBody(t *testing.T) {
	object := map[string]any{"a": 1}
	for name, c := range map[string]struct {
		contentType, body string
		want              any
	}{
		"empty":                {jsonType, "", nil},
		"null":                 {jsonType, "null", nil},
		"JSON":                 {jsonType, ` {"a":1} ` + "\r\n\t", object},
		"JSON misnamed":        {"text/plain", `{"a":1}`, object},
		"JSON without a name":  {"", `{"a":1}`, object},
		"JSON called a form":   {formType, ` {"a":1}`, object},
		"a list called a form": {formType, `[1]`, []any{1}},
		"byte order mark":      {jsonType, "\ufeff" + `{"a":1}`, object},
		"scalars":              {jsonType, `[true,false,null,"x",-1,1.5]`, []any{true, false, nil, "x", -1, 1.5}},
		"nothing inside":       {jsonType, `[[],{}]`, []any{[]any{}, map[string]any{}}},
		"the last of two keys": {jsonType, `{"a":{"x":1},"a":{"y":2}}`, map[string]any{"a": map[string]any{"y": 2}}},
		"two spellings of key": {jsonType, `{"a":1,"\u0061":2}`, map[string]any{"a": 2}},

		"integers":       {jsonType, `[9223372036854775807,-9223372036854775808,0,-0]`, []any{math.MaxInt64, math.MinInt64, 0, 0}},
		"large integers": {jsonType, `[9223372036854775808,-9223372036854775809,123456789012345678901234567890]`, []any{"9223372036854775808", "-9223372036854775809", "123456789012345678901234567890"}},
		"other numbers":  {jsonType, `[1e3,1.0,-0.5,1E-2,12.5e+1]`, []any{1000.0, 1.0, -0.5, 0.01, 125.0}},
		"out of range":   {jsonType, `[1e400,-1e400,1e-400]`, []any{"1e400", "-1e400", 0.0}},

		"escapes":         {jsonType, `"\"\\\/\b\f\n\r\t\u00e9\u0000é"`, "\"\\/\b\f\n\r\té\x00é"},
		"surrogates":      {jsonType, `"\ud83d\ude00 \ud83d \ude00 \ud83dx \ud83d\u0041 \uD83D\uD83D\uDE00"`, "😀 \ufffd \ufffd \ufffdx \ufffdA \ufffd😀"},
		"not UTF-8":       {jsonType, "\"a\xffb\\n\xc3\"", "a\xffb\n\xc3"},
		"key not UTF-8":   {jsonType, "{\"\xff\":1}", map[string]any{"\xff": 1}},
		"line separators": {jsonType, "\"\u2028\x7f\"", "\u2028\x7f"},

		"form":               {formType, "a=1&b=x+y&c=%C3%A9&d", map[string]any{"a": "1", "b": "x y", "c": "é", "d": ""}},
		"repeated field":     {formWithExtra, "a=1&b=2&a=3", map[string]any{"a": []any{"1", "3"}, "b": "2"}},
		"form that is JSON":  {formType, "123", map[string]any{"123": ""}},
		"form with a brace":  {formType, "{x=1", map[string]any{"{x": "1"}},
		"payload":            {formType, "payload=%7B%22a%22%3A1%7D", object},
		"payload and others": {formType, "x=1&payload=%7B%22a%22%3A1%7D", object},
		"payload not JSON":   {formType, "payload=x", map[string]any{"payload": "x"}},
		"payload a list":     {formType, "payload=[1]", map[string]any{"payload": "[1]"}},
		"payload twice":      {formType, "payload={}&payload={}", map[string]any{"payload": []any{"{}", "{}"}}},
	} {
		got, err := decodeBody(c.contentType, []byte(c.body), nil)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %#v, %v; want %#v", name, got, err, c.want)
		}
	}
}

func TestDecodeBodyErrors(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	objects := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	for name, c := range map[string]struct{ contentType, body, want string }{
		"text":             {"text/plain", "hello", "neither JSON nor a form: unexpected character at byte 0"},
		"XML":              {"application/xml", "<a/>", "neither JSON nor a form: unexpected character at byte 0"},
		"space":            {jsonType, "  ", "neither JSON nor a form: unexpected end at byte 2"},
		"cut short":        {jsonType, `{"a":`, "neither JSON nor a form: unexpected end at byte 5"},
		"string cut short": {jsonType, `{"a":"b`, "neither JSON nor a form: unexpected end at byte 7"},
		"escape cut short": {jsonType, `"\`, "neither JSON nor a form: unexpected end at byte 2"},
		"bad escape":       {jsonType, `"\x"`, "neither JSON nor a form: bad escape in a string at byte 2"},
		"bad hex":          {jsonType, `"\u12g4"`, "neither JSON nor a form: bad escape in a string at byte 2"},
		"more":             {jsonType, `{} {}`, "neither JSON nor a form: more after the value at byte 3"},
		"trailing comma":   {jsonType, `[1,]`, "neither JSON nor a form: unexpected character at byte 3"},
		"key":              {jsonType, `{a:1}`, "neither JSON nor a form: unexpected character at byte 1"},
		"number":           {jsonType, `01`, "neither JSON nor a form: more after the value at byte 1"},
		"plus":             {jsonType, `+1`, "neither JSON nor a form: unexpected character at byte 0"},
		"minus":            {jsonType, `[-]`, "neither JSON nor a form: bad number at byte 2"},
		"fraction":         {jsonType, `[1.]`, "neither JSON nor a form: bad number at byte 3"},
		"exponent":         {jsonType, `[1e+]`, "neither JSON nor a form: bad number at byte 4"},
		"word":             {jsonType, `nul`, "neither JSON nor a form: unexpected end at byte 3"},
		"NaN":              {jsonType, `NaN`, "neither JSON nor a form: unexpected character at byte 0"},
		"control":          {jsonType, "\"a\nb\"", "neither JSON nor a form: control character in a string at byte 2"},
		"control, escaped": {jsonType, "\"\\n\nb\"", "neither JSON nor a form: control character in a string at byte 3"},
		"NUL":              {jsonType, "{}\x00", "neither JSON nor a form: more after the value at byte 2"},
		"NUL in a string":  {jsonType, "\"\x00\"", "neither JSON nor a form: control character in a string at byte 1"},
		"UTF-16":           {jsonType, "\xff\xfe{\x00}\x00", "neither JSON nor a form: unexpected character at byte 0"},
		"form":             {formType, "a=%zz", "not a form: a field is badly encoded"},
		"semicolon":        {formType, "a=1;b=2", "not a form: a field is badly encoded"},

		"deep lists":   {jsonType, nested(maxDepth + 1), "deeper than 64 levels"},
		"deep objects": {jsonType, objects(maxDepth + 1), "deeper than 64 levels"},
		"very deep":    {jsonType, strings.Repeat("[", maxBody), "deeper than 64 levels"},
		"many values":  {jsonType, "[" + strings.Repeat("0,", maxValues) + "0]", "more than 50000 values"},
		"many fields":  {formType, strings.Repeat("a&", maxValues), "more than 50000 values"},
		"deep payload": {formType, `payload={"a":` + nested(maxDepth) + `}`, "deeper than 64 levels"},
		"large":        {jsonType, `"` + strings.Repeat("a", maxBody) + `"`, "larger than 1 MiB"},
	} {
		got, err := decodeBody(c.contentType, []byte(c.body), nil)
		if got != nil || err == nil || err.Error() != c.want {
			t.Errorf("%s: %.60v, %v; want %s", name, got, err, c.want)
		}
	}
	for name, body := range map[string]string{
		"deep":  nested(maxDepth),
		"many":  "[" + strings.Repeat("0,", maxValues-2) + "0]",
		"large": `"` + strings.Repeat("a", maxBody-2) + `"`,
	} {
		if v, err := decodeBody("", []byte(body), nil); v == nil || err != nil {
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
