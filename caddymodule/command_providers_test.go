package caddymodule

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/gatepost/gatepost/verifier"
)

func TestProvidersTable(t *testing.T) {
	r := runCommand(t, "providers").succeed(t)
	for _, name := range verifier.Names() {
		if !strings.Contains(r.stdout, "\n"+name+" ") {
			t.Errorf("%s is not listed in:\n%s", name, r.stdout)
		}
	}
	for _, want := range [][]string{
		{"stripe", "Stripe", "hmac-sha256", "signed", "body.id"},
		{"syncai", "SyncAI", "hmac-sha256", "-", "-"},
		{"github", "GitHub", "hmac-sha256", "-", "X-Github-Delivery"},
		{"basic", "HTTP", "basic", "authentication", "basic", "-", "-"},
		{"hmac", "Any", "HMAC", "signature", "hmac-sha256", "if", "configured", "if", "configured"},
	} {
		if !slices.ContainsFunc(lines(r), func(l string) bool { return slices.Equal(strings.Fields(l), want) }) {
			t.Errorf("no line %q in:\n%s", want, r.stdout)
		}
	}
	if all := decode[[]providerInfo](t, runCommand(t, "providers", "--json").succeed(t)); len(all) != len(verifier.Names()) {
		t.Errorf("%d providers in JSON", len(all))
	}
}

func TestEveryProviderIsDescribed(t *testing.T) {
	for _, name := range verifier.Names() {
		t.Run(name, func(t *testing.T) {
			p, _ := verifier.Lookup(name)
			text := runCommand(t, "providers", name).succeed(t).stdout
			want := append([]string{p.Title, p.Identity.EventID, p.Identity.EventType, p.Identity.Dedupe, p.Gap}, p.Notes...)
			for _, f := range p.Facts {
				want = append(want, f.Text, f.Source, string(f.Confidence))
			}
			for _, s := range p.Samples {
				want = append(want, s.Type)
			}
			if p.Handshake != nil {
				want = append(want, p.Handshake.Summary)
			}
			for _, w := range want {
				if !strings.Contains(text, w) {
					t.Errorf("does not tell %q:\n%s", w, text)
				}
			}
			info := decode[providerInfo](t, runCommand(t, "providers", name, "--json").succeed(t))
			if info.Name != name || len(info.Facts) != len(p.Facts) {
				t.Errorf("JSON has %+v", info)
			}
		})
	}
}

// What `providers` tells the user to write must work as it stands.
func TestExamplesOfProvidersAdapt(t *testing.T) {
	for _, name := range verifier.Names() {
		t.Run(name, func(t *testing.T) {
			p, _ := verifier.Lookup(name)
			info := describe(p)
			for _, text := range []string{info.Caddyfile, info.LogFilter} {
				if formatted := caddyfile.Format([]byte(text)); !bytes.Equal(bytes.TrimSpace(formatted), []byte(strings.TrimSpace(text))) {
					t.Errorf("not formatted:\n%s", text)
				}
			}
			site := string(caddyfile.Format([]byte("http://localhost:8080 {\n" + info.LogFilter + info.Caddyfile + "}\n")))
			if adapted := adapt(t, site); !strings.Contains(adapted, `"provider": "`+name+`"`) {
				t.Errorf("%s\nadapts to:\n%s", site, adapted)
			}
		})
	}
}

func TestSecretsStayOutOfAccessLogs(t *testing.T) {
	for name, want := range map[string]string{
		"gitlab":      "request>headers>X-Gitlab-Token delete",
		"contractfit": "request>headers>Authorization delete",
		"basic":       "request>headers>Authorization delete",
		"token":       "request>headers>X-Token delete",
		"stripe":      "",
	} {
		p, _ := verifier.Lookup(name)
		if got := describe(p).LogFilter; want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	p, _ := verifier.Lookup("token")
	if got := logFilter(p, verifier.Settings{Query: "key"}); !strings.Contains(got, "request>uri query {\n\t\t\tdelete key\n") {
		t.Errorf("for a token in the query: %q", got)
	}
}

func TestNotCovered(t *testing.T) {
	for name, want := range map[string][]string{
		"github":            {"header X-Github-Delivery", "header X-Github-Event", "URL", "method", "other headers"},
		"standard_webhooks": {"URL", "method", "other headers"},
		"basic":             {"body", "URL", "method", "other headers"},
	} {
		p, _ := verifier.Lookup(name)
		if got := describe(p).NotCovered; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
