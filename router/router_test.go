package router

import (
	"slices"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/expression"
)

func newScope(body string) *expression.Scope {
	return expression.NewScope(&expression.Request{Source: "stripe", Body: []byte(body)})
}

func TestMatch(t *testing.T) {
	const notANumber = "invalid operation: <nil> + int (1:8)"
	for name, c := range map[string]struct {
		rules []Rule
		want  []int
		errs  []event.RouteError
	}{
		"no rules":        {nil, nil, nil},
		"everything":      {[]Rule{{Name: "a"}}, []int{0}, nil},
		"on":              {[]Rule{{Name: "a", On: []string{"invoice.*"}}, {Name: "b", On: []string{"charge.*"}}}, []int{0}, nil},
		"one of several":  {[]Rule{{Name: "a", On: []string{"charge.*", "invoice.paid"}}}, []int{0}, nil},
		"when":            {[]Rule{{Name: "a", When: "body.n > 1"}, {Name: "b", When: "body.n > 5"}}, []int{0}, nil},
		"nil is false":    {[]Rule{{Name: "a", When: "body.x"}}, nil, nil},
		"both hold":       {[]Rule{{Name: "a", On: []string{"*"}, When: "body.n == 2"}}, []int{0}, nil},
		"on does not":     {[]Rule{{Name: "a", On: []string{"x"}, When: "body.n == 2"}}, nil, nil},
		"when does not":   {[]Rule{{Name: "a", On: []string{"*"}, When: "body.n == 3"}}, nil, nil},
		"fan-out":         {[]Rule{{Name: "a"}, {Name: "b", On: []string{"x"}}, {Name: "c", When: "body.n == 2"}, {Name: "d"}}, []int{0, 2, 3}, nil},
		"otherwise":       {[]Rule{{Name: "o", Otherwise: true}, {Name: "a", On: []string{"x"}}}, []int{0}, nil},
		"taken":           {[]Rule{{Name: "o", Otherwise: true}, {Name: "a"}}, []int{1}, nil},
		"otherwise alone": {[]Rule{{Name: "o", Otherwise: true}}, []int{0}, nil},
		"two otherwise":   {[]Rule{{Name: "o", Otherwise: true}, {Name: "a", On: []string{"x"}}, {Name: "p", Otherwise: true}}, []int{0, 2}, nil},
		"an error": {
			[]Rule{{Name: "bad", When: "body.x + 1 > 2"}, {Name: "a"}, {Name: "o", Otherwise: true}},
			[]int{1},
			[]event.RouteError{{Route: "bad", Error: notANumber}},
		},
		"an error alone": {
			[]Rule{{Name: "bad", When: "body.x + 1 > 2"}, {Name: "o", Otherwise: true}},
			[]int{1},
			[]event.RouteError{{Route: "bad", Error: notANumber}},
		},
		"no rule": {
			[]Rule{{Name: "bad", When: "body.n"}},
			nil,
			[]event.RouteError{{Route: "bad", Error: "the rule yields an int, not true or false"}},
		},
		"an error that on forestalls": {[]Rule{{Name: "bad", On: []string{"x"}, When: "body.x + 1 > 2"}}, nil, nil},
	} {
		r, err := Compile(c.rules)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, errs := r.Match(newScope(`{"n":2}`), "invoice.paid")
		if !slices.Equal(got, c.want) || !slices.Equal(errs, c.errs) {
			t.Errorf("%s: %v, %v; want %v, %v", name, got, errs, c.want, c.errs)
		}
	}
}

func TestCompileErrors(t *testing.T) {
	for want, rules := range map[string][]Rule{
		"route a is configured twice; give each route of a source a name of its own":           {{Name: "a"}, {Name: "b"}, {Name: "a"}},
		"route a: otherwise takes what no other route took; it cannot stand beside on or when": {{Name: "a", Otherwise: true, On: []string{"x"}}},
		"route b: otherwise takes what no other route took; it cannot stand beside on or when": {{Name: "b", Otherwise: true, When: "true"}},
		"route a: on: an empty type never arrives; write * for every type":                     {{Name: "a", On: []string{"x", ""}}},
		"route a: when: unknown name typ (1:1)\n | typ == \"x\"\n | ^":                         {{Name: "a", When: `typ == "x"`}},
	} {
		if _, err := Compile(rules); err == nil || err.Error() != want {
			t.Errorf("%v; want %s", err, want)
		}
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"invoice.paid", "invoice.paid", true},
		{"invoice.paid", "invoice.paid2", false},
		{"invoice.paid", "Invoice.Paid", false},
		{"invoice.*", "invoice.", true},
		{"invoice.*", "invoice.a.b", true},
		{"invoice.*", "invoice", false},
		{"*.paid", "invoice.paid", true},
		{"*.paid", "invoice.unpaid", false},
		{"*", "", true},
		{"*", "anything", true},
		{"**", "x", true},
		{"a*a", "a", false},
		{"a*a", "aa", true},
		{"a*b*c", "abc", true},
		{"a*b*c", "axxbyyc", true},
		{"a*b*c", "acb", false},
		{"*b*b*", "b", false},
		{"*b*b*", "abcb", true},
		{"*ab*abc*", "ababc", true},
		{"Push Hook", "Push Hook", true},
		{"a.c", "abc", false},
		{"a?c", "abc", false},
		{"[ab]", "a", false},
		{"é*", "éa", true},
	} {
		if got := newGlob(c.pattern).match(c.text); got != c.want {
			t.Errorf("%q matches %q: %t", c.pattern, c.text, got)
		}
	}
}

// The pattern on which a matcher that tries again after a failure never ends.
func TestGlobIsLinear(t *testing.T) {
	pattern := strings.Repeat("a*", 500) + "b"
	if newGlob(pattern).match(strings.Repeat("a", 1<<20)) {
		t.Error("matches")
	}
}

func TestNothingIsAllocatedWhereNothingMatches(t *testing.T) {
	r, err := Compile([]Rule{{Name: "a", On: []string{"invoice.*", "*.paid"}}, {Name: "b", On: []string{"x*y*z"}}})
	if err != nil {
		t.Fatal(err)
	}
	s := newScope("{}")
	if n := testing.AllocsPerRun(100, func() { r.Match(s, "charge.refunded") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzGlob(f *testing.F) {
	f.Add("a*b*c", "axbxc")
	f.Add("*a*a", "aa")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 20 || len(text) > 20 {
			return
		}
		if got, want := newGlob(pattern).match(text), matchSlowly(pattern, text); got != want {
			t.Errorf("%q matches %q: %t", pattern, text, got)
		}
	})
}

// matchSlowly is the definition of a match.
func matchSlowly(pattern, text string) bool {
	switch {
	case pattern == "":
		return text == ""
	case pattern[0] == '*':
		return matchSlowly(pattern[1:], text) || text != "" && matchSlowly(pattern, text[1:])
	}
	return text != "" && pattern[0] == text[0] && matchSlowly(pattern[1:], text[1:])
}

func BenchmarkMatch(b *testing.B) {
	r, err := Compile([]Rule{
		{Name: "a", On: []string{"invoice.*"}},
		{Name: "b", On: []string{"charge.*", "refund.*"}},
		{Name: "c", When: `type startsWith "customer."`},
		{Name: "d", Otherwise: true},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if routes, _ := r.Match(newScope("{}"), "invoice.paid"); len(routes) != 1 {
			b.Fatal(routes)
		}
	}
}
