package dedupe

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gatepost/gatepost/expression"
)

func newScope(source, body string) *expression.Scope {
	return expression.NewScope(&expression.Request{
		Source: source, Provider: "stripe", Method: "POST", Path: "/",
		Header: http.Header{"X-Id": {"h1"}}, Body: []byte(body),
		ReceivedAt: time.Date(2026, 11, 21, 6, 35, 9, 0, time.UTC),
	})
}

func of(t *testing.T, c Config, body string) Result {
	t.Helper()
	i, err := Compile(c)
	if err != nil {
		t.Fatal(err)
	}
	return i.Of(newScope("a", body))
}

func TestOf(t *testing.T) {
	const body = `{"id":"evt_1","type":"invoice.paid","n":12,"f":1.5,"o":{"a":1},"l":["x",2]}`
	fallback := fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(body)))
	for name, c := range map[string]struct {
		config        Config
		id, kind, key string
	}{
		"nothing":        {Config{}, "", "", fallback},
		"off":            {Config{EventID: "body.id", Dedupe: Off}, "evt_1", "", ""},
		"strings":        {Config{EventID: "body.id", EventType: "body.type", Dedupe: "body.id"}, "evt_1", "invoice.paid", "evt_1"},
		"int":            {Config{EventID: "body.n", EventType: "body.n + 1", Dedupe: "body.n"}, "12", "13", "12"},
		"id and type":    {Config{EventID: "body.id", EventType: `id + "/" + body.type`, Dedupe: "[type, id]"}, "evt_1", "evt_1/invoice.paid", "[evt_1/invoice.paid, evt_1]"},
		"other kinds":    {Config{EventID: "body.f", EventType: "body.o", Dedupe: "[body.f, body.n > 1, body.l]"}, "", "", "[1.5, true, [x, 2]]"},
		"errors":         {Config{EventID: "body.x + 1", EventType: "body.x.y", Dedupe: "body.x + 1"}, "", "", fallback},
		"header":         {Config{Dedupe: `[header("X-Id"), digest]`}, "", "", "[h1, " + fallback[7:] + "]"},
		"absent header":  {Config{Dedupe: `[header("X-Absent"), digest]`}, "", "", fallback},
		"time":           {Config{Dedupe: "received_at"}, "", "", "2026-11-21T06:35:09Z"},
		"nil":            {Config{Dedupe: "body.x"}, "", "", fallback},
		"empty":          {Config{Dedupe: `""`}, "", "", fallback},
		"object":         {Config{Dedupe: "body.o"}, "", "", fallback},
		"bool":           {Config{Dedupe: "body.n == 12"}, "", "", fallback},
		"no number":      {Config{Dedupe: "0.0 / 0"}, "", "", fallback},
		"infinite":       {Config{Dedupe: "[body.id, body.n / 0]"}, "", "", fallback},
		"no elements":    {Config{Dedupe: "[]"}, "", "", fallback},
		"nil element":    {Config{Dedupe: "[body.id, body.x]"}, "", "", fallback},
		"empty element":  {Config{Dedupe: `[body.id, ""]`}, "", "", fallback},
		"object element": {Config{Dedupe: "[body.id, body]"}, "", "", fallback},
		"list without":   {Config{Dedupe: "[body.id, []]"}, "", "", fallback},
		"nil deep down":  {Config{Dedupe: "[body.id, [[body.x]]]"}, "", "", fallback},
	} {
		r := of(t, c.config, body)
		if r.EventID != c.id || r.Type != c.kind || r.DedupeKey != c.key || r.Key.IsZero() != (c.config.Dedupe == Off) {
			t.Errorf("%s: %+v; want %q, %q, %q", name, r, c.id, c.kind, c.key)
		}
	}
}

// Every value here is an identity of its own.
func TestKeysDiffer(t *testing.T) {
	seen := map[[32]byte]string{}
	see := func(key [32]byte, what string) {
		t.Helper()
		if other, ok := seen[key]; ok {
			t.Errorf("%s has the key of %s", what, other)
		}
		seen[key] = what
	}
	for _, text := range []string{
		`"a"`, `"b"`, `["a"]`, `[["a"]]`, `["a", "b"]`, `["ab"]`, `["a, b"]`, `"[a, b]"`, `["a", ["b"]]`, `[["a"], "b"]`, `[["a", "b"]]`,
		`["a\x00b"]`, `["a\x00", "b"]`, `["a", "\x00b"]`, `"a\nb"`,
		`1`, `"1"`, `1.0`, `[1]`, `["1"]`, `[true]`, `["true"]`, `[false]`, `256`, `[1, 256]`, `received_at`, `string(received_at)`,
		`9007199254740993`, `9007199254740992`, `body.big1`, `body.big2`, `digest`,
	} {
		r := of(t, Config{Dedupe: text}, `{"big1":9223372036854775808,"big2":9223372036854775809}`)
		if strings.HasPrefix(r.DedupeKey, "sha256:") {
			t.Errorf("%s fell back to the digest", text)
		}
		see(r.Key, text)
	}
	see(of(t, Config{}, `{"big1":9223372036854775808,"big2":9223372036854775809}`).Key, "the digest")
	see(of(t, Config{}, `{}`).Key, "another digest")
}

