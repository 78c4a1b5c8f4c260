package expression

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// batch has what encoding anew would change: spaces, the order of names, escapes, digits.
const batch = "\ufeff" + `{ "big": 12345678901234567890, "float": 1.50, "whole": 3.0, "huge": 1e400, "text": "a\u00e9\/\"\n\u0000", "digits": "12345678901234567891",
	"none": [], "spaced": [ ], "empty": { }, "events": [ {"b": 1,"a" : 2.10} , { "x":[1 , 2], "x": {"y" : "\u00e9"} },"s" ,[ ] , null,true , -0, 7],
	"entry": [{"id":"e1","changes":[{"n": 1},{"n" :2}]},{"id":"e2","changes":[{ "n":3}]},{"id":"e3"}] }`

func TestParts(t *testing.T) {
	const first, second = `{"b": 1,"a" : 2.10}`, `{ "x":[1 , 2], "x": {"y" : "\u00e9"} }`
	for text, want := range map[string][]string{
		// What is part of the body.
		`body.events[:2]`: {first, second},
		`filter(body.events, .a != nil or .x != nil)`:   {first, second},
		`[body.events[1], body.events[0]]`:              {second, first},
		`flatten(map(body.entry[:2], .changes))`:        {`{"n": 1}`, `{"n" :2}`, `{ "n":3}`},
		`map(body.events[:2], #)`:                       {first, second},
		`concat(body.events[1:2], [body.events[1].x])`:  {second, `{"y" : "\u00e9"}`},
		`[body.none, body.spaced, body.empty]`:          {`[]`, `[ ]`, `{ }`},
		`[body]`:                                        {batch[len("\ufeff"):]},
		`[body.events[3], body.entry[0].changes]`:       {`[ ]`, `[{"n": 1},{"n" :2}]`},
		`body.id == nil ? body.events[:1] : [body]`:     {first},
		`filter(map(body.entry, .changes), # != nil)`:   {`[{"n": 1},{"n" :2}]`, `[{ "n":3}]`},
		`map(body.entry, {.changes ?? #})[1:]`:          {`[{ "n":3}]`, `{"id":"e3"}`},
		`let e = body.events; [e[0], e[0], e[1], e[0]]`: {first, first, second, first},

		// What the expression made, with parts of the body in it.
		`body.events[4:]`:                                  {`null`, `true`, `0`, `7`},
		`[body.text, body.digits, body.events[2]]`:         {`"aé/\"\u000a\u0000"`, `"12345678901234567891"`, `"s"`},
		`[body.big, body.float, body.whole, body.huge]`:    {`12345678901234567890`, `1.5`, `3.0`, `1e400`},
		`[body.events[:1], body.events[0:0], []]`:          {`[` + first + `]`, `[]`, `[]`},
		`[received_at, [1, 2.0, "a\\b"], {}, {"\t": nil}]`: {`"2026-11-21T12:00:00.000Z"`, `[1,2.0,"a\\b"]`, `{}`, `{"\u0009":null}`},
		`[1e21, 1e-9, -2.5e300]`:                           {`1e+21`, `1e-09`, `-2.5e+300`},

		`map(body.entry[:1], {{"id": .id, "changes": .changes, "body.big": body.big}})`: {`{"body.big":12345678901234567890,"changes":[{"n": 1},{"n" :2}],"id":"e1"}`},
	} {
		parts, err := mustCompile(t, text).Parts(newBatchScope(batch))
		if got := texts(parts); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s:\n got %q, %v\nwant %q", text, got, err, want)
		}
	}
}

func TestPartsOfForms(t *testing.T) {
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	for _, c := range []struct {
		text, body string
		want       []string
	}{
		{`body.events`, "payload=%7B%22events%22%3A%5B%7B%22a%22%3A%201%7D%5D%7D", []string{`{"a": 1}`}},
		{`body.a`, "a=1&b=2&a=%ff", []string{`"1"`, "\"\xff\""}},
		{`[body]`, "a=1&b=2", []string{`{"a":"1","b":"2"}`}},
	} {
		parts, err := mustCompile(t, c.text).Parts(NewScope(&Request{Header: form, Body: []byte(c.body)}))
		if got := texts(parts); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s of %s: %q, %v; want %q", c.text, c.body, got, err, c.want)
		}
	}
}

func TestPartsErrors(t *testing.T) {
	many := `{"a":[` + strings.Repeat("1,", maxParts) + `1]}`
	large := `{"s":"` + strings.Repeat("x", 900<<10) + `","a":[` + strings.Repeat("1,", 99) + `1]}`
	for _, c := range []struct{ text, body, want string }{
		{`body.nope`, `{}`, "it yields nil, not a list"},
		{`body.a`, `{"a":{}}`, "it yields an object, not a list"},
		{`body.a`, `{"a":"x"}`, "it yields a string, not a list"},
		{`body.a`, many, "it yields 1001 elements; at most 1000 are made events of"},
		{`body.a + 1`, `{}`, "invalid operation: <nil> + int (1:8)"},
		{`body.a`, `{"a":`, "there is no body to look at: neither JSON nor a form: unexpected end at byte 5"},
		{`[body]`, `hello`, "there is no body to look at: neither JSON nor a form: unexpected character at byte 0"},
		{`[body.a / 0]`, `{"a":1}`, "element 1: a float that is no number has no form in JSON"},
		{`[1, [body.a - body.a]]`, `{"a":1e308}`, ""},
		{`map(body.a, body)`, large, "element 7: " + errSteps.Error()},
		{`map(body.a, {{"s": body.s}})`, large, "element 7: " + errSteps.Error()},
		{`let a = [body.a, body.a]; let b = [a, a, a, a, a, a, a, a]; let c = [b, b, b, b, b, b, b, b]; let d = [c, c, c, c, c, c, c, c]; [d, [d, d, d, d, d, d, d, d], [d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d]]`, large, "element 3: " + errSteps.Error()},
	} {
		_, err := mustCompile(t, c.text).Parts(newBatchScope(c.body))
		if err == nil && c.want != "" || err != nil && err.Error() != c.want {
			t.Errorf("%s of %.20s: %v; want %s", c.text, c.body, err, c.want)
		}
	}
}

