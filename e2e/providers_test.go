package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/replay"
	"github.com/gatepost/gatepost/verifier"
)

// Secrets in the forms that providers ask for.
const (
	standardSecret = "whsec_YSBzZWNyZXQgb2YgdGhlIGVuZC10by1lbmQgdGVzdHM="
	otherSecret    = "whsec_YW5vdGhlciBzZWNyZXQgb2YgdGhlc2UgdGVzdHMhISE="
)

// configured is a provider as a user configures it.
type configured struct {
	provider string
	settings verifier.Settings // what is configured
	options  string            // the same, as the Caddyfile says it, besides the secret
	mismatch verifier.Code     // what a wrong secret is answered
	signsAge bool
}

// catalogue is every provider of the first release.
var catalogue = []configured{
	{provider: "syncai", mismatch: verifier.SignatureMismatch},
	{provider: "docextract", mismatch: verifier.SignatureMismatch},
	{provider: "contractfit", mismatch: verifier.TokenMismatch},
	{provider: "docintell", mismatch: verifier.SignatureMismatch},
	{
		provider: "standard_webhooks", mismatch: verifier.SignatureMismatch, signsAge: true,
		settings: verifier.Settings{Secrets: []string{standardSecret}},
	},
	{provider: "github", mismatch: verifier.SignatureMismatch},
	{provider: "stripe", mismatch: verifier.SignatureMismatch, signsAge: true},
	{provider: "slack", mismatch: verifier.SignatureMismatch, signsAge: true},
	{provider: "shopify", mismatch: verifier.SignatureMismatch},
	{provider: "gitlab", mismatch: verifier.TokenMismatch},
	{
		provider: "docurift", mismatch: verifier.SignatureMismatch, signsAge: true,
		settings: verifier.Settings{
			Signature:       &verifier.Signature{Header: []string{"X-DocuRift-Signature"}, Encoding: "hex", Signed: "{timestamp}.{body}"},
			TimestampHeader: "X-DocuRift-Timestamp", TimestampUnit: verifier.Unix,
			IDHeader: "X-DocuRift-Event-Id",
		},
		options: `
			signature {
				header X-DocuRift-Signature
				encoding hex
				signed {timestamp}.{body}
			}
			timestamp_header X-DocuRift-Timestamp unix
			id_header X-DocuRift-Event-Id`,
	},
}

func (c configured) secret() string {
	if len(c.settings.Secrets) > 0 {
		return c.settings.Secrets[0]
	}
	return secret
}

func (c configured) source() *source { return newSource("/"+c.provider, c.provider, c.settings) }

// forger signs like the provider, but not with the configured secret.
func (c configured) forger() *source {
	s := c.settings
	s.Secrets = []string{otherSecret}
	return newSource("/"+c.provider, c.provider, s)
}

func (c configured) directive(block string) string {
	return fmt.Sprintf("webhooks /%s %s {\n\tsecret `%s`\n%s\n%s\n}\n", c.provider, c.provider, c.secret(), c.options, block)
}

