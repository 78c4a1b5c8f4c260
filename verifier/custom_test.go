package verifier

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCustomScheme(t *testing.T) {
	var made Settings
	p := Provider{Name: "own", Scheme: Scheme{
		Kind: Custom, Tolerance: time.Minute,
		Custom: &CustomScheme{
			Name: "own", Covers: Covers{Body: true, Timestamp: true}, SecretHeaders: []string{"X-Key"},
			New: func(s Settings) (Verifier, error) { made = s; return insecureVerifier{}, nil },
			CheckSecret: func(secret string) error {
				if secret != "fit" {
					return errors.New("is not fit")
				}
				return nil
			},
		},
	}, Open: []string{"webhook_id"}, Required: []string{"webhook_id"}, Gap: "it is signed"}

	valid := Settings{Secrets: []string{"fit"}, WebhookID: "1"}
	if _, err := p.New(valid); err != nil || made.Tolerance != time.Minute {
		t.Errorf("%v, tolerance %v", err, made.Tolerance)
	}
	if !p.Covers(valid).Timestamp || !slices.Equal(p.SecretHeaders(valid), []string{"X-Key"}) {
		t.Error("what is covered or secret is lost")
	}
	tests := []struct {
		settings Settings
		want     string
	}{
		{Settings{WebhookID: "1"}, "secret is missing"},
		{Settings{Secrets: []string{" "}, WebhookID: "1"}, "is empty"},
		{Settings{Secrets: []string{"whsec_"}, WebhookID: "1"}, "is empty"},
		{Settings{Secrets: []string{"unfit"}, WebhookID: "1"}, "is not fit"},
		{Settings{Secrets: []string{"fit"}}, "webhook_id is missing: it is signed; add `webhook_id <id>`"},
		{Settings{Secrets: []string{"fit"}, WebhookID: "1", Topics: []string{"x"}}, "topics: not an option of own"},
	}
	for _, tt := range tests {
		if err := p.Check(tt.settings); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %q", tt.settings, err, tt.want)
		}
	}

	p.Scheme.Custom.Keyless = true
	if err := p.Check(Settings{WebhookID: "1"}); err != nil {
		t.Errorf("keyless: %v", err)
	}
	if err := p.Check(valid); err == nil || !strings.Contains(err.Error(), "shares none") {
		t.Errorf("keyless with a secret: %v", err)
	}
}

func TestHandshakeFor(t *testing.T) {
	p := Provider{Handshake: &Handshake{Summary: "x", Bind: func(s Settings) func(*Request) *Answer {
		return func(*Request) *Answer { return Text(200, s.VerifyToken) }
	}}}
	a, b := p.HandshakeFor(Settings{VerifyToken: "a"}), p.HandshakeFor(Settings{VerifyToken: "b"})
	if got := string(a.Answer(nil).Body) + string(b.Answer(nil).Body); got != "ab" || p.Handshake.Answer != nil {
		t.Errorf("%q", got)
	}
	if (&Provider{}).HandshakeFor(Settings{}) != nil {
		t.Error("a handshake out of nowhere")
	}
}

func TestURLs(t *testing.T) {
	tests := []struct{ scheme, host, public, want string }{
		{"https", "h.example", "", "https://h.example/in?a=1 https://h.example:443/in?a=1"},
		{"https", "h.example:443", "", "https://h.example:443/in?a=1 https://h.example/in?a=1"},
		{"http", "h.example", "", "http://h.example/in?a=1 http://h.example:80/in?a=1"},
		{"https", "h.example:8443", "", "https://h.example:8443/in?a=1"},
		{"https", "[::1]", "", "https://[::1]/in?a=1 https://[::1]:443/in?a=1"},
		{"http", "x", "https://h.example/hook", "https://h.example/hook?a=1 https://h.example:443/hook?a=1"},
	}
	for _, tt := range tests {
		r := &Request{Scheme: tt.scheme, Host: tt.host, URI: "/in?a=1", PublicURL: tt.public}
		if got := strings.Join(r.URLs(), " "); got != tt.want {
			t.Errorf("%s %s %s: %s, want %s", tt.scheme, tt.host, tt.public, got, tt.want)
		}
	}
}

func TestStrictDecoding(t *testing.T) {
	if b, ok := DecodeHex("00fF", 2); !ok || string(b) != "\x00\xff" {
		t.Error("hex")
	}
	for _, bad := range []string{"", "00f", "00fff", "00fg"} {
		if _, ok := DecodeHex(bad, 2); ok {
			t.Errorf("hex %q", bad)
		}
	}
	for _, good := range []string{"-_8=", "-_8"} {
		if b, ok := DecodeBase64URL(good); !ok || string(b) != "\xfb\xff" {
			t.Errorf("base64url %q", good)
		}
	}
	for _, bad := range []string{"-_9=", "-_9", "-_8\n", "+/8", "-_8=="} {
		if _, ok := DecodeBase64URL(bad); ok {
			t.Errorf("base64url %q", bad)
		}
	}
	for text, want := range map[string]bool{"+/8=": true, "+/8": false, "+/9=": false, "+/8=\n": false} {
		if _, ok := DecodeBase64(text); ok != want {
			t.Errorf("base64 %q: %v", text, ok)
		}
	}
}

func TestHeaderValue(t *testing.T) {
	h := http.Header{"X-One": {"1"}, "X-Two": {"1", "2"}, "X-Long": {strings.Repeat("x", maxHeader+1)}, "X-Empty": {""}}
	for name, want := range map[string]Code{"x-one": "", "x-two": SignatureMalformed, "x-long": SignatureMalformed, "x-empty": SignatureMissing, "x-none": SignatureMissing} {
		if _, err := HeaderValue(h, name); codeOf(err) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestJSONAnswer(t *testing.T) {
	if got := string(JSON("a", "1", "b", `"</`).Body); got != `{"a":"1","b":"\"\u003c/"}` {
		t.Error(got)
	}
}
