package providers

import (
	"encoding/base64"
	"encoding/hex"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

var now = time.Unix(1_790_000_000, 0).UTC()

const id = "01K5TESTTESTTESTTESTTESTTE"

// testSettings are valid ones of the providers that need more than any secret. A file of tests may
// add those of its providers in init.
var testSettings = map[string]verifier.Settings{
	"hmac": {
		Secrets:         []string{"a secret"},
		Signature:       &verifier.Signature{Header: []string{"X-Acme-Signature"}, Signed: "{method}{host}{uri}{header.X-Acme-Kind}{query.v}{id}:{timestamp}.{body}"},
		TimestampHeader: "X-Acme-Timestamp",
		IDHeader:        "X-Acme-Id",
	},
	"docurift": {
		Secrets:         []string{"a secret"},
		Signature:       &verifier.Signature{Header: []string{"X-DocuRift-Signature"}, Encoding: "hex", Signed: "{timestamp}.{body}"},
		TimestampHeader: "X-DocuRift-Timestamp",
		IDHeader:        "X-DocuRift-Event-Id",
	},
	"contractfit": {Secrets: []string{"Bearer abc-123"}},
}

// settings are valid ones for every registered provider.
func settings(name string) verifier.Settings {
	s, ok := testSettings[name]
	p, registered := verifier.Lookup(name)
	if !ok && registered {
		s = p.Example
	}
	if s.Signature != nil {
		signature := *s.Signature
		s.Signature = &signature
	}
	s.Secrets = slices.Clone(s.Secrets)
	if keyless := registered && p.Scheme.Kind == verifier.Custom && p.Scheme.Custom.Keyless; len(s.Secrets) == 0 && !s.Insecure && !keyless {
		s.Secrets = []string{firstSecret(name)}
	}
	return s
}

// pairs are the private keys of this run, made when first asked for.
var pairs sync.Map

// firstSecret is the secret of a provider for which testSettings has none.
func firstSecret(name string) string {
	p, _ := verifier.Lookup(name)
	if p.Scheme.Kind == verifier.Custom && p.Scheme.Custom.NewPair != nil {
		made, ok := pairs.Load(name)
		if !ok {
			made, _ = pairs.LoadOrStore(name, newPrivate(p))
		}
		return made.(string)
	}
	return secretFor(p, "a secret, long enough for all")
}

// secretFor is the text in the form that the provider's secrets have.
func secretFor(p *verifier.Provider, text string) string {
	switch {
	case p.Scheme.Kind == verifier.Basic:
		return "user:" + text
	case p.Scheme.Signature.KeyHeader != "":
		return "key:" + text
	case p.Scheme.Signature.SecretEncoding == "hex":
		return hex.EncodeToString([]byte(text))
	case p.Scheme.Signature.SecretEncoding == "base64":
		return base64.StdEncoding.EncodeToString([]byte(text))
	case p.Scheme.Signature.SecretEncoding == "whsec":
		return "whsec_" + base64.StdEncoding.EncodeToString([]byte(text))
	default:
		return text
	}
}

func newPrivate(p *verifier.Provider) string {
	private, _, err := p.Scheme.Custom.NewPair()
	if err != nil {
		panic(err)
	}
	return private
}

// testProofs are the headers that prove the requests of providers of the kind custom.
var testProofs = map[string][]string{}

// proofs are the headers in which a signature or token is.
func proofs(name string) []string {
	p, _ := verifier.Lookup(name)
	headers := append([]string{}, testProofs[name]...)
	if p.Scheme.Kind == verifier.HMAC {
		for _, h := range p.Scheme.Signature.Header {
			headers = append(headers, strings.ReplaceAll(h, "{n}", "1"))
		}
		if s := settings(name).Signature; s != nil {
			headers = append(headers, s.Header...)
		}
	}
	return append(headers, p.SecretHeaders(settings(name))...)
}

func lookup(t testing.TB, name string) *verifier.Provider {
	t.Helper()
	p, ok := verifier.Lookup(name)
	if !ok {
		t.Fatalf("no provider %s", name)
	}
	return p
}

func newVerifier(t testing.TB, name string, s verifier.Settings) verifier.Verifier {
	t.Helper()
	v, err := lookup(t, name).New(s)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if sign := testSigners[name]; sign != nil {
		return signedBy{v, sign}
	}
	return v
}

// signed is a signed sample event of the provider.
func signed(t testing.TB, name string, v verifier.Verifier) *verifier.Request {
	t.Helper()
	e := lookup(t, name).Sample("", id, now)
	r := &verifier.Request{Method: "POST", Scheme: "https", Host: "hooks.example.com", URI: "/in?v=1", Header: e.Header, Body: e.Body}
	r.Header.Set("X-Acme-Kind", "kind")
	if err := v.Sign(r, id, now); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r
}

func TestCatalogueIsWhole(t *testing.T) {
	generic := []string{"basic", "hmac", "none", "token"}
	names := slices.DeleteFunc(verifier.Names(), func(n string) bool { return slices.Contains(generic, n) })
	if len(names) < 150 {
		t.Errorf("%d providers", len(names))
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if !slices.Contains(files, n+".go") {
			t.Errorf("%s has no file of its name", n)
		}
	}
}

// What the documentation shows as a configuration is one, with a secret made up for test events.
func TestExamplesAreComplete(t *testing.T) {
	for _, name := range verifier.Names() {
		p := lookup(t, name)
		signs, verifies, err := p.NewSecret()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, secret := range []string{signs, verifies} {
			s := p.Example
			if secret != "" {
				s.Secrets = []string{secret}
			}
			if _, err := p.New(s); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if signs == "" {
			continue
		}
		s := p.Example
		s.Secrets = []string{signs}
		signer := newVerifier(t, name, s)
		s.Secrets = []string{verifies}
		if _, err := newVerifier(t, name, s).Verify(signed(t, name, signer), now); err != nil {
			t.Errorf("%s: what one half signs the other refuses: %v", name, err)
		}
	}
}

func TestEveryFactHasItsSource(t *testing.T) {
	for _, name := range verifier.Names() {
		p := lookup(t, name)
		if p.Title == "" || p.Identity.Dedupe == "" || len(p.Samples) == 0 {
			t.Errorf("%s lacks a title, a dedupe expression or a sample", name)
		}
		generic := slices.Contains([]string{"hmac", "token", "basic", "none"}, name)
		about := map[string]bool{}
		for _, f := range p.Facts {
			about[f.About] = true
			if f.About == "" || f.Text == "" {
				t.Errorf("%s: a fact is empty: %+v", name, f)
			}
			if known := []verifier.Confidence{verifier.Documented, verifier.Source, verifier.ThirdParty, verifier.Unconfirmed}; !slices.Contains(known, f.Confidence) {
				t.Errorf("%s: the fact about %s has no confidence", name, f.About)
			}
			if (f.Source == "") != (f.Confidence == verifier.Unconfirmed) {
				t.Errorf("%s: the fact about %s is %s with source %q", name, f.About, f.Confidence, f.Source)
			}
		}
		for fact, needed := range map[string]bool{
			"signature":    !generic,
			"deadline":     p.AnswerDeadline != 0,
			"retries":      p.RetryHorizon != 0,
			"largest body": p.MaxBody != 0,
			"handshake":    p.Handshake != nil,
		} {
			if needed && !about[fact] {
				t.Errorf("%s: no fact about %s", name, fact)
			}
		}
	}
}

func TestIdentities(t *testing.T) {
	tests := map[string]verifier.Identity{
		"stripe":            {EventID: "body.id", EventType: "body.type", Dedupe: "body.id"},
		"standard_webhooks": {EventID: `header("webhook-id")`, EventType: "body.type", Dedupe: `header("webhook-id")`},
		"slack":             {EventID: "body.event_id", EventType: "body.event.type ?? body.type ?? body.command", Dedupe: "body.event_id"},
		"github":            {EventID: `header("X-GitHub-Delivery")`, EventType: `header("X-GitHub-Event")`, Dedupe: `[header("X-GitHub-Delivery"), digest]`},
		"gitlab": {
			EventID:   `(header("Idempotency-Key") != "" ? header("Idempotency-Key") : header("X-Gitlab-Event-UUID"))`,
			EventType: `header("X-Gitlab-Event")`,
			Dedupe:    `[(header("Idempotency-Key") != "" ? header("Idempotency-Key") : header("X-Gitlab-Event-UUID")), digest]`,
		},
		"syncai":      {EventType: "body.event", Dedupe: "[body.event, body.document_id, body.review_id]"},
		"docintell":   {EventType: "body.event", Dedupe: "[body.event, body.data.document_id, body.data.job_id]"},
		"docextract":  {EventType: "body.event", Dedupe: "[body.event, body.data.id]"},
		"contractfit": {EventType: "body.event", Dedupe: "digest"},
		"token":       {Dedupe: "digest"},
		// An id_header of the user's: signed it is enough, unsigned the digest joins it.
		"hmac":     {EventID: `header("X-Acme-Id")`, Dedupe: `header("X-Acme-Id")`},
		"docurift": {EventID: `header("X-DocuRift-Event-Id")`, EventType: "body.event", Dedupe: `[header("X-DocuRift-Event-Id"), digest]`},
	}
	for name, want := range tests {
		if got := lookup(t, name).IdentityFor(settings(name)); got != want {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, want)
		}
	}
	if got := lookup(t, "docurift").IdentityFor(verifier.Settings{}).Dedupe; got != "digest" {
		t.Errorf("docurift without id_header: %s", got)
	}
}

func TestCovers(t *testing.T) {
	tests := []struct {
		name      string
		covered   []string
		uncovered []string
	}{
		{"github", nil, []string{"X-GitHub-Event", "X-GitHub-Delivery"}},
		{"slack", []string{"x-slack-request-timestamp"}, []string{"X-Slack-Retry-Num"}},
		{"standard_webhooks", []string{"Webhook-Id", "webhook-timestamp"}, []string{"X-Other"}},
		{"hmac", []string{"X-Acme-Kind", "X-Acme-Id", "X-Acme-Timestamp"}, []string{"X-Acme-Signature"}},
		{"gitlab", nil, []string{"X-Gitlab-Event"}},
	}
	for _, tt := range tests {
		c := lookup(t, tt.name).Covers(settings(tt.name))
		for _, h := range tt.covered {
			if !c.Header(h) {
				t.Errorf("%s: %s should be covered", tt.name, h)
			}
		}
		for _, h := range tt.uncovered {
			if c.Header(h) {
				t.Errorf("%s: %s should not be covered", tt.name, h)
			}
		}
		if c.Body != (tt.name != "gitlab") {
			t.Errorf("%s: body covered: %v", tt.name, c.Body)
		}
	}
}

// A template may sign a part of the address.
func TestCoversPartsOfTheAddress(t *testing.T) {
	for signed, want := range map[string]verifier.Covers{
		"{host}{body}": {Body: true, Host: true},
		"{path}{body}": {Body: true, Path: true},
		"{url}{body}":  {Body: true, URL: true},
		"{body}":       {Body: true},
	} {
		got := lookup(t, "hmac").Covers(verifier.Settings{Signature: &verifier.Signature{Header: []string{"X-S"}, Signed: signed}})
		if !reflect.DeepEqual(got, want) || got.Address() != (signed != "{body}") {
			t.Errorf("%s: %+v, want %+v", signed, got, want)
		}
	}
}

func TestSecretsBelongInNoLog(t *testing.T) {
	tests := map[string][]string{"gitlab": {"X-Gitlab-Token"}, "contractfit": {"Authorization"}, "basic": {"Authorization"}, "token": {"X-Token"}, "stripe": nil}
	for name, want := range tests {
		if got := lookup(t, name).SecretHeaders(settings(name)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if got := lookup(t, "token").SecretQuery(verifier.Settings{Query: "key"}); !slices.Equal(got, []string{"key"}) {
		t.Errorf("token in the query: %v", got)
	}
}

func TestNotesAreNotRepeated(t *testing.T) {
	for _, name := range verifier.Names() {
		seen := map[string]bool{}
		for _, note := range lookup(t, name).Notes {
			if seen[note] {
				t.Errorf("%s says twice: %s", name, note)
			}
			seen[note] = true
		}
	}
}