func TestProviders(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	var site strings.Builder
	for _, c := range catalogue {
		site.WriteString(c.directive("route app " + a.URL + "/" + c.provider))
	}
	g := start(t, config{site: site.String()})

	for _, c := range catalogue {
		t.Run(c.provider, func(t *testing.T) {
			g := g.in(t)
			now := time.Now()
			genuine := c.source().sampleAt("", "one", now)

			g.refuse(c.forger().sampleAt("", "one", now), http.StatusUnauthorized, string(c.mismatch))
			unsigned := genuine
			unsigned.Header = http.Header{"Content-Type": {"application/json"}}
			g.refuse(unsigned, http.StatusUnauthorized, string(verifier.SignatureMissing))
			if c.signsAge {
				g.refuse(c.source().sampleAt("", "one", now.Add(-time.Hour)), http.StatusUnauthorized, string(verifier.TimestampTooOld))
				g.refuse(c.source().sampleAt("", "one", now.Add(time.Hour)), http.StatusUnauthorized, string(verifier.TimestampInFuture))
				g.refuse(c.forger().sampleAt("", "one", now.Add(-time.Hour)), http.StatusUnauthorized, string(c.mismatch))
			}

			// None of that is remembered: the genuine one is new.
			id := g.accept(genuine)
			again := g.send(genuine)
			if again.Status/100 != 2 || !again.duplicate() || again.id() != id.String() {
				t.Errorf("the same once more: %v, want a duplicate of %s", again, id)
			}
			if other := g.accept(c.source().sampleAt("", "two", now)); other == id {
				t.Errorf("another event has the same ID %s", id)
			}

			eventually(t, "both are delivered", func() error {
				n := 0
				for _, r := range a.all() {
					if r.URI == "/"+c.provider {
						n++
					}
				}
				if n != 2 {
					return fmt.Errorf("%d arrived", n)
				}
				return nil
			})
			e := g.event(id)
			want := c.source().provider.Sample("", "one", now)
			if e.Type != want.Type || e.Provider != c.provider || e.Source != c.provider || e.Verification.Result != "verified" {
				t.Errorf("stored as %+v, want type %s", e, want.Type)
			}
		})
	}
}

// in is the installation on behalf of a subtest.
func (g *gatepost) in(t *testing.T) *gatepost {
	sub := *g
	sub.t = t
	return &sub
}

func TestSecretRotation(t *testing.T) {
	t.Parallel()
	g := start(t, config{site: "webhooks /stripe stripe {\n secret old new\n}\n"})
	for i, secret := range []string{"old", "new"} {
		s := newSource("/stripe", "stripe", verifier.Settings{Secrets: []string{secret}})
		id := g.accept(s.sample("invoice.paid", secret))
		if got := g.event(id).Verification.Secret; got != i {
			t.Errorf("%s: verified by secret %d, want %d", secret, got, i)
		}
	}
}

// Slack sets an address up by a request whose challenge must come back; it is no event.
func TestSlackChallenge(t *testing.T) {
	t.Parallel()
	g := start(t, config{site: "webhooks /slack slack {\n secret `" + secret + "`\n}\n"})
	slack := newSource("/slack", "slack", verifier.Settings{})
	challenge := slack.sample("url_verification", "the-challenge")

	got := g.send(challenge)
	if got.Status != http.StatusOK || got.Body != "the-challenge" || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/plain") {
		t.Errorf("answered %v", got)
	}
	forger := newSource("/slack", "slack", verifier.Settings{Secrets: []string{otherSecret}})
	g.refuse(forger.sample("url_verification", "x"), http.StatusUnauthorized, string(verifier.SignatureMismatch))
	if n := len(g.events(replay.EventFilter{})); n != 0 {
		t.Errorf("%d events are stored", n)
	}
}

// events lists stored events.
func (g *gatepost) events(f replay.EventFilter) []*replay.Event {
	g.t.Helper()
	var all []*replay.Event
	for e, err := range g.api.Events(g.t.Context(), f) {
		if err != nil {
			g.t.Fatalf("listing events: %v", err)
		}
		all = append(all, e)
	}
	return all
}

// deliveries lists deliveries.
func (g *gatepost) deliveries(f replay.DeliveryFilter) []*replay.Delivery {
	g.t.Helper()
	var all []*replay.Delivery
	for d, err := range g.api.Deliveries(g.t.Context(), f) {
		if err != nil {
			g.t.Fatalf("listing deliveries: %v", err)
		}
		all = append(all, d)
	}
	return all
}

