package caddymodule

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

// receiver is a server that verifies what it gets and answers as Gatepost does.
type receiver struct {
	*httptest.Server
	verifier verifier.Verifier
	requests []*verifier.Request
	seen     map[string]bool // bodies
}

func newReceiver(t *testing.T, provider string, settings verifier.Settings) *receiver {
	t.Helper()
	p, ok := verifier.Lookup(provider)
	if !ok {
		t.Fatalf("no provider %s", provider)
	}
	v, err := p.New(settings)
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{verifier: v, seen: make(map[string]bool)}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	arrived := &verifier.Request{Method: req.Method, Scheme: "http", Host: req.Host, URI: req.RequestURI, Header: req.Header, Body: body}
	r.requests = append(r.requests, arrived)
	if _, err := r.verifier.Verify(arrived, time.Now()); err != nil {
		refusal := err.(*verifier.Error)
		w.WriteHeader(http.StatusUnauthorized)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"code": refusal.Code, "message": refusal.Message}})
		return
	}
	w.Header().Set("Gatepost-Event-Id", "evt_TEST")
	if r.seen[string(body)] {
		w.Header().Set("Gatepost-Duplicate", "true")
	}
	r.seen[string(body)] = true
}

// sendCase is how a provider is sent to in these tests.
type sendCase struct {
	settings verifier.Settings
	flags    []string // beside --secret and --to
}

// secretText is the secret where nothing else is needed.
const secretText = "s3cret-of-the-test"

func sendCaseOf(provider string) sendCase {
	c := sendCase{settings: verifier.Settings{Secrets: []string{secretText}}}
	switch provider {
	case "standard_webhooks":
		c.settings.Secrets[0] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	case "basic":
		c.settings.Secrets[0] = "ada:" + secretText
	case "none":
		c.settings = verifier.Settings{Insecure: true}
	case "token":
		c.settings.Query = "key"
		c.flags = []string{"--query", "key"}
	case "hmac":
		c.settings.Signature = &verifier.Signature{
			Header: []string{"X-Acme-Signature"}, Format: verifier.List, Separator: " ", Prefix: "v9=",
			Algorithm: "sha512", Encoding: "base64url", Signed: "{id}.{timestamp}.{method}.{url}.{body}", SecretEncoding: "raw",
		}
		c.settings.TimestampHeader, c.settings.TimestampUnit, c.settings.IDHeader = "X-Acme-Time", verifier.UnixMilli, "X-Acme-Id"
		c.flags = []string{
			"--signature-header", "X-Acme-Signature", "--format", `list " "`, "--prefix", "v9=", "--algorithm", "sha512",
			"--encoding", "base64url", "--signed", "{id}.{timestamp}.{method}.{url}.{body}", "--secret-encoding", "raw",
			"--timestamp-header", "X-Acme-Time unix_ms", "--id-header", "X-Acme-Id",
		}
	case "docurift":
		c.settings.Signature = &verifier.Signature{Header: []string{"X-Sig"}, Encoding: "hex", Signed: "{body}"}
		c.flags = []string{"--signature-header", "X-Sig", "--encoding", "hex", "--signed", "{body}"}
	}
	return c
}

