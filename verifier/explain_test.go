package verifier_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/verifier"
	_ "github.com/gatepost/gatepost/verifier/providers"
)

const explainSecret = "whsec_c2VjcmV0LW9mLXRoZS10ZXN0LWZvci12ZXJpZnk="

var (
	explainNow  = time.Unix(1_790_000_000, 0).UTC()
	explainBody = "{\n  \"text\": \"a & b, ü / \\\"c: d\\\"\",\n  \"amount\": 1.0\n}"
)

// explainCase is a request that one thing or two are wrong with.
type explainCase struct {
	name, provider string
	signer         verifier.Settings // and provider of the sender, if it differs
	signsAs        string
	signedBody     string // if it differs
	change         func(r *verifier.Request)
	secret         string // if it differs
	now            time.Duration
	want           []verifier.FindingCode
	proven         bool
	text           string // part of the first finding
}

func (c *explainCase) explain(t *testing.T) verifier.Explanation {
	t.Helper()
	lookup := func(name string) *verifier.Provider {
		p, ok := verifier.Lookup(name)
		if !ok {
			t.Fatalf("no provider %s", name)
		}
		return p
	}
	p := lookup(c.provider)
	signer := p
	if c.signsAs != "" {
		signer = lookup(c.signsAs)
	}
	if c.signer.Secrets == nil {
		c.signer.Secrets = []string{explainSecret}
	}
	v, err := signer.New(c.signer)
	if err != nil {
		t.Fatal(err)
	}
	body := explainBody
	if c.signedBody != "" {
		body = c.signedBody
	}
	r := &verifier.Request{Method: "POST", Scheme: "https", Host: "hooks.example.com", URI: "/in", Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)}
	if err := v.Sign(r, "msg_1", explainNow); err != nil {
		t.Fatal(err)
	}
	if c.signedBody != "" {
		r.Body = []byte(explainBody)
	}
	if c.change != nil {
		c.change(r)
	}
	secret := explainSecret
	if c.secret != "" {
		secret = c.secret
	}
	s := verifier.Settings{Secrets: []string{secret}}
	arrived := r.Header.Clone()
	e := p.Explain(s, r, explainNow.Add(c.now))
	for name := range r.Header {
		if !slices.Equal(r.Header[name], arrived[name]) {
			t.Errorf("the request was changed: %s", name)
		}
	}
	return e
}

// hmacAs is the settings with which `hmac` signs as the header, but otherwise.
func hmacAs(header string, change func(s *verifier.Signature)) verifier.Settings {
	s := &verifier.Signature{Header: []string{header}, Prefix: "sha256="}
	change(s)
	return verifier.Settings{Signature: s}
}

