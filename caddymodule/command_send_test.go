package caddymodule

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
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
		refusal := new(verifier.Error)
		if !errors.As(err, &refusal) {
			refusal = &verifier.Error{Code: "fault", Message: err.Error()}
		}
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
	settings verifier.Settings // of the server
	flags    []string          // beside --to
	secret   string            // of the sender, if there is one
}

// secretText is a secret where nothing else is needed.
const secretText = "s3cret-of-the-test"

// sendCaseOf takes the settings that the documentation shows, and keys that the command makes.
func sendCaseOf(t *testing.T, p *verifier.Provider) sendCase {
	t.Helper()
	c := sendCase{settings: p.Example}
	for _, l := range settingLines(p.Example) {
		c.flags = append(c.flags, "--set", l.flag())
		for _, m := range regexp.MustCompile(`\{env\.(\w+)\}`).FindAllStringSubmatch(l.flag(), -1) {
			t.Setenv(m[1], "some-text")
		}
	}
	if needsSecret(p, p.Example) {
		key := decode[testKey](t, runCommand(t, "send", p.Name, "--generate-key", "--json").succeed(t))
		c.settings.Secrets, c.secret = []string{key.Secret}, key.Sign
		c.flags = append(c.flags, "--secret", key.Sign)
	}
	return c
}

// Whatever the user can say of an HMAC, both in flags of its own and with --set.
func TestSendHMAC(t *testing.T) {
	p, _ := verifier.Lookup("hmac")
	settings := verifier.Settings{
		Secrets: []string{secretText},
		Signature: &verifier.Signature{
			Header: []string{"X-Acme-Signature"}, Format: verifier.List, Separator: " ", Prefix: "v9=",
			Algorithm: "sha512", Encoding: "base64url", Signed: "{id}.{timestamp}.{method}.{url}.{body}", SecretEncoding: "raw",
		},
		TimestampHeader: "X-Acme-Time", TimestampUnit: verifier.UnixMilli, IDHeader: "X-Acme-Id",
	}
	c := sendCase{settings, []string{"--secret", secretText}, secretText}
	for _, l := range settingLines(settings) {
		c.flags = append(c.flags, "--set", l.flag())
	}
	testSend(t, p, c, newReceiver(t, "hmac", settings).URL)
	c.flags = []string{
		"--signature-header", "X-Acme-Signature", "--format", `list " "`, "--prefix", "v9=", "--algorithm", "sha512",
		"--encoding", "base64url", "--signed", "{id}.{timestamp}.{method}.{url}.{body}", "--secret-encoding", "raw",
		"--timestamp-header", "X-Acme-Time unix_ms", "--id-header", "X-Acme-Id", "--secret", secretText,
	}
	testSend(t, p, c, newReceiver(t, "hmac", settings).URL)
}

