package verifier

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestRegister(t *testing.T) {
	for _, bad := range []string{"", "hmac", "_x", "Stripe", "a-b", "a b"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q is registered", bad)
				}
			}()
			Register(Provider{Name: bad})
		}()
	}
	p, ok := Lookup("hmac")
	if !ok || !slices.Equal(p.Methods, []string{"POST"}) || p.Ack.Status != 200 {
		t.Errorf("defaults: %v %+v", p.Methods, p.Ack)
	}
	if names := Names(); !slices.IsSorted(names) {
		t.Errorf("names are not sorted: %v", names)
	}
}

func TestNearest(t *testing.T) {
	tests := map[string]string{"hmca": "hmac", "tokn": "token", "Basic": "basic", "hma": "hmac", "zzzzzz": "", "": "", strings.Repeat("x", 1000): ""}
	for given, want := range tests {
		got := Nearest(given)
		if want == "" && len(got) != 0 || want != "" && (len(got) == 0 || got[0] != want) {
			t.Errorf("%.10s: %v, want %q", given, got, want)
		}
	}
}

func TestEchoField(t *testing.T) {
	answer := EchoField("type", "verify", "challenge")
	long := strings.Repeat("c", maxEcho)
	tests := []struct{ body, want string }{
		{`{"type":"verify","challenge":"abc"}`, "abc"},
		{`{"challenge":"<script>","type":"verify"}`, "<script>"},
		{`{"type":"verify","challenge":"` + long + `"}`, long},
		{`{"type":"verify","challenge":"` + long + `x"}`, ""},
		{`{"type":"verify","challenge":""}`, ""},
		{`{"type":"verify","challenge":1}`, ""},
		{`{"type":"verify"}`, ""},
		{`{"Type":"verify","challenge":"abc"}`, ""},
		{`{"type":"event","challenge":"verify"}`, ""},
		{`{"type":["verify"],"challenge":"abc"}`, ""},
		{`["verify"]`, ""},
		{`verify`, ""},
		{``, ""},
		{`{"type":"verify","challenge":"abc","pad":"` + strings.Repeat(" ", maxEchoedRequest) + `"}`, ""},
	}
	for _, tt := range tests {
		a := answer(&Request{Body: []byte(tt.body)})
		if tt.want == "" && a != nil || tt.want != "" && (a == nil || string(a.Body) != tt.want) {
			t.Errorf("%.60s: %+v", tt.body, a)
		}
	}
}

func TestSampleWithoutSamples(t *testing.T) {
	e := (&Provider{}).Sample("x", "id", time.Time{})
	if e.Type != "x" || len(e.Body) != 0 || e.Header == nil {
		t.Errorf("%+v", e)
	}
}