func TestSourcesDoNotShareKeys(t *testing.T) {
	for _, text := range []string{`"x"`, `body.none`} {
		i, err := Compile(Config{Dedupe: text})
		if err != nil {
			t.Fatal(err)
		}
		a, b, again := i.Of(newScope("a", "{}")), i.Of(newScope("b", "{}")), i.Of(newScope("a", "{}"))
		if a.Key == b.Key {
			t.Errorf("%s: two sources share a key", text)
		}
		if a != again {
			t.Errorf("%s: %+v and then %+v", text, a, again)
		}
	}
	// A source's name cannot run into the value.
	i, err := Compile(Config{Dedupe: "path"})
	if err != nil {
		t.Fatal(err)
	}
	one := i.Of(expression.NewScope(&expression.Request{Source: "a", Path: "bc"}))
	two := i.Of(expression.NewScope(&expression.Request{Source: "ab", Path: "c"}))
	if one.Key == two.Key {
		t.Error("the source's name runs into the value")
	}
}

// Marks are stored: a key must not change between versions.
func TestKeysAreStable(t *testing.T) {
	for text, want := range map[string]string{
		`["invoice.paid", 7, 1.5, true, received_at, ["x"]]`: "21c9dffd18530fd658f518a851624669d4a341ed60919ff641352b0c1b53fe07",
		`body.none`: "540c5cb9d36a83b1681b86a725619ad7bda5d0211cfbca924a1f5b3c290b8e54",
	} {
		if got := fmt.Sprintf("%x", of(t, Config{Dedupe: text}, "{}").Key); got != want {
			t.Errorf("%s: %s; want %s", text, got, want)
		}
	}
}

func TestLengthsAreBounded(t *testing.T) {
	long := strings.Repeat("é", maxText)
	config := Config{EventID: "body.id", EventType: "body.id", Dedupe: "id"}
	one := of(t, config, `{"id":"`+long+`1"}`)
	two := of(t, config, `{"id":"`+long+`2"}`)
	if one.Key == two.Key {
		t.Error("what is cut off must still count")
	}
	for _, text := range []string{one.EventID, one.Type, one.DedupeKey} {
		if len(text) > maxText || len(text) < maxText-utf8.UTFMax || !utf8.ValidString(text) {
			t.Errorf("%d bytes, valid: %t", len(text), utf8.ValidString(text))
		}
	}

	huge := of(t, Config{Dedupe: "body.id"}, `{"id":"`+strings.Repeat("x", maxKey)+`"}`)
	if !strings.HasPrefix(huge.DedupeKey, "sha256:") {
		t.Error("a key of 64 KiB is no identity")
	}
	wide := of(t, Config{Dedupe: "[body, body, body, body]"}, `[`+strings.Repeat("1,", 40_000)+`1]`)
	if !strings.HasPrefix(wide.DedupeKey, "sha256:") {
		t.Error("a list of 40,000 elements is no identity")
	}
}

func TestTextIsValid(t *testing.T) {
	r := of(t, Config{EventID: "body.id", Dedupe: "body.id"}, "{\"id\":\"a\xffb\xc3\"}")
	if r.EventID != "a\ufffdb\ufffd" || r.DedupeKey != r.EventID {
		t.Errorf("%+q", r)
	}
	other := of(t, Config{EventID: "body.id", Dedupe: "body.id"}, "{\"id\":\"a\xfeb\xc3\"}")
	if r.Key == other.Key {
		t.Error("bytes that are shown alike must not be one key")
	}
}

func TestShown(t *testing.T) {
	pad := strings.Repeat("x", maxText-2)
	for in, want := range map[string]string{
		"":                          "",
		pad + "yz":                  pad + "yz",
		pad + "yzz":                 pad + "yz",
		pad + "é":                   pad + "é",
		pad + "€":                   pad,
		pad + "y€":                  pad + "y",
		pad[1:] + "😀":               pad[1:],
		pad + "\ufffd":              pad,
		pad[:maxText-3] + "\ufffd!": pad[:maxText-3] + "\ufffd",
		pad + "\xff\xff\xff":        pad,
	} {
		if got := shown(in); got != want {
			t.Errorf("%q: %q; want %q", in[max(0, len(in)-8):], got[max(0, len(got)-8):], want[max(0, len(want)-8):])
		}
	}
}

