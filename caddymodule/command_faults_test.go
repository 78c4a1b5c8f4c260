package caddymodule

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/caddyconfig"

	"github.com/gatepost/gatepost/dedupe"
	"github.com/gatepost/gatepost/verifier"
)

// One server has a source of each provider, configured as the documentation shows. What `send` makes
// for it is accepted once, and each of the deliberate faults is found, or refused by the command.
func TestSendEveryProvider(t *testing.T) {
	cases := map[string]sendCase{}
	routes := []any{}
	for _, name := range verifier.Names() {
		p, _ := verifier.Lookup(name)
		c := sendCase{settings: p.Example, flags: []string{"--secret", secretText}, secret: secretText}
		switch {
		case signable(p) == nil:
			c = sendCaseOf(t, p)
		case needsSecret(p, p.Example):
			c.settings.Secrets = []string{"any:secret"}
		}
		cases[name] = c
		source := Source{Provider: name, Settings: c.settings, Routes: []*Route{{
			Name: "app", Handle: json.RawMessage(`{"handler":"static_response","status_code":204}`),
		}}}
		routes = append(routes, map[string]any{
			"match":  []any{map[string]any{"path": []string{"/" + name}}},
			"handle": []any{caddyconfig.JSONModuleObject(source, "handler", "webhooks", nil)},
		})
	}
	address := freeAddress(t)
	run(t, config(t, filepath.Join(t.TempDir(), "store"), address, func(_, source map[string]any) { source["source"] = "other" }, routes...))
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p, _ := verifier.Lookup(name)
			if signable(p) == nil {
				testSend(t, p, c, "http://"+address+"/"+name)
			} else {
				testSendUnsigned(t, p, c, "http://"+address+"/"+name)
			}
		})
	}
}

// sender runs the command against the address.
func sender(t *testing.T, name string, c sendCase, address string) func(more ...string) result {
	return func(more ...string) result {
		t.Helper()
		args := append([]string{"send", name, "--to", address + "?x=1"}, c.flags...)
		got := runCommand(t, append(args, more...)...)
		if c.secret != "" && strings.Contains(got.stdout+got.stderr, c.secret) {
			t.Errorf("the secret is in the output:\n%s%s", got.stdout, got.stderr)
		}
		return got
	}
}

func testSend(t *testing.T, p *verifier.Provider, c sendCase, address string) {
	t.Helper()
	covers := p.Covers(c.settings)
	send := sender(t, p.Name, c, address)

	results := decode[[]sent](t, send("--duplicate", "2", "--json").succeed(t))
	if len(results) != 3 {
		t.Fatalf("%d results, want 3", len(results))
	}
	for i, got := range results {
		want := sentAccepted
		if i > 0 && p.Identity.Dedupe != dedupe.Off {
			want = sentDuplicate
		}
		sameEvent := got.Event != "" && (got.Event == results[0].Event) == (want == sentDuplicate || i == 0)
		if got.Result != want || got.Status/100 != 2 || !sameEvent || got.Duplicate != (want == sentDuplicate) || got.Error != nil {
			t.Errorf("result %d is %+v, want %s", i, got, want)
		}
	}
	if again := decode[[]sent](t, send("--json").succeed(t)); again[0].Result != sentAccepted {
		t.Errorf("a second event is not another one: %+v", again)
	}

	refused := func(want string, faults ...string) {
		t.Helper()
		got := decode[[]sent](t, send(append(faults, "--json")...).fail(t, 1, "1 of 1"))[0]
		if p.BareRefusal {
			want = ""
		}
		if got.Result != sentRefused || got.Status != http.StatusUnauthorized || got.Error == nil || !strings.HasSuffix(got.Error.Code, want) {
			t.Errorf("%q: %+v %+v, want %s", faults, got, got.Error, want)
		}
	}
	if c.settings.Insecure {
		send("--no-signature").fail(t, 2, "--no-signature")
		send("--wrong-secret").fail(t, 2, "--wrong-secret")
	} else {
		refused("", "--no-signature")
		refused("_mismatch", "--wrong-secret")
	}
	if covers.Body || len(covers.Fields) > 0 {
		refused("_mismatch", "--tamper")
	} else {
		send("--tamper").fail(t, 2, "--tamper", p.Name)
	}
	if !covers.Timestamp {
		send("--skew", "10m").fail(t, 2, "--skew", p.Name, "signs no timestamp")
		return
	}
	tolerance := verifier.DefaultTolerance
	set(&tolerance, p.Scheme.Tolerance)
	tooMuch := 2*tolerance + 10*time.Minute
	refused("timestamp_too_old", "--skew", tooMuch.String())
	refused("timestamp_in_future", "--skew", "-"+tooMuch.String())
	send("--skew", (tolerance / 2).String()).succeed(t)
}

// A provider for which nobody else can sign: the command says what to do instead.
func testSendUnsigned(t *testing.T, p *verifier.Provider, c sendCase, address string) {
	t.Helper()
	send := sender(t, p.Name, c, address)
	if why := signable(p).Error(); !strings.Contains(why, ": ") {
		t.Errorf("%q does not say how to get a signed one", why)
	}
	send().fail(t, 2, signable(p).Error(), "provider hmac", "--data")
	runCommand(t, "send", p.Name, "--generate-key").fail(t, 2, "--generate-key", p.Name)
	if got := decode[[]sent](t, send("--no-signature", "--json").fail(t, 1)); got[0].Status != http.StatusUnauthorized {
		t.Errorf("unsigned: %+v", got[0])
	}
}