func TestSendEveryProvider(t *testing.T) {
	for _, name := range verifier.Names() {
		t.Run(name, func(t *testing.T) {
			c := sendCaseOf(name)
			server := newReceiver(t, name, c.settings)
			p, _ := verifier.Lookup(name)
			covers := p.Covers(c.settings)
			send := func(more ...string) result {
				args := append([]string{"send", name, "--to", server.URL + "/in?x=1"}, c.flags...)
				if len(c.settings.Secrets) > 0 {
					args = append(args, "--secret", c.settings.Secrets[0])
				}
				r := runCommand(t, append(args, more...)...)
				if strings.Contains(r.stdout+r.stderr, secretText) {
					t.Errorf("the secret is in the output:\n%s%s", r.stdout, r.stderr)
				}
				return r
			}

			r := send("--duplicate", "2", "--json").succeed(t)
			results := decode[[]sent](t, r)
			if len(results) != 3 || len(server.requests) != 3 {
				t.Fatalf("%d results of %d requests, want 3", len(results), len(server.requests))
			}
			for i, want := range []string{sentAccepted, sentDuplicate, sentDuplicate} {
				if got := results[i]; got.Result != want || got.Status != 200 || got.Event != "evt_TEST" || got.Duplicate != (i > 0) || got.Error != nil {
					t.Errorf("result %d is %+v", i, got)
				}
				if !reflect.DeepEqual(server.requests[i], server.requests[0]) {
					t.Errorf("request %d is not the same bytes:\n%v\n%v", i, server.requests[i], server.requests[0])
				}
			}
			if r := send().succeed(t); !strings.Contains(r.stdout, "200     accepted  evt_TEST") {
				t.Errorf("a second event is not another one:\n%s", r.stdout)
			}

			if !covers.Body {
				send("--tamper").fail(t, 2, "--tamper", name)
			} else if r := send("--tamper").fail(t, 1, "1 of 1"); !strings.Contains(r.stdout, "signature_mismatch") {
				t.Errorf("tampered:\n%s", r.stdout)
			}
			if !covers.Timestamp {
				send("--skew", "10m").fail(t, 2, "--skew", name)
				return
			}
			for skew, code := range map[string]string{"10m": "timestamp_too_old", "-10m": "timestamp_in_future"} {
				r := send("--skew", skew, "--json").fail(t, 1)
				if got := decode[[]sent](t, r); got[0].Result != sentRefused || got[0].Error == nil || got[0].Error.Code != code {
					t.Errorf("skew %s: %s", skew, r.stdout)
				}
			}
			send("--skew", "1m").succeed(t)
		})
	}
}

func TestSendWithAnotherSecret(t *testing.T) {
	server := newReceiver(t, "gitlab", verifier.Settings{Secrets: []string{"right"}})
	r := runCommand(t, "send", "gitlab", "--secret", "wrong", "--to", server.URL, "--duplicate", "1").fail(t, 1, "2 of 2")
	if !strings.Contains(r.stdout, "401     refused  -      ") || !strings.Contains(r.stdout, "token_mismatch: ") {
		t.Errorf("got:\n%s", r.stdout)
	}
}

func TestSendContent(t *testing.T) {
	file := filepath.Join(t.TempDir(), "body")
	if err := os.WriteFile(file, []byte("from a file\r\n\xff"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		flags []string
		check func(r *verifier.Request) bool
	}{
		"type of a sample":    {[]string{"--type", "pull_request"}, func(r *verifier.Request) bool { return r.Header.Get("X-GitHub-Event") == "pull_request" }},
		"type without sample": {[]string{"--type", "star"}, func(r *verifier.Request) bool { return r.Header.Get("X-GitHub-Event") == "star" }},
		"id":                  {[]string{"--id", "my-id"}, func(r *verifier.Request) bool { return r.Header.Get("X-GitHub-Delivery") == "my-id" }},
		"data":                {[]string{"--data", "text"}, func(r *verifier.Request) bool { return string(r.Body) == "text" }},
		"data, empty":         {[]string{"--data", ""}, func(r *verifier.Request) bool { return len(r.Body) == 0 }},
		"data from a file":    {[]string{"--data", "@" + file}, func(r *verifier.Request) bool { return string(r.Body) == "from a file\r\n\xff" }},
		"data from stdin":     {[]string{"--data", "@-"}, func(r *verifier.Request) bool { return string(r.Body) == "from stdin" }},
		"header in its place": {[]string{"--header", "content-type: text/plain"}, func(r *verifier.Request) bool {
			return reflect.DeepEqual(r.Header["Content-Type"], []string{"text/plain"})
		}},
		"header twice":         {[]string{"--header", "X-A: 1", "--header", "X-A:2"}, func(r *verifier.Request) bool { return reflect.DeepEqual(r.Header["X-A"], []string{"1", "2"}) }},
		"host":                 {[]string{"--header", "Host: hooks.example.com"}, func(r *verifier.Request) bool { return r.Host == "hooks.example.com" }},
		"query of the address": {nil, func(r *verifier.Request) bool { return r.URI == "/github?a=b%20c" }},
	} {
		t.Run(name, func(t *testing.T) {
			server := newReceiver(t, "github", verifier.Settings{Secrets: []string{"s"}})
			args := append([]string{"send", "github", "--secret", "s", "--to", server.URL + "/github?a=b%20c"}, c.flags...)
			runCommandWith(t, "from stdin", args...).succeed(t)
			if r := server.requests[0]; !c.check(r) {
				t.Errorf("sent %s %s %s %v %q", r.Method, r.Host, r.URI, r.Header, r.Body)
			}
		})
	}
}

func TestSendSecretFromElsewhere(t *testing.T) {
	t.Setenv("GATEPOST_TEST_SECRET", "s")
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	server := newReceiver(t, "github", verifier.Settings{Secrets: []string{"s"}})
	for _, secret := range []string{"{env.GATEPOST_TEST_SECRET}", "{file." + file + "}"} {
		runCommand(t, "send", "github", "--secret", secret, "--to", server.URL).succeed(t)
	}
	runCommand(t, "send", "github", "--secret", "{env.GATEPOST_TEST_UNSET}", "--to", server.URL).fail(t, 2, "--secret")
}

func TestSendForAnotherAddress(t *testing.T) {
	settings := verifier.Settings{
		Secrets: []string{"s"}, PublicURL: "https://hooks.example.com",
		Signature: &verifier.Signature{Header: []string{"X-S"}, Signed: "{url}{body}"},
	}
	server := newReceiver(t, "hmac", settings)
	args := []string{"send", "hmac", "--secret", "s", "--to", server.URL + "/a", "--signature-header", "X-S", "--signed", "{url}{body}"}
	runCommand(t, append(args, "--public-url", "https://hooks.example.com")...).succeed(t)
	runCommand(t, args...).fail(t, 1)
}

func TestSendToOtherAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		status int
		want   string
	}{
		"handshake": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "challenge") }, 0, "200     no event  -"},
		"redirect":  {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }, 1, "302     refused  -"},
		"no JSON":   {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "oops", http.StatusBadGateway) }, 1, "Bad Gateway"},
		"overload": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, `{"error":{"code":"disk_low","message":"later"}}`)
		}, 1, "disk_low: later"},
		"cut": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 1, "-       failed  -"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(c.answer)
			t.Cleanup(server.Close)
			r := runCommand(t, "send", "github", "--secret", "s", "--to", server.URL)
			if r.status != c.status || !strings.Contains(r.stdout, c.want) {
				t.Errorf("status %d, printed:\n%s", r.status, r.stdout)
			}
		})
	}
}

