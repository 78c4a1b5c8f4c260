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
		{"stripe", "Stripe", "hmac-sha256", "secret", "signed", "body.id"},
		{"syncai", "SyncAI", "hmac-sha256", "secret", "-", "-"},
		{"github", "GitHub", "hmac-sha256", "secret", "-", "X-Github-Delivery"},
		{"basic", "HTTP", "basic", "authentication", "basic", "secret", "-", "-"},
		{"discord", "Discord", "(webhook", "events", "and", "interactions)", "ed25519", "public", "key", "signed", "body.id"},
		{"aws_sns", "Amazon", "SNS", "certificate-rsa", "topic_arn", "signed", "body.MessageId"},
		{"hmac", "Any", "HMAC", "signature", "hmac-sha256", "secret,", "signature", "if", "configured", "if", "configured"},
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

func TestEveryOptionIsExplained(t *testing.T) {
	for _, name := range verifier.Names() {
		p, _ := verifier.Lookup(name)
		info := describe(p)
		if got := len(info.options()); got != len(p.Open) {
			t.Errorf("%s: %d options explained of %q", name, got, p.Open)
		}
		var said []string
		for _, o := range info.options() {
			if strings.Contains(o.value, "needed") {
				said = append(said, o.name)
			}
		}
		if len(p.Required) > 0 && len(said) == 0 {
			t.Errorf("%s: nothing says that it needs %q", name, p.Required)
		}
		for _, o := range append(slices.Clone(info.Configure), info.Needed...) {
			if o != sharedSecret && strings.Contains(info.Caddyfile, o) == slices.Contains([]string{publicKey, credentials}, o) {
				t.Errorf("%s: %s and the example disagree:\n%s", name, o, info.Caddyfile)
			}
		}
	}
}

func TestKindsOfSecrets(t *testing.T) {
	for name, want := range map[string][]string{
		"stripe":            {"shared", "secret {env.STRIPE_SECRET}"},
		"standard_webhooks": {"shared", "secret {env.STANDARD_WEBHOOKS_SECRET}"},
		"discord":           {"public key", "secret {env.DISCORD_PUBLIC_KEY}"},
		"plaid":             {"credentials", "secret {env.PLAID_SECRET}"},
		"basic":             {"shared", "secret {env.BASIC_SECRET} # user:password"},
		"aws_sns":           {"none", "topic_arn "},
		"none":              {"none", "insecure"},
	} {
		p, _ := verifier.Lookup(name)
		if info := describe(p); info.Secret != want[0] || !strings.Contains(info.Caddyfile, "\t"+want[1]) {
			t.Errorf("%s: %s, want %q:\n%s", name, info.Secret, want, info.Caddyfile)
		}
	}
}

func TestWhereTheProofIs(t *testing.T) {
	for _, c := range []struct {
		provider string
		settings verifier.Settings
		want     string
	}{
		{"stripe", verifier.Settings{}, "signature of {timestamp}.{body} in Stripe-Signature"},
		{"docurift", verifier.Settings{Signature: &verifier.Signature{Header: []string{"X-A"}, Signed: "{body}"}}, "signature of {body} in X-A"},
		{"token", verifier.Settings{Header: "X-A"}, "the secret itself in X-A"},
		{"token", verifier.Settings{Bearer: true}, "the secret itself in Authorization"},
		{"token", verifier.Settings{Query: "key"}, "the secret itself in the query parameter key"},
		{"token", verifier.Settings{Field: "key"}, "the secret itself in the field key of the body"},
		{"none", verifier.Settings{}, "nothing"},
	} {
		p, _ := verifier.Lookup(c.provider)
		if got := proof(p, c.settings); got != c.want {
			t.Errorf("%s %+v: %q, want %q", c.provider, c.settings, got, c.want)
		}
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
		"adyen":             {"rest of the body", "URL", "method", "other headers"},
		"twilio":            {"method", "other headers"}, // its dedupe key is the signature
	} {
		p, _ := verifier.Lookup(name)
		if got := describe(p).NotCovered; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// What to do at the sender is a step of the page.
func TestSetupAtTheSender(t *testing.T) {
	text := runCommand(t, "providers", "square").succeed(t).stdout
	if !strings.Contains(text, "\n3. At Square: Developer Console, ") {
		t.Errorf("no such step in:\n%s", text)
	}
}