func TestExplain(t *testing.T) {
	type code = verifier.FindingCode
	one := func(c code) []code { return []code{c} }
	compact := func(body string) string {
		var b bytes.Buffer
		if err := json.Compact(&b, []byte(body)); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	rename := func(from, to string) func(*verifier.Request) {
		return func(r *verifier.Request) {
			r.Header[to] = r.Header[http.CanonicalHeaderKey(from)]
			r.Header.Del(from)
		}
	}
	const decoded = "secret-of-the-test-for-verify"

	tests := []explainCase{
		// Secrets.
		{name: "another secret", provider: "github", secret: "another", want: one(verifier.SecretOrBody), text: "the secret is likelier"},
		{name: "white space", provider: "stripe", secret: " " + explainSecret + "\n", want: one(verifier.SecretWhiteSpace), proven: true},
		{name: "white space where it is base64", provider: "standard_webhooks", secret: explainSecret + "\n", want: one(verifier.SecretWhiteSpace), proven: true},
		{name: "quotes", provider: "slack", secret: `'` + explainSecret + `'`, want: one(verifier.SecretQuotes), proven: true},
		{name: "line break at the sender", provider: "shopify", signer: verifier.Settings{Secrets: []string{explainSecret + "\n"}}, want: one(verifier.SecretNewline), proven: true},
		{name: "used raw", provider: "standard_webhooks", signsAs: "hmac", signer: verifier.Settings{
			Signature: &verifier.Signature{
				Header: []string{"webhook-signature"}, Format: verifier.List, Separator: " ", Prefix: "v1,", Encoding: "base64", Signed: "{id}.{timestamp}.{body}",
			},
			TimestampHeader: "webhook-timestamp", IDHeader: "webhook-id",
		}, want: one(verifier.SecretDecoded), proven: true, text: "as it is"},
		{name: "used decoded", provider: "docintell", signer: verifier.Settings{Secrets: []string{decoded}}, want: one(verifier.SecretNotDecoded), proven: true},
		{name: "used without prefix", provider: "docintell", signer: verifier.Settings{Secrets: []string{explainSecret[len("whsec_"):]}}, want: one(verifier.SecretPrefix), proven: true},

		// Bodies.
		{name: "added LF", provider: "github", change: func(r *verifier.Request) { r.Body = append(r.Body, '\n') }, want: one(verifier.BodyNewline), proven: true, text: "without the LF"},
		{name: "added CRLF", provider: "stripe", change: func(r *verifier.Request) { r.Body = append(r.Body, "\r\n"...) }, want: one(verifier.BodyNewline), proven: true, text: "without the CRLF"},
		{name: "added space", provider: "stripe", change: func(r *verifier.Request) { r.Body = append(r.Body, ' ') }, want: one(verifier.BodyNewline), proven: true, text: "without the white space"},
		{name: "removed LF", provider: "slack", signedBody: explainBody + "\n", want: one(verifier.BodyNewline), proven: true, text: "with LF"},
		{name: "removed CRLF", provider: "standard_webhooks", signedBody: explainBody + "\r\n", want: one(verifier.BodyNewline), proven: true, text: "with CRLF"},
		{name: "line breaks", provider: "shopify", change: func(r *verifier.Request) { r.Body = bytes.ReplaceAll(r.Body, []byte("\n"), []byte("\r\n")) }, want: one(verifier.BodyLineBreaks), proven: true, text: "with LF"},
		{name: "indented", provider: "shopify", signedBody: compact(explainBody), want: one(verifier.BodyJSON), proven: true, text: "compact"},
		{name: "spaced", provider: "docintell", signedBody: `{"text": "a & b, ü / \"c: d\"", "amount": 1.0}`, want: one(verifier.BodyJSON), proven: true, text: "with a space"},
		{name: "Go's escapes", provider: "github", signedBody: strings.ReplaceAll(compact(explainBody), "&", `\u0026`), want: one(verifier.BodyJSON), proven: true, text: "as Go writes"},
		{name: "ASCII", provider: "stripe", signedBody: `{"text": "a & b, \u00fc / \"c: d\"", "amount": 1.0}`, want: one(verifier.BodyJSON), proven: true, text: "beyond ASCII escaped"},
		{name: "slashes", provider: "slack", signedBody: strings.ReplaceAll(compact(explainBody), "/", `\/`), want: one(verifier.BodyJSON), proven: true, text: "slashes escaped"},
		{name: "sorted", provider: "github", signedBody: `{"amount":1.0,"text":"a \u0026 b, ü / \"c: d\""}`, want: one(verifier.BodyJSON), proven: true, text: "sorted"},
		{name: "cut off", provider: "github", change: func(r *verifier.Request) { r.Header.Set("Content-Length", "1000") }, secret: "another", want: []code{verifier.BodyLength, verifier.SecretOrBody}, text: "announces 1000"},
		{name: "not JSON", provider: "github", change: func(r *verifier.Request) { r.Body = r.Body[:9] }, want: one(verifier.SecretOrBody), text: "the body is likelier"},

		// Signatures.
		{name: "base64", provider: "github", signsAs: "hmac", signer: hmacAs("X-Hub-Signature-256", func(s *verifier.Signature) { s.Encoding = "base64" }), want: one(verifier.SignatureEncoding), proven: true, text: "in base64"},
		{name: "base64url", provider: "docintell", signsAs: "hmac", signer: hmacAs("X-DocIntell-Signature", func(s *verifier.Signature) { s.Encoding = "base64url" }), want: one(verifier.SignatureEncoding), proven: true, text: "in base64url"},
		{name: "hex", provider: "shopify", signsAs: "hmac", signer: hmacAs("X-Shopify-Hmac-Sha256", func(s *verifier.Signature) { s.Prefix = "" }), want: one(verifier.SignatureEncoding), proven: true, text: "in hex"},
		{name: "SHA-512", provider: "docintell", signsAs: "hmac", signer: hmacAs("X-DocIntell-Signature", func(s *verifier.Signature) { s.Algorithm, s.Prefix = "sha512", "sha512=" }), want: one(verifier.WrongAlgorithm), proven: true, text: "SHA512"},
		{name: "SHA-1", provider: "shopify", signsAs: "hmac", signer: hmacAs("X-Shopify-Hmac-Sha256", func(s *verifier.Signature) { s.Algorithm, s.Prefix, s.Encoding = "sha1", "", "base64" }), want: one(verifier.WrongAlgorithm), proven: true, text: "SHA1"},
		{name: "no prefix", provider: "github", signsAs: "hmac", signer: hmacAs("X-Hub-Signature-256", func(s *verifier.Signature) { s.Prefix = "" }), want: one(verifier.SignaturePrefix), proven: true, text: `but nothing and not "sha256=" stands before it`},
		{name: "garbage", provider: "slack", change: func(r *verifier.Request) { r.Header.Set("X-Slack-Signature", "v0=x") }, want: one(verifier.SignatureForm)},

		// Headers.
		{name: "no header", provider: "shopify", change: func(r *verifier.Request) { r.Header.Del("X-Shopify-Hmac-Sha256") }, want: one(verifier.HeaderMissing)},
		{name: "no timestamp", provider: "slack", change: func(r *verifier.Request) { r.Header.Del("X-Slack-Request-Timestamp") }, want: one(verifier.HeaderMissing)},
		{name: "underscores", provider: "github", change: rename("X-Hub-Signature-256", "X_hub_signature_256"), want: one(verifier.HeaderUnderscore), proven: true, text: "X_hub_signature_256"},
		{name: "underscores twice", provider: "slack", change: func(r *verifier.Request) {
			rename("X-Slack-Signature", "X_slack_signature")(r)
			rename("X-Slack-Request-Timestamp", "X_slack_request_timestamp")(r)
			r.Header.Set("X_other", "1")
		}, want: []code{verifier.HeaderUnderscore, verifier.HeaderUnderscore}, proven: true},
		{name: "Stripe's", provider: "github", signsAs: "stripe", want: []code{verifier.OtherProvider, verifier.HeaderMissing}, text: "one of Stripe"},
		{name: "Stripe's with another secret", provider: "github", signsAs: "stripe", secret: "another", want: []code{verifier.OtherProvider, verifier.HeaderMissing}, text: "looks like one of stripe."},

		// Time.
		{name: "old", provider: "stripe", now: 12 * time.Minute, want: one(verifier.TooOld), proven: true, text: "7m0s too old: it was signed 12m0s before"},
		{name: "early", provider: "standard_webhooks", now: -30 * 24 * time.Hour, want: one(verifier.InFuture), proven: true, text: "720h0m0s after"},
		{name: "old and changed", provider: "slack", now: time.Hour, change: func(r *verifier.Request) { r.Body = append(r.Body, '\n') }, want: []code{verifier.BodyNewline, verifier.TooOld}, proven: true},
		{name: "bad timestamp", provider: "slack", change: func(r *verifier.Request) { r.Header.Set("X-Slack-Request-Timestamp", "noon") }, want: one(verifier.TimestampForm)},

		// Two at a time.
		{name: "quotes and line break", provider: "docintell", secret: `"` + explainSecret + `"`, change: func(r *verifier.Request) { r.Body = append(r.Body, '\n') }, want: []code{verifier.SecretQuotes, verifier.BodyNewline}, proven: true},

		// Other kinds of schemes.
		{name: "address", provider: "trello", change: func(r *verifier.Request) { r.Scheme = "http" }, want: one(verifier.OtherURL), proven: true, text: "https://hooks.example.com/in"},
		{name: "token", provider: "gitlab", secret: "another", want: one(verifier.TokenWrong)},
		{name: "quoted token", provider: "gitlab", secret: `"` + explainSecret + `"`, want: one(verifier.SecretQuotes), proven: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := tt.explain(t)
			var codes []code
			for _, f := range e.Findings {
				codes = append(codes, f.Code)
				if f.Text == "" || f.Advice == "" {
					t.Errorf("%s says nothing", f.Code)
				}
				if said := f.Text + f.Advice; strings.Contains(said, explainSecret) || strings.Contains(said, decoded) || strings.Contains(said, explainSecret[len("whsec_"):]) {
					t.Errorf("%s holds the secret: %s", f.Code, said)
				}
			}
			if e.Verified || e.Code == "" || e.Message == "" || !slices.Equal(codes, tt.want) {
				t.Fatalf("%+v, want %q", e, tt.want)
			}
			if proven := e.Findings[0].Proven; proven != tt.proven && codes[0] != verifier.OtherProvider {
				t.Errorf("proven: %t, want %t", proven, tt.proven)
			}
			if !strings.Contains(e.Findings[0].Text, tt.text) {
				t.Errorf("%q does not say %q", e.Findings[0].Text, tt.text)
			}
		})
	}
}