// A thousand parts have as much as one.
func TestPartsShareTheSteps(t *testing.T) {
	r := &Request{Body: costlyBody(t, map[string]any{"a": numbers(90)})}
	p := mustCompile(t, `any(body.a, # == 80)`)
	for parts, want := range map[int]bool{1: true, 100: true, 1000: false} {
		if got, err := p.Bool(NewPartScope(r, parts)); got != want || (err == nil) != want {
			t.Errorf("one of %d: %t, %v", parts, got, err)
		}
	}
}

func TestUses(t *testing.T) {
	p := mustCompile(t, `any(body.list, # == id) or header("type") == "x"`)
	if !p.Uses("body") || !p.Uses("digest", "id") || p.Uses("digest", "type", "header") {
		t.Error("want body and id, and nothing else")
	}
}

func TestConstant(t *testing.T) {
	for text, want := range map[string]bool{
		`'body.id'`: true, `1 + 1`: true, `true`: true, `let x = [source, provider]; x[0]`: true,
		`body.id`: false, `[source, type]`: false, `header("X")`: false, `header(source)`: false, `query("x") == "1"`: false, `received_at`: false,
	} {
		if got := mustCompile(t, text).Constant(); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
}

// FuzzParts holds what parts there are against the body: each that is part of it is there byte for
// byte, and all decode to what the expression yielded.
func FuzzParts(f *testing.F) {
	for _, body := range []string{batch, `[]`, `[[]]`, `{"a":[{"a":1},{"a":1}]}`, `[1,"\ud83d\ude00",1e5,{"b":[ ]}]`, "[\"\xff\"]", `{"a":[{"a":1}],"a":[{"a": 2}]}`} {
		f.Add([]byte(body))
	}
	var programs []*Program
	for _, text := range []string{
		`body`, `body.a`, `body.events`, `[body]`, `flatten(body)`, `filter(body, # != nil)`, `map(body, [#])`, `map(body.a, {{"b": #, "c": .a}})`, `map(body, .a)`, `body[1:]`,
	} {
		programs = append(programs, mustCompile(f, text))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, p := range programs {
			s := newBatchScope(string(body))
			parts, err := p.Parts(s)
			if err != nil {
				continue
			}
			v, err := p.Value(s)
			if err != nil {
				continue // the steps were enough for once only
			}
			for i, element := range v.([]any) {
				if s.origins.of(element) != "" && !bytes.Contains(body, parts[i]) {
					t.Fatalf("%s of %q: %q is not in it", p, body, parts[i])
				}
				again, err := decodeJSON(string(parts[i]), nil)
				if isLimit(err) {
					continue
				}
				if err != nil || !same(again, element) {
					t.Fatalf("%s of %q: %q is %#v, %v; want %#v", p, body, parts[i], again, err, element)
				}
			}
		}
	})
}

// BenchmarkParts is what it takes to split a request into a thousand, and then to see each as a
// request of its own: identity and five rules.
func BenchmarkParts(b *testing.B) {
	element := `{"email":"ada@example.com","timestamp":1795257309,"event":"delivered","sg_event_id":"ZGVsaXZlcmVkLTAtMTIzNDU2Nzg","sg_message_id":"14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0","response":"250 OK","category":["cat facts","dogs"],"useragent":"Mozilla/5.0","ip":"192.0.2.1"}`
	body := []byte("[" + strings.Repeat(element+",", maxParts-1) + element + "]")
	r := &Request{Body: body}
	split := mustCompile(b, `body`)
	b.Run("split", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if parts, err := split.Parts(NewScope(r)); len(parts) != maxParts || err != nil {
				b.Fatal(err)
			}
		}
	})
	var rules []*Program
	for _, text := range []string{
		`body.sg_event_id`, `body.event`, `body.sg_event_id`,
		`body.event == "bounce"`, `body.event in ["open", "click"]`, `"dogs" in body.category`, `any(body.category, # startsWith "cat")`, `body.email endsWith "@example.com"`,
	} {
		rules = append(rules, mustCompile(b, text))
	}
	parts, err := split.Parts(NewScope(r))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("five rules each", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, part := range parts {
				s := NewPartScope(&Request{Body: part}, len(parts))
				for _, p := range rules {
					if _, err := p.Value(s); err != nil {
						b.Fatal(err)
					}
				}
			}
		}
	})
}

func newBatchScope(body string) *Scope {
	return NewScope(&Request{Body: []byte(body), ReceivedAt: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)})
}

func mustCompile(t testing.TB, text string) *Program {
	t.Helper()
	p, err := Compile(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

func texts(parts [][]byte) (texts []string) {
	for _, p := range parts {
		texts = append(texts, string(p))
	}
	return texts
}
