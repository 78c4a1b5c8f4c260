package verifier

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestJSONField(t *testing.T) {
	tests := []struct {
		body, want string
		ok         bool
	}{
		{`{"sent":1790000000000}`, "1790000000000", true},
		{` { "a" : [1,{"sent":2}] , "sent" : "x\"y" , "b":{"sent":3} } `, `"x\"y"`, true},
		{`{"a":"sent","sent":{"b":[1,"]"]},"c":1}`, `{"b":[1,"]"]}`, true},
		{`{"sent":[{"a":"}"}]}`, `[{"a":"}"}]`, true},
		{`{"sent":null}`, "null", true},
		{`{"sent":-1.5e3}`, "-1.5e3", true},
		{`{"sent":1,"sent":2}`, "", false},
		{`{"a":{"sent":1}}`, "", false},
		{`{"a":"\"sent\":1"}`, "", false},
		{`{"Sent":1}`, "", false},
		{`[{"sent":1}]`, "", false},
		{`["sent",1]`, "", false},
		{`"sent"`, "", false},
		{`{"sent":1`, "", false},
		{`{"sent":1} x`, "", false},
		{``, "", false},
	}
	for _, tt := range tests {
		got, ok := jsonField([]byte(tt.body), "sent")
		if got != tt.want || ok != tt.ok {
			t.Errorf("%s: %q %v, want %q %v", tt.body, got, ok, tt.want, tt.ok)
		}
	}
}

func TestSetField(t *testing.T) {
	tests := []struct{ body, want string }{
		{`{"a":1,"sent":2,"b":3}`, `{"a":1,"sent":7,"b":3}`},
		{`{"a":1}`, `{"sent":7,"a":1}`},
		{` { } `, ` {"sent":7 } `},
		{`[]`, ""},
		{`{"a":`, ""},
		{``, ""},
	}
	for _, tt := range tests {
		got, err := setField([]byte(tt.body), "sent", "7")
		if string(got) != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s: %s, %v, want %s", tt.body, got, err, tt.want)
		}
	}
}

// Whatever the standard library finds under a key that occurs once, we find too. In what is no JSON
// we may find anything, without a panic.
func FuzzJSONField(f *testing.F) {
	for _, s := range []string{`{"k":1}`, `{"a":{"k":[2]},"k":"\\\""}`, `{"k":{},"b":"k"}`, `["k"]`, `{"\u006b":1}`, `{"k":`, `{"k`, `{"k":"\`, `{"k"}`, `{"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if start, end, _ := findField(body, "k"); start > end {
			t.Errorf("%q: from %d to %d", body, start, end)
		}
		got, ok := jsonField(body, "k")
		if !ok {
			return
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal(body, &object); err != nil {
			t.Fatalf("found in what is no object: %v", err)
		}
		if bytes.IndexByte(body, '\\') >= 0 {
			return // the library reads a key that is written with escapes, too
		}
		if want := string(object["k"]); got != want {
			t.Errorf("%q, the library has %q", got, want)
		}
	})
}