// A body that one program wrote and signed, and another read and wrote anew.
func TestExplainRewrittenJSON(t *testing.T) {
	bodies := map[string]string{
		"JavaScript":         `{"a":"<ü>&\\/","b":"https://x/y 😀"}`,
		"JavaScript, spread": "{\n  \"a\": \"<ü>&\\\\/\",\n  \"b\": \"https://x/y 😀\"\n}",
		"Python":             `{"a": "<\u00fc>&\\/", "b": "https://x/y \ud83d\ude00"}`,
		"Go":                 `{"a":"\u003cü\u003e\u0026\\/","b":"https://x/y 😀"}`,
		"PHP":                `{"a":"<\u00fc>&\\\/","b":"https:\/\/x\/y \ud83d\ude00"}`,
		"PHP, unescaped":     `{"a":"<ü>&\\\/","b":"https:\/\/x\/y 😀"}`,
	}
	for signer, signed := range bodies {
		for writer, arrived := range bodies {
			if signer == writer {
				continue
			}
			c := explainCase{provider: "github", signedBody: signed, change: func(r *verifier.Request) { r.Body = []byte(arrived) }}
			e := c.explain(t)
			if len(e.Findings) != 1 || e.Findings[0].Code != verifier.BodyJSON || !e.Findings[0].Proven {
				t.Errorf("signed as %s writes, arrived as %s does: %+v", signer, writer, e.Findings)
			}
		}
	}
}

