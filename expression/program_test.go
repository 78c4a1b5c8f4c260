package expression

import (
	"math"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const invoice = `{
	"id": "evt_1", "n": 5, "zero": 0, "price": 2.5, "big": 9223372036854775808, "max": 9223372036854775807,
	"ok": true, "nothing": null, "empty": "", "text": "Grüße",
	"data": {"object": {"id": "in_1", "lines": [{"sku": "a", "qty": 1}, {"sku": "b", "qty": 20}]}},
	"list": [1, 2.5, "x", null, {"c": 1}], "flags": [true, false, true], "none": [], "object": {}
}`

func newTestScope() *Scope {
	s := NewScope(&Request{
		Source: "billing", Provider: "stripe", Method: "POST", Path: "/hooks", RawQuery: "tenant=a%20b&tenant=c&%zz",
		Header:     http.Header{"X-Tenant": {"acme", "other"}, "Content-Type": {"application/json"}},
		Body:       []byte(invoice),
		ReceivedAt: time.Date(2026, 11, 21, 7, 35, 9, 123_456_789, time.FixedZone("", 3600)),
	})
	s.SetID("evt_1")
	s.SetType("invoice.paid")
	return s
}

func evaluate(t *testing.T, text string, s *Scope) (any, error) {
	t.Helper()
	p, err := Compile(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p.Value(s)
}

func TestValue(t *testing.T) {
	for text, want := range map[string]any{
		// The environment.
		`source + "/" + provider`:        "billing/stripe",
		`id`:                             "evt_1",
		`type`:                           "invoice.paid",
		`method + " " + path`:            "POST /hooks",
		`size`:                           len(invoice),
		`header("X-Tenant")`:             "acme",
		`header("x-tenant")`:             "acme",
		`header("x-" + lower("TENANT"))`: "acme",
		`header("X-Absent")`:             "",
		`query("tenant")`:                "a b",
		`query("absent")`:                "",
		`string(received_at)`:            "2026-11-21T06:35:09.123Z",
		`received_at == received_at`:     true,
		`body.data.object.id`:            "in_1",

		// Members are nil wherever there is nothing.
		`body.a.b.c[3].d`:                   nil,
		`body.n.x`:                          nil,
		`body.text[0]`:                      nil,
		`body.list.name`:                    nil,
		`body["data"]["object"]["id"]`:      "in_1",
		`body.list[0]`:                      1,
		`body.list[-1].c`:                   1,
		`body.list[5]`:                      nil,
		`body.list[-6]`:                     nil,
		`body.list["x"]`:                    nil,
		`body.list[1.0]`:                    nil,
		`body.data[0]`:                      nil,
		`body?.data?.object.id`:             "in_1",
		`body?.nope?.object.id`:             nil,
		`body?.["data"].object.id`:          "in_1",
		`body.nothing.x`:                    nil,
		`body[body.nothing]`:                nil,
		`get(body, "n")`:                    5,
		`get(body.nope, "n")`:               nil,
		`first(body.list)`:                  1,
		`last(body.nope)`:                   nil,
		`body.data.object.lines[1].qty * 2`: 40,

		// Numbers.
		`body.max`:                math.MaxInt64,
		`body.big`:                "9223372036854775808",
		`body.price`:              2.5,
		`body.n == 5.0`:           true,
		`body.n + body.price`:     7.5,
		`body.n / 2`:              2.5,
		`body.n % 3`:              2,
		`-body.n`:                 -5,
		`+body.n`:                 5,
		`2 ** 3`:                  8.0,
		`int("12") + int(2.9)`:    14,
		`float("1.5") + float(1)`: 2.5,

		// nil, comparisons.
		`body.nope == nil`:                          true,
		`body.nope != nil`:                          false,
		`body.empty == nil`:                         false,
		`body.zero == nil`:                          false,
		`body.nope < 1`:                             false,
		`body.nope <= 1`:                            false,
		`1 > body.nope`:                             false,
		`1 >= body.nope`:                            false,
		`body.nope < body.nope`:                     false,
		`not (body.nope < 1)`:                       true,
		`1 < body.n < 9`:                            true,
		`1 < body.n < 3`:                            false,
		`"a" < "b"`:                                 true,
		`body.nope ?? "default"`:                    "default",
		`body.text ?? "default"`:                    "Grüße",
		`body.n == "5"`:                             false,
		`body.list == [1, 2.5, "x", nil, {"c": 1}]`: true,
		`body.data.object.lines[0] == {"sku": "a", "qty": 1}`: true,
		`body.list == body.object`:                            false,

		// Text.
		`type startsWith "invoice." and type endsWith "paid" and type contains "."`: true,
		`type matches "^invoice\\.[a-z]+$"`:                                         true,
		`hasPrefix(type, "inv") and hasSuffix(type, "aid")`:                         true,
		`indexOf(type, ".")`:                                    7,
		`type[:7] + type[8:] + type[-1:]`:                       "invoicepaidd",
		`type[3:1] + type[20:30] + type[-99:1]`:                 "i",
		`upper(lower("ÄB")) + trim("  x ") + trim("--y-", "-")`: "ÄBxy",
		`type | upper() | lower()`:                              "invoice.paid",
		`len(body.text)`:                                        5,
		`string(5) + string(2.5) + string(true)`:                "52.5true",

		// Lists and objects.
		`len(body.list) + len(body.data) + len(body.none)`: 6,
		`body.list[1:3]`:                                                   []any{2.5, "x"},
		`[type, body.n]`:                                                   []any{"invoice.paid", 5},
		`{"a": 1, b: type}`:                                                map[string]any{"a": 1, "b": "invoice.paid"},
		`type in ["x", "invoice.paid"]`:                                    true,
		`type not in ["x", "invoice.paid"]`:                                false,
		`"object" in body.data`:                                            true,
		`"nope" in body.data`:                                              false,
		`5.0 in [1, body.n]`:                                               true,
		`any(body.data.object.lines, .qty > 10)`:                           true,
		`all(body.data.object.lines, .qty > 10)`:                           false,
		`none(body.data.object.lines, .sku == "c")`:                        true,
		`one(body.data.object.lines, .sku == "a")`:                         true,
		`count(body.data.object.lines, #.qty > 0)`:                         2,
		`count(body.flags)`:                                                2,
		`any(body.list, # == nil)`:                                         true,
		`any(body.data.object.lines, {let q = .qty; any([1, 2], # == q)})`: true,
		`all(body.none, false)`:                                            true,
		`map(body.data.object.lines, .sku)`:                                []any{"a", "b"},
		`map(body.data.object.lines, {{"sku": .sku, "i": #index}})`:        []any{map[string]any{"sku": "a", "i": 0}, map[string]any{"sku": "b", "i": 1}},
		`map(body.none, 1 / 0)`:                                            []any{},
		`filter(body.list, # != nil)[2:]`:                                  []any{"x", map[string]any{"c": 1}},
		`body.data.object.lines | filter(.qty > 10) | map(.sku)`:           []any{"b"},
		`flatten([1, [body.none, [body.flags]], body.nope])`:               []any{1, true, false, true, nil},
		`flatten(map(body.data.object.lines, [.sku, .qty]))`:               []any{"a", 1, "b", 20},
		`concat(body.flags, [1], body.none)`:                               []any{true, false, true, 1},

		// Control.
		`body.n > 3 ? "big" : "small"`:              "big",
		`if body.n > 30 { "big" } else { "small" }`: "small",
		`let list = body.list; list[0] + 1`:         2,
		`let pay = 1; let slice = 2; pay + slice`:   3,
		`1; 2`: 2,
		`body.ok and not (body.n == 6) or body.nope`: true,
	} {
		got, err := evaluate(t, text, newTestScope())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s = %#v, %v; want %#v", text, got, err, want)
		}
	}
}

func TestEvaluationErrors(t *testing.T) {
	for text, want := range map[string]string{
		`body.nope + 1`:                     "invalid operation: <nil> + int (1:11)",
		`body.text - 1`:                     "invalid operation: string - int (1:11)",
		`body.n % 0`:                        "runtime error: integer divide by zero (1:8)",
		`-body.nope`:                        "invalid operation: - <nil> (1:1)",
		`+body.nope`:                        "invalid operation: int + <nil> (1:1)",
		`body.n < "5"`:                      "invalid operation: int < string (1:8)",
		`not body.nope`:                     "expected true or false, but got nil (1:10)",
		`body.n and true`:                   "expected true or false, but got an int (1:6)",
		`body.ok and body.text`:             "expected true or false, but got a string (1:18)",
		`body.nope ? 1 : 2`:                 "expected true or false, but got nil (1:6)",
		`any(body.list, #)`:                 "expected true or false, but got an int (1:16)",
		`body.nope contains "x"`:            "expected a string, but got nil (1:11)",
		`body.nope startsWith "x"`:          "expected a string, but got nil (1:11)",
		`"x" endsWith body.list`:            "expected a string, but got a list (1:5)",
		`body.nope matches "x"`:             "expected a string, but got nil (1:11)",
		`body.nope in ["a"]`:                "expected a value before in, but got nil (1:11)",
		`"a" in body.nope`:                  "expected a list or an object after in, but got nil (1:5)",
		`"a" in body.text`:                  "expected a list or an object after in, but got a string (1:5)",
		`5 in body.data`:                    "expected a string, but got an int (1:3)",
		`any(body.nope, true)`:              "expected a list, but got nil (1:1)",
		`any(body.data, true)`:              "expected a list, but got an object (1:1)",
		`any(body.text, true)`:              "expected a list, but got a string (1:1)",
		`lower(body.n)`:                     "expected a string, but got an int (1:1)",
		`trim(body.text, body.nope)`:        "expected a string, but got nil (1:1)",
		`header(body.n)`:                    "expected a string, but got an int (1:1)",
		`query(body.nope)`:                  "expected a string, but got nil (1:1)",
		`len(body.nope)`:                    "expected a list, an object or a string for len, but got nil (1:1)",
		`body.nope[1:2]`:                    "expected a list or a string before [:], but got nil (1:10)",
		`body.list[body.nope:]`:             "expected ints in [:], but got nil and an int (1:10)",
		`int(body.text)`:                    "a string that int() cannot take (1:1)",
		`int(1e300)`:                        "a float that int() cannot take (1:1)",
		`int(0.0 / 0)`:                      "a float that int() cannot take (1:1)",
		`int(body.nope)`:                    "nil that int() cannot take (1:1)",
		`float(body.text)`:                  "a string that float() cannot take (1:1)",
		`string(body.nope)`:                 "nil that string() cannot take (1:1)",
		`string(body.list)`:                 "a list that string() cannot take (1:1)",
		`string(body.data)`:                 "an object that string() cannot take (1:1)",
		`string(received_at - received_at)`: "a duration that string() cannot take (1:1)",
		`{(body.n): 1}`:                     "interface conversion: interface {} is int, not string (1:1)",
	} {
		if got, err := evaluate(t, text, newTestScope()); err == nil || err.Error() != want {
			t.Errorf("%s = %v, %v; want %s", text, got, err, want)
		}
	}
}

func TestBool(t *testing.T) {
	for text, want := range map[string]string{
		`body.ok`:     "true",
		`body.n == 6`: "false",
		`nil`:         "false",
		`body.nope`:   "false",
		`body.n`:      "the rule yields an int, not true or false",
		`type`:        "the rule yields a string, not true or false",
		`body.data`:   "the rule yields an object, not true or false",
		`received_at`: "the rule yields a time, not true or false",
		`[true]`:      "the rule yields a list, not true or false",
	} {
		p, err := Compile(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		ok, err := p.Bool(newTestScope())
		got := map[bool]string{true: "true", false: "false"}[ok]
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s is %s; want %s", text, got, want)
		}
	}
}

func TestCompileErrors(t *testing.T) {
	for text, want := range map[string]string{
		// expr's own, unmodified.
		``:                                     "unexpected token EOF",
		`type ==`:                              "unexpected token EOF (1:7)\n | type ==\n | ......^",
		`typ == "x"`:                           "unknown name typ (1:1)\n | typ == \"x\"\n | ^",
		`type.foo`:                             "type string has no field foo (1:6)\n | type.foo\n | .....^",
		`type == 5`:                            "invalid operation: == (mismatched types string and int) (1:6)\n | type == 5\n | .....^",
		`size < "x"`:                           "invalid operation: < (mismatched types int and string) (1:6)\n | size < \"x\"\n | .....^",
		`header(1)`:                            "cannot use int as argument (type string) to call header  (1:8)\n | header(1)\n | .......^",
		`header()`:                             "not enough arguments to call header (1:1)\n | header()\n | ^",
		`now()`:                                "unknown name now (1:1)\n | now()\n | ^",
		`split(type, ".")`:                     "unknown name split (1:1)\n | split(type, \".\")\n | ^",
		`let type = 1; type`:                   "cannot redeclare type (1:5)\n | let type = 1; type\n | ....^",
		`pay(1)`:                               "unknown name pay (1:1)\n | pay(1)\n | ^",
		"type == \"a\" and\n\tbody.x > size.y": "type int has no field y (2:16)\n |  body.x > size.y\n | ...............^",

		// Ours, in the same form.
		`sortBy(body.list, #)`:     "unknown name sortBy (1:1)\n | sortBy(body.list, #)\n | ^",
		`sum(body.list)`:           "unknown name sum (1:1)\n | sum(body.list)\n | ^",
		`body.list | groupBy(#)`:   "unknown name groupBy (1:13)\n | body.list | groupBy(#)\n | ............^",
		`1..3`:                     "ranges are not available; compare with < and <= (1:2)\n | 1..3\n | .^",
		`b"x"`:                     "b\"x\" is not available (1:1)\n | b\"x\"\n | ^",
		`$env.type`:                "$env is not available; use the names themselves (1:1)\n | $env.type\n | ^",
		`header == nil`:            "header is a function: write header(\"…\") (1:1)\n | header == nil\n | ^",
		`body.x.String()`:          "values have no methods (1:8)\n | body.x.String()\n | .......^",
		`body(1)`:                  "body is not a function (1:1)\n | body(1)\n | ^",
		`let pay = body.n; pay()`:  "pay is not a function (1:19)\n | let pay = body.n; pay()\n | ..................^",
		`received_at.Year()`:       "values have no methods (1:13)\n | received_at.Year()\n | ............^",
		`received_at.Year`:         "received_at has no fields; string(received_at) is its RFC 3339 text (1:13)\n | received_at.Year\n | ............^",
		`type matches body.re`:     "a regular expression must be a constant string (1:19)\n | type matches body.re\n | ..................^",
		`type matches ("a" + "b")`: "a regular expression must be a constant string (1:19)\n | type matches (\"a\" + \"b\")\n | ..................^",
		`type matches "("`:         "error parsing regexp: missing closing ): `(` (1:14)\n | type matches \"(\"\n | .............^",
	} {
		if _, err := Compile(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v; want %s", text, err, want)
		}
	}
}

func TestHeaders(t *testing.T) {
	p, err := Compile(`header("x-b") == "1" or any(body.list, header("X-A") == header(#) or header("X-B") == "2")`)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Headers(); !slices.Equal(got, []string{"X-B", "X-A"}) {
		t.Error(got)
	}
	if p.String() != `header("x-b") == "1" or any(body.list, header("X-A") == header(#) or header("X-B") == "2")` {
		t.Error(p)
	}
}

func TestProgramIsSafeForConcurrentUse(t *testing.T) {
	p, err := Compile(`any(body.data.object.lines, .sku == "b" and type matches "paid$") and header("X-Tenant") == "acme"`)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if ok, err := p.Bool(newTestScope()); !ok || err != nil {
					t.Error(ok, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestErrorsDoNotQuoteTheRequest(t *testing.T) {
	const secret = "s3cr3t"
	s := NewScope(&Request{Body: []byte(`{"s":"` + secret + `","l":["` + secret + `"],"o":{"` + secret + `":1}}`)})
	for _, v := range []string{"body.s", "body.l", "body.o"} {
		for _, text := range []string{"int(X)", "float(X)", "string(X)", "-X", "X+1", "X*1", "X<1", "X%2", "lower(X)", "X in X", "any(X, X)", "X ? 1 : 2", "X[X:]", "{(X): 1}", "len(X) + X", "X contains 1 ?? X"} {
			p, err := Compile(strings.ReplaceAll(text, "X", v))
			if err != nil {
				continue
			}
			if _, err := p.Value(s); err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("%s: %v", p, err)
			}
			if _, err := p.Bool(s); err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("%s: %v", p, err)
			}
		}
	}
}

func TestCompileRule(t *testing.T) {
	for text, want := range map[string]string{
		`body.livemode`: "", `type`: "", `true`: "", `nil`: "", `source == "a"`: "",
		`'body.livemode'`: "the rule yields a string, not true or false, whatever arrives; in single quotes it is a text and no expression",
		`1`:               "the rule yields an int",
		`body.`:           "unexpected end",
	} {
		_, err := CompileRule(text)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}
