package verifier

import (
	"net/http"
	"strings"
	"testing"
)

func TestTemplates(t *testing.T) {
	m := &message{
		timestamp: "17",
		id:        "id",
		request: &Request{
			Method: "POST", Scheme: "https", Host: "h.example", URI: "/p/a%20th?b=c%20d&b=e",
			Header: http.Header{"X-Kind": {"k", "other"}}, Body: []byte("body"),
		},
	}
	tests := []struct{ template, want string }{
		{"{body}", "body"},
		{"v0:{timestamp}:{body}", "v0:17:body"},
		{"{id}.{timestamp}.{body}", "id.17.body"},
		{"{body}{body}", "bodybody"},
		{"{url}{body}", "https://h.example/p/a%20th?b=c%20d&b=ebody"},
		{"{method} {uri}\n{path} {host}", "POST /p/a%20th?b=c%20d&b=e\n/p/a%20th h.example"},
		{"{header.x-kind}|{query.b}|{header.X-Absent}|{query.absent}", "k|c d||"},
		{"{http.request.method}{http.request.uri}{http.request.uri.path}{http.request.host}", "POST/p/a%20th?b=c%20d&b=e/p/a%20thh.example"},
		{"{http.request.header.X-Kind}{http.request.uri.query.b}", "kc d"},
	}
	for _, tt := range tests {
		parsed, err := parseTemplate(tt.template)
		if err != nil {
			t.Errorf("%s: %v", tt.template, err)
			continue
		}
		if got := string(parsed.content(m)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.template, got, tt.want)
		}
	}
	for _, bad := range []string{"{", "}", "{body", "body}", "{}", "{{body}}", "{Body}", "{header.}", "{header.a b}", "{query.}", "{env.X}", "{http.request.remote}", strings.Repeat("x", maxTemplate+1)} {
		if _, err := parseTemplate(bad); err == nil {
			t.Errorf("%.20q parses", bad)
		}
	}
}

func TestAfterID(t *testing.T) {
	for text, want := range map[string]string{"{id}.{body}": ".", "{id}{body}": "", "{body}.{id}": "", "{body}": ""} {
		parsed, err := parseTemplate(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := parsed.afterID(); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