// What --generate-key prints for people is what the server and --secret take.
func TestGenerateKey(t *testing.T) {
	r := runCommand(t, "send", "discord", "--generate-key").succeed(t)
	words := strings.Fields(r.stdout)
	if len(words) != 7 || words[1] != "secret" || words[5] != "--secret" {
		t.Fatalf("printed:\n%s", r.stdout)
	}
	server := newReceiver(t, "discord", verifier.Settings{Secrets: words[2:3]})
	runCommand(t, "send", "discord", "--secret", words[6], "--to", server.URL).succeed(t)
	runCommand(t, "send", "discord", "--secret", words[2], "--to", server.URL).fail(t, 2, "private key")
	for want, args := range map[string][]string{
		"--generate-key: sends nothing": {"discord", "--to", server.URL},
		"shares no secret":              {"none"},
		"not for hmac-sha256":           {"rfc9421", "--set", "algorithm=hmac-sha256"},
	} {
		runCommand(t, append([]string{"send", "--generate-key"}, args...)...).fail(t, 2, want)
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
	const uuid = "9cfb482a-81e3-4154-b5b9-2c805e70a02d"
	for name, c := range map[string]struct {
		flags []string
		check func(r *verifier.Request) bool
	}{
		"type of a sample":    {[]string{"--type", "pull_request"}, func(r *verifier.Request) bool { return r.Header.Get("X-GitHub-Event") == "pull_request" }},
		"type without sample": {[]string{"--type", "star"}, func(r *verifier.Request) bool { return r.Header.Get("X-GitHub-Event") == "star" }},
		"id":                  {[]string{"--id", uuid}, func(r *verifier.Request) bool { return r.Header.Get("X-GitHub-Delivery") == uuid }},
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
	for _, args := range [][]string{{"meta", "--secret", " "}, {"adyen", "--secret", "no hex"}} { // their other options are no help
		r := runCommand(t, append([]string{"send", "--to", server.URL}, args...)...).fail(t, 2, "secret")
		if strings.Contains(r.stderr, "--set") {
			t.Errorf("%q: %s", args, r.stderr)
		}
	}
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
		"several events": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Gatepost-Event-Id", "evt_TEST")
			w.Header().Set("Gatepost-Event-Count", "3")
		}, 0, "200     accepted  evt_TEST and 2 more  "},
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
		"gaps":             {[]string{"docurift"}, []string{"encoding", "--set 'signature.encoding=hex'", "--set 'signature.header="}},
		"part of the gaps": {[]string{"docurift", "--encoding", "hex"}, []string{"signature header, signed: missing", "--set 'signature.signed={body}'"}},
		"encoding":         {[]string{"smartsheet"}, []string{"64 characters are hex", "--set 'signature.encoding=hex'"}},
		"not its option":   {[]string{"stripe", "--signature-header", "X"}, []string{"stripe", "signature"}},
		"not its setting":  {[]string{"stripe", "--set", "topics=a"}, []string{"topics: not an option of stripe"}},
		"where the token":  {[]string{"token"}, []string{"--set 'header=X-Token'"}},
		"unknown unit":     {[]string{"hmac", "--signature-header", "X", "--signed", "{timestamp}{body}", "--timestamp-header", "T weeks"}, []string{"weeks"}},
		"many words":       {[]string{"hmac", "--signature-header", "X", "--timestamp-header", "T unix x"}, []string{"--timestamp-header"}},
		"unknown setting":  {[]string{"stripe", "--set", "route=x"}, []string{`unknown option "route"`}},
		"unknown part":     {[]string{"hmac", "--set", "signature.heder=X"}, []string{"heder", "did you mean header"}},
		"setting's words":  {[]string{"token", "--set", "query=" + secretText + " b"}, []string{"--set 'query=<name>'"}},
		"setting's lines":  {[]string{"token", "--set", "query=a\nroute b"}, []string{"--set 'query=<name>'"}},
		"no words":         {[]string{"token", "--set", "bearer=yes"}, []string{"write --set bearer"}},
		"bad words":        {[]string{"token", "--set", "query=<<A\nb"}, []string{"--set query"}},
		"unset variable":   {[]string{"meta", "--set", "verify_token={env.GATEPOST_TEST_UNSET}"}, []string{"GATEPOST_TEST_UNSET"}},
		"bad skew":         {[]string{"stripe", "--skew", "soon"}, []string{"--skew", "10m"}},
		"faults that hide": {[]string{"stripe", "--no-signature", "--skew", "1h"}, []string{"--no-signature"}},
		"no signed field":  {[]string{"adyen", "--secret", "00", "--data", `{"notificationItems":[{"NotificationRequestItem":{}}]}`, "--tamper"}, []string{"--tamper"}},
		"no such file":     {[]string{"stripe", "--data", "@/nowhere/body"}, []string{"--data", "/nowhere/body"}},
		"header":           {[]string{"stripe", "--header", "X"}, []string{"--header", "Name: value"}},
		"fewer than none":  {[]string{"stripe", "--duplicate", "-1"}, []string{"--duplicate"}},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"send", "--secret", "s", "--to", "http://localhost/"}, c.args...)
			if r := runCommand(t, args...).fail(t, 2, c.want...); strings.Contains(r.stderr, secretText) {
				t.Errorf("repeats what it must not: %s", r.stderr)
			}
		})
	}
}

func TestSendListsSamples(t *testing.T) {
	r := runCommand(t, "send", "slack", "--list").succeed(t)
	for _, want := range []string{"TYPE ", "\nmessage ", "\n/deploy ", "application/x-www-form-urlencoded"} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("no %q in:\n%s", want, r.stdout)
		}
	}
	all := decode[[]sampleInfo](t, runCommand(t, "send", "slack", "--list", "--json").succeed(t))
	if len(all) < 10 || all[0].Type != "message" || all[0].Header.Get("Content-Type") != "application/json" || !strings.Contains(all[0].Body, `"event_callback"`) {
		t.Errorf("%+v", all)
	}
}

func TestSendTypeWithoutSample(t *testing.T) {
	server := newReceiver(t, "stripe", verifier.Settings{Secrets: []string{"s"}})
	send := func(args ...string) string {
		return runCommand(t, append([]string{"send", "stripe", "--secret", "s", "--to", server.URL}, args...)...).succeed(t).stderr
	}
	if got := send("--type", "invoice.payd"); !strings.Contains(got, `"invoice.payd"`) || !strings.Contains(got, "near are invoice.paid") || !strings.Contains(got, "--list") {
		t.Errorf("said %q", got)
	}
	if body := string(server.requests[0].Body); !strings.Contains(body, `"type":"invoice.payd"`) || !strings.Contains(body, `"object":"invoice"`) {
		t.Errorf("sent %s", body)
	}
	if got := send("--type", "radar.early_fraud_warning.created"); !strings.Contains(got, "none resembles it") {
		t.Errorf("said %q", got)
	}
	if got := send("--type", "invoice.paid") + send("--type", "x", "--data", "{}"); got != "" {
		t.Errorf("said %q", got)
	}
}

func TestCompleteTypes(t *testing.T) {
	cmd := sendCommand(time.Now)
	complete, ok := cmd.GetFlagCompletionFunc("type")
	if !ok {
		t.Fatal("--type is not completed")
	}
	if types, _ := complete(cmd, []string{"zoom"}, ""); !slices.Contains(types, "meeting.started") {
		t.Errorf("completes %q", types)
	}
	if types, _ := complete(cmd, nil, ""); len(types) > 0 {
		t.Errorf("completes %q for no provider", types)
	}
}