// The generic schemes, as a user writes them.
func TestGenericSchemes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		provider, block string
		settings        verifier.Settings
	}{
		{
			provider: "hmac",
			block: `secret b-secret
				signature {
					header X-Acme-Signature
					format pairs , v1 t
					algorithm sha512
					encoding base64
					signed {method}:{path}:{timestamp}:{id}:{body}
				}
				tolerance 1m
				id_header X-Acme-Event-Id`,
			settings: verifier.Settings{
				Secrets: []string{"b-secret"}, IDHeader: "X-Acme-Event-Id",
				Signature: &verifier.Signature{
					Header: []string{"X-Acme-Signature"}, Format: verifier.Pairs, Separator: ",", SignatureKey: "v1", TimestampKey: "t",
					Algorithm: "sha512", Encoding: "base64", Signed: "{method}:{path}:{timestamp}:{id}:{body}",
				},
			},
		},
		{
			provider: "token", block: "secret a-token\n query key",
			settings: verifier.Settings{Secrets: []string{"a-token"}, Query: "key"},
		},
		{
			provider: "basic", block: "secret ada:lovelace",
			settings: verifier.Settings{Secrets: []string{"ada:lovelace"}},
		},
		{provider: "none", block: "insecure", settings: verifier.Settings{Insecure: true}},
	}
	var site strings.Builder
	for _, tt := range tests {
		fmt.Fprintf(&site, "webhooks /%s %s my-%s {\n%s\n}\n", tt.provider, tt.provider, tt.provider, tt.block)
	}
	g := start(t, config{site: site.String()})
	for _, tt := range tests {
		t.Run(tt.provider, func(t *testing.T) {
			g := g.in(t)
			r := newSource("/"+tt.provider, tt.provider, tt.settings).sample("", "one")
			if !tt.settings.Insecure {
				forged := r
				forged.Header, forged.Path = http.Header{"X-Acme-Event-Id": {"one"}}, "/"+tt.provider
				g.refuse(forged, http.StatusUnauthorized, string(verifier.SignatureMissing))
			}
			id := g.accept(r)
			if e := g.event(id); e.Source != "my-"+tt.provider {
				t.Errorf("stored for source %s", e.Source)
			}
		})
	}
}

// Headers that Caddy drops by default arrive where the server is told to expect them, as the refusal says.
func TestHeadersThatTheServerExpects(t *testing.T) {
	t.Parallel()
	c := config{site: "webhooks /acme hmac acme {\n\t\tsecret `" + secret + "`" + `
		signature {
			header X_Acme_Signature
		}
		route app {
			when header("X_Kind") == "a"
			to http://127.0.0.1:1
		}
	}`}
	g := install(t, config{})
	g.configure(c)
	if output, status := g.run("validate", "--config", g.caddyfile(), "--adapter", "caddyfile"); status == 0 || !strings.Contains(output, "expected_underscore_headers") {
		t.Fatalf("status %d: %s", status, output)
	}
	c.global = "servers {\n expected_underscore_headers X_Acme_Signature\n}"
	g.configure(c)
	g.start()
	if !strings.Contains(g.logText(), "never arrives") {
		t.Error("no warning of the rule that reads X_Kind")
	}
	acme := newSource("/acme", "hmac", verifier.Settings{
		Secrets: []string{secret}, Signature: &verifier.Signature{Header: []string{"X_acme_signature"}}, ExpectedHeaders: []string{"X_*"},
	})
	g.accept(acme.sign(request{Body: []byte("{}")}, "", time.Now()))
	if output, status := g.run("webhooks", "send", "hmac", "--secret", secret, "--to", "http://"+g.site+"/acme", "--signature-header", "X_Acme_Signature"); status != 0 {
		t.Errorf("send: status %d: %s", status, output)
	}
}

// Clients that send a credential only when they are asked for it are asked.
func TestBasicAsksForTheCredential(t *testing.T) {
	t.Parallel()
	g := start(t, config{site: "webhooks /basic basic {\n\tsecret user:pass:word\n}\n" + githubDirective("")})
	basic := request{Path: "/basic", Body: []byte("{}")}
	if got := g.send(basic); got.Status != http.StatusUnauthorized || got.Header.Get("WWW-Authenticate") != `Basic realm="webhooks"` {
		t.Errorf("without a credential: %v", got)
	}
	if got := g.send(request{Path: "/github", Body: []byte("{}")}); got.Status != http.StatusUnauthorized || got.Header.Get("WWW-Authenticate") != "" {
		t.Errorf("a provider that signs: %v", got)
	}
	basic.Header = http.Header{"Authorization": {"Basic dXNlcjpwYXNzOndvcmQ="}}
	g.accept(basic)
}