// What verifies needs no finding.
func TestExplainVerified(t *testing.T) {
	for _, name := range []string{"github", "stripe", "slack", "standard_webhooks", "shopify", "docintell"} {
		c := explainCase{provider: name}
		if e := c.explain(t); !e.Verified || e.Code != "" || e.Findings == nil || len(e.Findings) > 0 {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// A key that cannot be fetched is not looked for again and again.
func TestExplainUnavailable(t *testing.T) {
	calls := 0
	p := verifier.Provider{Name: "fetches", Scheme: verifier.Scheme{Kind: verifier.Custom, Custom: &verifier.CustomScheme{
		Keyless: true,
		New: func(verifier.Settings) (verifier.Verifier, error) {
			return failing{&calls}, nil
		},
	}}}
	e := p.Explain(verifier.Settings{}, &verifier.Request{}, explainNow)
	if e.Code != verifier.Unavailable || len(e.Findings) != 1 || e.Findings[0].Code != verifier.KeyUnavailable || calls != 1 {
		t.Errorf("%+v after %d calls", e, calls)
	}
}

type failing struct{ calls *int }

func (f failing) Verify(*verifier.Request, time.Time) (verifier.Result, error) {
	*f.calls++
	return verifier.Result{}, errors.New("no route to host")
}

func (failing) Sign(*verifier.Request, string, time.Time) error { return nil }

// The address that counts is that of the settings, where there is one.
func TestExplainAtThePublicURL(t *testing.T) {
	p, _ := verifier.Lookup("trello")
	s := verifier.Settings{Secrets: []string{explainSecret}, PublicURL: "https://public.example.com/trello"}
	v, err := p.New(s)
	if err != nil {
		t.Fatal(err)
	}
	r := &verifier.Request{Method: "POST", Scheme: "http", Host: "10.0.0.1", URI: "/in", Header: http.Header{}, Body: []byte(explainBody)}
	if err := v.Sign(r, "", explainNow); err != nil {
		t.Fatal(err)
	}
	if e := p.Explain(s, r, explainNow); !e.Verified {
		t.Errorf("%+v", e)
	}
	r.Body = []byte("{}")
	if e := p.Explain(s, r, explainNow); len(e.Findings) != 1 || !strings.Contains(e.Findings[0].Text, s.PublicURL) {
		t.Errorf("%+v", e)
	}
}