func TestSendTellsNoSecret(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close() // nobody listens
	for _, args := range [][]string{
		{"token", "--query", "key", "--secret", secretText, "--to", server.URL, "--duplicate", "5"},
		{"token", "--query", "key", "--secret", secretText, "--to", server.URL + "/%zz"},
		{"token", "--token-header", "X-Key", "--secret", secretText + "\n", "--to", server.URL},
		{"github", "--secret", "s", "--to", "http://ada:" + secretText + "@localhost/"},
		{"github", "--secret", "s", "--to", server.URL, "--header", "X-Key " + secretText},
		{"github", "--secret", "s", "--to", server.URL, "--header", "X-Key: " + secretText + "\x00"},
		{"stripe", "--secret", "{" + secretText, "--to", server.URL},
	} {
		r := runCommand(t, append([]string{"send"}, args...)...)
		if r.status == 0 || strings.Contains(r.stdout+r.stderr, secretText) {
			t.Errorf("%q: status %d\n%s%s", args[:3], r.status, r.stdout, r.stderr)
		}
		if n := bytes.Count([]byte(r.stdout), []byte("\n")); n > 2 {
			t.Errorf("%q: tried again where nobody is:\n%s", args[:3], r.stdout)
		}
	}
}

func TestSendBadOptions(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"gaps":            {[]string{"docurift"}, []string{"encoding", "--signature-header"}},
		"not its option":  {[]string{"stripe", "--signature-header", "X"}, []string{"stripe", "signature"}},
		"where the token": {[]string{"token"}, []string{"--token-header"}},
		"unknown unit":    {[]string{"hmac", "--signature-header", "X", "--signed", "{timestamp}{body}", "--timestamp-header", "T weeks"}, []string{"weeks"}},
		"many words":      {[]string{"hmac", "--signature-header", "X", "--timestamp-header", "T unix x"}, []string{"--timestamp-header"}},
		"bad skew":        {[]string{"stripe", "--skew", "soon"}, []string{"--skew", "10m"}},
		"no such file":    {[]string{"stripe", "--data", "@/nowhere/body"}, []string{"--data", "/nowhere/body"}},
		"header":          {[]string{"stripe", "--header", "X"}, []string{"--header", "Name: value"}},
		"fewer than none": {[]string{"stripe", "--duplicate", "-1"}, []string{"--duplicate"}},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"send"}, c.args...)
			runCommand(t, append(args, "--secret", "s", "--to", "http://localhost/")...).fail(t, 2, c.want...)
		})
	}
}