func TestCompileErrors(t *testing.T) {
	for want, c := range map[string]Config{
		"event_id: unknown name bod (1:1)\n | bod.id\n | ^":            {EventID: "bod.id"},
		"event_type: unexpected token EOF (1:6)\n | body +\n | .....^": {EventType: "body +"},
		"dedupe: unknown name of (1:1)\n | of\n | ^":                   {Dedupe: "of"},
	} {
		if _, err := Compile(c); err == nil || err.Error() != want {
			t.Errorf("%v; want %s", err, want)
		}
	}
}

func BenchmarkOf(b *testing.B) {
	i, err := Compile(Config{EventID: `header("X-Id")`, EventType: `"push"`, Dedupe: "[id, digest]"})
	if err != nil {
		b.Fatal(err)
	}
	body := strings.Repeat("x", 1024)
	b.ReportAllocs()
	for b.Loop() {
		if i.Of(newScope("a", body)).Key.IsZero() {
			b.Fatal("no key")
		}
	}
}

func TestOfPart(t *testing.T) {
	whole, other := sha256.Sum256([]byte("[1,1]")), sha256.Sum256([]byte("[1,2]"))
	part := func(config Config, body string, whole [sha256.Size]byte, n int) Result {
		t.Helper()
		i, err := Compile(config)
		if err != nil {
			t.Fatal(err)
		}
		return i.OfPart(newScope("a", body), whole, n)
	}
	known := Config{EventID: "body.id", Dedupe: "body.id"}
	if a, b := part(known, `{"id":"e"}`, whole, 1), part(known, `{"id":"e","x":1}`, other, 7); a != b || a.DedupeKey != "e" || a.Key != of(t, known, `{"id":"e"}`).Key {
		t.Errorf("one ID in two places: %+v and %+v", a, b)
	}
	for _, c := range []Config{{}, known, {Dedupe: "body.x + 1"}} {
		first := part(c, "1", whole, 1)
		if want := fmt.Sprintf("sha256:%x 1", whole); first.DedupeKey != want || first != part(c, "1", whole, 1) {
			t.Errorf("%+v: %+v, want %s, twice", c, first, want)
		}
		for name, r := range map[string]Result{
			"its equal in another place": part(c, "1", whole, 2), "its equal in another request": part(c, "1", other, 1), "the same as a request": of(t, c, "1"), "the whole": of(t, c, "[1,1]"),
		} {
			if r.Key == first.Key {
				t.Errorf("%+v: %s has its key", c, name)
			}
		}
	}
	if r := part(Config{Dedupe: Off}, "1", whole, 1); !r.Key.IsZero() || r.DedupeKey != "" {
		t.Errorf("off: %+v", r)
	}
}

func TestConstant(t *testing.T) {
	for want, configs := range map[string][]Config{
		"":         {{}, {Dedupe: Off}, {Dedupe: "body.id"}, {Dedupe: `[source, header("X-Id")]`}, {Dedupe: "id"}, {EventType: "'document'"}},
		"event_id": {{EventID: "'body.id'"}, {EventID: "source", Dedupe: "[id]"}},
		"dedupe":   {{Dedupe: "'body.id'"}, {Dedupe: "[provider, 1]", EventID: "body.id"}},
	} {
		for _, c := range configs {
			if i, err := Compile(c); err != nil || i.Constant() != want {
				t.Errorf("%+v: %v, want %q", c, err, want)
			}
		}
	}
}

func TestTellsPartsApart(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   bool
	}{
		{Config{}, true},
		{Config{Dedupe: Off}, true},
		{Config{Dedupe: "body.id"}, true},
		{Config{Dedupe: `[header("X-Id"), digest]`}, true},
		{Config{Dedupe: "id"}, true}, // "", so each has its place
		{Config{Dedupe: "id", EventID: "body.id"}, true},
		{Config{Dedupe: "type", EventType: `id + "x"`, EventID: "digest"}, true},
		{Config{Dedupe: `header("X-Id")`}, false},
		{Config{Dedupe: `"x"`}, false},
		{Config{Dedupe: `[received_at, path, size]`}, false},
		{Config{Dedupe: "id", EventID: `header("X-Id")`}, false},
		{Config{Dedupe: "[type]", EventType: `id + "x"`, EventID: `query("id")`}, false},
		{Config{Dedupe: `header("X-Id")`, EventID: "body.id"}, false},
	} {
		i, err := Compile(c.config)
		if err != nil {
			t.Fatal(err)
		}
		if got := i.TellsPartsApart(); got != c.want {
			t.Errorf("%+v: %t, want %t", c.config, got, c.want)
		}
	}
}
