package caddymodule

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

const (
	verifySecret = "whsec_c2VjcmV0LW9mLXRoZS10ZXN0LWZvci12ZXJpZnk="
	verifyAt     = "2026-11-21T09:30:00Z"
)

// capture is the provider's sample, signed at verifyAt, in the form that the command reads.
func capture(t *testing.T, provider string, change func(r *verifier.Request)) string {
	t.Helper()
	p, ok := verifier.Lookup(provider)
	if !ok {
		t.Fatalf("no provider %s", provider)
	}
	v, err := p.New(verifier.Settings{Secrets: []string{verifySecret}})
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse(time.RFC3339, verifyAt)
	if err != nil {
		t.Fatal(err)
	}
	sample := p.Sample("", "id1", at)
	r := &verifier.Request{Method: "POST", Scheme: "https", Host: "hooks.example.com", URI: "/in", Header: sample.Header, Body: sample.Body}
	if err := v.Sign(r, "id1", at); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", r.Method, r.URI, r.Host)
	for name, values := range r.Header {
		for _, value := range values {
			fmt.Fprintf(&b, "%s: %s\r\n", name, value)
		}
	}
	fmt.Fprintf(&b, "\r\n%s", r.Body)
	return b.String()
}

func TestVerifyCommand(t *testing.T) {
	tests := []struct {
		name, provider string
		change         func(r *verifier.Request)
		flags          []string
		want           []verifier.FindingCode // none: it verifies
	}{
		{"github", "github", nil, nil, nil},
		{"stripe", "stripe", nil, nil, nil},
		{"slack", "slack", nil, nil, nil},
		{"standard webhooks", "standard_webhooks", nil, nil, nil},
		{"shopify", "shopify", nil, nil, nil},
		{"docintell", "docintell", nil, nil, nil},
		{"line break", "github", func(r *verifier.Request) { r.Body = append(r.Body, '\n') }, nil, []verifier.FindingCode{verifier.BodyNewline}},
		{"quotes", "stripe", nil, []string{"--secret", `"` + verifySecret + `"`}, []verifier.FindingCode{verifier.SecretQuotes}},
		{"old", "slack", nil, []string{"--at", "2026-11-21T09:42:00Z"}, []verifier.FindingCode{verifier.TooOld}},
		{"early", "slack", nil, []string{"--at", "2026-11-21T09:20:00Z"}, []verifier.FindingCode{verifier.InFuture}},
		{"other secret", "shopify", nil, []string{"--secret", "another"}, []verifier.FindingCode{verifier.SecretOrBody}},
		{"unusable secret", "standard_webhooks", nil, []string{"--secret", verifySecret + " "}, []verifier.FindingCode{verifier.SecretWhiteSpace}},
		{"underscores", "docintell", func(r *verifier.Request) {
			r.Header["X_DocIntell_Signature"] = r.Header["X-Docintell-Signature"]
			r.Header.Del("X-DocIntell-Signature")
		}, nil, []verifier.FindingCode{verifier.HeaderUnderscore}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := capture(t, tt.provider, tt.change)
			file := filepath.Join(t.TempDir(), "request")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			status := min(len(tt.want), 1)
			args := append([]string{"verify", tt.provider, "--secret", verifySecret, "--at", verifyAt}, tt.flags...)
			fromFile := runCommand(t, append(args, "--request", file, "--json")...).fail(t, status)
			fromStdin := runCommandWith(t, text, append(args, "--request", "-", "--json")...).fail(t, status)
			if fromFile.stdout != fromStdin.stdout {
				t.Errorf("standard input is another request:\n%s\n%s", fromFile.stdout, fromStdin.stdout)
			}
			got := decode[verdict](t, fromFile)
			var codes []verifier.FindingCode
			for _, f := range got.Findings {
				codes = append(codes, f.Code)
			}
			if got.Verified != (status == 0) || !slices.Equal(codes, tt.want) || got.Findings == nil {
				t.Errorf("%+v, want findings %q", got, tt.want)
			}
			forPeople := runCommand(t, append(args, "--request", file)...).fail(t, status)
			for _, code := range tt.want {
				if !strings.Contains(forPeople.stdout, "\n"+string(code)+" (") {
					t.Errorf("%s is not in:\n%s", code, forPeople.stdout)
				}
			}
			if all := fromFile.stdout + fromFile.stderr + forPeople.stdout + forPeople.stderr; strings.Contains(all, verifySecret) {
				t.Errorf("the secret is in the output:\n%s", all)
			}
		})
	}
}

func TestVerifyCommandBadUsage(t *testing.T) {
	good := capture(t, "github", nil)
	with := func(args ...string) []string { return append([]string{"github"}, args...) }
	for _, tt := range []struct {
		name, stdin string
		args        []string
		want        string
	}{
		{"unknown provider", good, []string{"gihtub", "--secret", "s", "--request", "-"}, "did you mean github"},
		{"no request", good, with("--secret", "s"), "--request is missing"},
		{"no secret", good, with("--request", "-"), "--secret is missing"},
		{"no such file", good, with("--secret", "s", "--request", "/nonexistent/request"), "no such file"},
		{"bad time", good, with("--secret", "s", "--request", "-", "--at", "noon"), `"noon" is not a time`},
		{"empty", "", with("--secret", "s", "--request", "-"), "no empty line"},
		{"headers alone", "X-A: 1\n", with("--secret", "s", "--request", "-"), "no empty line"},
		{"body alone", "\n{}", with("--secret", "s", "--request", "-"), "no headers"},
		{"not a header", "X-A: 1\nsecret text\n\n", with("--secret", "s", "--request", "-"), "line 2 is not a header"},
		{"folded header", "X-A: 1\n more\n\n", with("--secret", "s", "--request", "-"), "line 2 is not a header"},
		{"bad target", "POST nowhere HTTP/1.1\nX-A: 1\n\n", with("--secret", "s", "--request", "-"), "line 1 is not a request line"},
		{"secret of the wrong form", good, []string{"standard_webhooks", "--secret", "!", "--request", "-"}, "base64"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := runCommandWith(t, tt.stdin, append([]string{"verify"}, tt.args...)...).fail(t, 2, tt.want)
			if strings.Contains(r.stderr, "secret text") {
				t.Errorf("the error repeats the request: %s", r.stderr)
			}
		})
	}
}

func TestParseCapture(t *testing.T) {
	for name, tt := range map[string]struct{ text, method, url, body string }{
		"request line":       {"PUT /in?x=1 HTTP/2\nHost: a.example\n\nx\n", "PUT", "https://a.example/in?x=1", "x\n"},
		"no request line":    {"Host: a.example\r\n\r\nx\r\n\r\ny", "POST", "https://a.example/", "x\r\n\r\ny"},
		"whole address":      {"POST http://b.example/in HTTP/1.1\nX-A: 1\n\n", "POST", "http://b.example/in", ""},
		"body like a header": {"Host: a.example\n\nX-A: 1\n", "POST", "https://a.example/", "X-A: 1\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := parseCapture([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if r.Method != tt.method || r.URL() != tt.url || string(r.Body) != tt.body || r.Header.Get("Host") != "" {
				t.Errorf("%s %s %q %v", r.Method, r.URL(), r.Body, r.Header)
			}
		})
	}
}
