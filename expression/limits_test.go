package expression

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// costlyBody is what a sender could send to make rules expensive.
func costlyBody(t testing.TB, fields map[string]any) []byte {
	t.Helper()
	b, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func numbers(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// Each rule here would take from a second to for ever on its body if nothing bounded it. What
// bounds it is a count, so the test is of counts; the time that the steps take is for the benchmark.
func TestWorkIsBounded(t *testing.T) {
	many := costlyBody(t, map[string]any{"a": numbers(40_000), "b": numbers(3000), "c": numbers(3000), "s": strings.Repeat("a", 60<<10)})
	long := costlyBody(t, map[string]any{"a": numbers(3000), "s": strings.Repeat("a", 900<<10)})
	wide := costlyBody(t, map[string]any{"a": numbers(3000), "s": strings.Repeat("é", 100<<10), "t": strings.Repeat("ü", 100<<10)})

	for _, c := range []struct {
		text string
		body []byte
	}{
		{`all(body.a, {all(body.a, # >= 0)})`, many},
		{`count(body.a, count(body.b, # > 0) > 0) > 0`, many},
		{`any(body.a, ` + strings.Repeat("body.x.y == 1 or ", 60) + `false)`, many},
		{`any(body.a, # in body.b and false)`, many},
		{`any(body.a, -1 in body.b)`, many},
		{`any(body.a, body.b != body.c)`, many},
		{`any(body.a, [body.b, body.b] != [body.c, body.c])`, many},
		{`any(body.a, {[#, #, #, #] == []})`, many},
		{`any(body.a, {{"a": #, "b": #} == {}})`, many},
		{`any(body.a, body.s + body.s == "")`, many},
		{`any(body.a, body.s contains "b")`, many},
		{`any(body.a, body.s < body.s)`, many},
		{`any(body.a, body.s == body.s and false)`, many},
		{`any(body.a, body[body.s] == 1)`, many},
		{`any(body.a, header(body.s) != "")`, many},
		{`any(body.a, {len(body.s) < 0})`, many},
		{`any(body.a, trim(body.s) == "")`, many},
		{`any(body.a, float(body.s[:0] + "1") < 0)`, many},
		{`len(map(body.a, map(body.b, #))) < 0`, many},
		{`len(filter(body.a, {len(filter(body.b, true)) < 0})) > 0`, many},
		{`len(flatten([body.a, body.a, body.a])) < 0`, many},
		{`len(concat(body.a, body.a, body.a)) < 0`, many},
		{`let b = [body.b, body.b, body.b, body.b]; let c = [b, b, b, b]; let d = [c, c, c, c]; len(flatten([d, d, d])) < 0`, many},
		{`any(body.a, body.s matches "(.*a){20}b")`, many},
		{`body.s matches "(.*a){20}b"`, many},
		{`any(body.a, body.s contains "b")`, long},
		{`any(body.a, indexOf(body.s, "b") > 0)`, long},
		{`any(body.a, lower(body.s) == "")`, long},
		{`any(body.a, upper(body.s) == "")`, wide},
		{`trim(body.s, body.t) == ""`, wide},
	} {
		p, err := Compile(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		s := NewScope(&Request{Body: c.body})
		if s.body() == nil {
			t.Fatal(s.BodyError())
		}
		ok, err := p.Bool(s)
		if ok || err == nil || !strings.Contains(err.Error(), errSteps.Error()) {
			t.Errorf("%s = %t, %v; want it to run out of steps", c.text, ok, err)
		}
		if s.steps < 0 {
			t.Errorf("%s: %d steps left", c.text, s.steps)
		}
	}
}

func TestStepsAreSharedByTheProgramsOfAScope(t *testing.T) {
	dear, err := Compile(`any(body.a, any(body.a, false))`)
	if err != nil {
		t.Fatal(err)
	}
	loop, err := Compile(`any(body.a, # == 30)`)
	if err != nil {
		t.Fatal(err)
	}
	cheap, err := Compile(`type in ["a", "b"] and body.a[3] == 3 and not (type matches "^[c-z]$")`)
	if err != nil {
		t.Fatal(err)
	}
	s := NewScope(&Request{Body: costlyBody(t, map[string]any{"a": numbers(1000)})})
	s.SetType("b")
	if ok, err := loop.Bool(s); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if _, err := dear.Bool(s); err == nil {
		t.Fatal("not bounded")
	}
	if _, err := loop.Bool(s); err == nil {
		t.Error("a loop ran although the steps were spent")
	}
	if ok, err := cheap.Bool(s); !ok || err != nil {
		t.Error("a rule without loops must go on working:", ok, err)
	}
}

func TestMatchingIsBounded(t *testing.T) {
	p, err := Compile(`body.s matches "b$"`)
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]string{maxSubject: "", maxSubject + 1: "the string is longer than the 64 KiB that are matched (1:8)"} {
		s := NewScope(&Request{Body: costlyBody(t, map[string]any{"s": strings.Repeat("a", n)})})
		if _, err := p.Bool(s); fmt.Sprint(err) != want && (err != nil || want != "") {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestTextIsBounded(t *testing.T) {
	chain := func(n int) string { return strings.Repeat("1<(", n) + "1" + strings.Repeat(")<2", n) }
	for name, c := range map[string]struct{ text, want string }{
		"parentheses":          {strings.Repeat("(", 5_000_000), "at most 4096 bytes, this one has 5000000"},
		"nested lists":         {strings.Repeat("[", 4096), "unexpected token EOF"},
		"nested parentheses":   {strings.Repeat("(", 2000) + "1" + strings.Repeat(")", 2000), ""},
		"negations":            {strings.Repeat("!", 4000) + "true", "exceeds maximum allowed nodes"},
		"nodes":                {strings.Repeat("1+", 300) + "1", "exceeds maximum allowed nodes"},
		"length":               {`type == "` + strings.Repeat("x", 4096) + `"`, "at most 4096 bytes"},
		"comparisons unfolded": {chain(60), "exceeds 500 nodes"},
		"unfolded arguments":   {"header(1, " + chain(60) + ")", "exceeds 500 nodes"},
		"ifs":                  {strings.Repeat("if true {1} else ", 200) + "{2}", "exceeds 500 nodes"},
		"predicates":           {`any(body.a, any(body.b, any(body.c, true)))`, "nested at most 2 deep"},
		"predicates in piped":  {`body.a | any(any(body.b, any(body.c, true)))`, "nested at most 2 deep"},
		"predicates beside":    {`any(body.a, any(body.b, true) or any(body.c, true)) and any(body.d, any(body.e, true))`, ""},
		"predicate over one":   {`any(body.a, any(body.b, count(body.c) > 0))`, "nested at most 2 deep"},
		"pattern length":       {`type matches "` + strings.Repeat("x", 257) + `"`, "at most 256 bytes"},
		"pattern size":         {`type matches "((a{1,100}){1,9})b"`, "compiles to 1822 instructions"},
		"pattern repeat":       {`type matches "a{1001}"`, "invalid repeat count"},
		"range":                {`1..9223372036854775807`, "ranges are not available"},
		"toJSON":               {`toJSON(body)`, "unknown name toJSON"},
		"repeat":               {`repeat(type, 900)`, "unknown name repeat"},
		"replace":              {`replace(type, "a", "b")`, "unknown name replace"},
		"sort":                 {`sort(body.a)`, "unknown name sort"},
		"date":                 {`date("2026-01-01")`, "unknown name date"},
		"not UTF-8":            {"type == \"\xff\"", ""},
	} {
		_, err := Compile(c.text)
		if err == nil && c.want != "" || err != nil && (c.want == "" || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %.200v; want %q", name, err, c.want)
		}
	}
}

// The largest bodies that are decoded must cost a bounded amount of memory each.
func TestDecodedSizeIsBounded(t *testing.T) {
	for name, body := range map[string]string{
		"numbers": "[" + strings.Repeat("1000,", maxValues-2) + "1]",
		"objects": "[" + strings.Repeat(`{"a":{}},`, maxValues/2-1) + "1]",
		"keys":    `{"a":` + strings.Repeat(`{"b":`, maxDepth-1) + "1" + strings.Repeat("}", maxDepth),
		"escapes": `"` + strings.Repeat(`\u00e9`, 170_000) + `"`,
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		v, err := decodeBody([]byte(body), nil)
		runtime.ReadMemStats(&after)
		if err != nil || v == nil {
			t.Errorf("%s: %v", name, err)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 32<<20 {
			t.Errorf("%s: %d bytes of body made %d bytes of memory", name, len(body), n)
		}
	}
}
