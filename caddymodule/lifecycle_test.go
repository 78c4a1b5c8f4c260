package caddymodule

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/gatepost/gatepost/store"
	"github.com/gatepost/gatepost/store/badger"
	"github.com/gatepost/gatepost/verifier"
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "gatepost")
	if err != nil {
		panic(err)
	}
	for _, name := range []string{"XDG_DATA_HOME", "XDG_CONFIG_HOME"} {
		if err := os.Setenv(name, dir); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

const testSecret = "whsec_of_a_test_that_must_not_show"

// config is a Caddy config with one Stripe source at /in on the address, and more routes.
func config(t *testing.T, dir, address string, change func(app, source map[string]any), more ...any) []byte {
	t.Helper()
	app := map[string]any{"store": map[string]any{"path": dir}, "min_free_disk": 0}
	source := map[string]any{
		"handler": "webhooks", "provider": "stripe", "secrets": []string{testSecret},
		"routes": []any{map[string]any{"name": "app", "handle": map[string]any{"handler": "static_response", "status_code": 204}}},
	}
	if change != nil {
		change(app, source)
	}
	return toJSON(map[string]any{
		"admin":   map[string]any{"disabled": true, "config": map[string]any{"persist": false}},
		"logging": map[string]any{"logs": map[string]any{"default": map[string]any{"level": "PANIC"}}},
		"apps": map[string]any{
			"webhooks": app,
			"http": map[string]any{"servers": map[string]any{"s": map[string]any{
				"listen":          []string{address},
				"automatic_https": map[string]any{"disable": true},
				"routes":          append(more, map[string]any{"match": []any{map[string]any{"path": []string{"/in"}}}, "handle": []any{source}}),
			}}},
		},
	})
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func run(t *testing.T, config []byte) {
	t.Helper()
	if err := caddy.Load(config, true); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
}

func stop() {
	_ = caddy.Stop()
	closing.Wait()
}

// acceptedAt sends a signed event until a server answers that it took it, as senders do: while
// Caddy hands a listener over, the old server may close a connection or answer that it is closed.
func acceptedAt(t *testing.T, address, id string) *http.Response {
	t.Helper()
	for range 50 {
		resp, _, err := post(t, address, id)
		if err == nil && resp.StatusCode == http.StatusOK {
			return resp
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s was not accepted", id)
	return nil
}

// post sends a signed event once and returns the answer with its body.
func post(t *testing.T, address, id string) (*http.Response, string, error) {
	t.Helper()
	p, _ := verifier.Lookup("stripe")
	v, err := p.New(verifier.Settings{Secrets: []string{testSecret}})
	if err != nil {
		t.Fatal(err)
	}
	body := fmt.Appendf(nil, `{"id":%q,"type":"invoice.paid"}`, id)
	signed := &verifier.Request{Method: "POST", Header: http.Header{"Content-Type": {"application/json"}}, Body: body}
	if err := v.Sign(signed, id, time.Now()); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/in", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = signed.Header
	r.Close = true
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	return resp, string(text), err
}

func references(dir string) int {
	n, _ := vaults.References(dir)
	return n
}

// Validating a config happens next to a running server: it must not touch the store.
func TestValidateTouchesNoDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	var c caddy.Config
	if err := json.Unmarshal(config(t, dir, freeAddress(t), nil), &c); err != nil {
		t.Fatal(err)
	}
	if err := caddy.Validate(&c); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the directory was made: %v", err)
	}
	if n := references(dir); n != 0 {
		t.Errorf("%d references are left", n)
	}
}

func TestReloadKeepsTheStore(t *testing.T) {
	dir, address := filepath.Join(t.TempDir(), "store"), freeAddress(t)
	run(t, config(t, dir, address, nil))
	first := acceptedAt(t, address, "evt_1")
	if first.Header.Get("Gatepost-Event-Id") == "" {
		t.Fatalf("first: %v", first.Header)
	}
	for i := range 3 {
		run(t, config(t, dir, address, func(_, source map[string]any) { source["max_body"] = 1000 + i }))
	}
	bad := config(t, dir, address, func(_, source map[string]any) { source["secrets"] = []string{"{env.GATEPOST_TEST_UNSET}"} })
	if err := caddy.Load(bad, true); err == nil {
		t.Fatal("a config with an unset secret was loaded")
	}
	if n := references(dir); n != 1 {
		t.Errorf("%d references to the store, want 1", n)
	}
	again := acceptedAt(t, address, "evt_1")
	if again.Header.Get("Gatepost-Duplicate") != "true" || again.Header.Get("Gatepost-Event-Id") != first.Header.Get("Gatepost-Event-Id") {
		t.Errorf("after reloads: %v", again.Header)
	}
	stop()
	if n := references(dir); n != 0 {
		t.Errorf("%d references are left after the stop", n)
	}
	run(t, config(t, dir, address, nil))
	if again := acceptedAt(t, address, "evt_1"); again.Header.Get("Gatepost-Duplicate") != "true" {
		t.Errorf("after a restart: %v", again.Header)
	}
}

// The store has one name, whether its directory exists or not: else the first reload would open it a
// second time, and wait in vain for itself to leave.
func TestReloadKeepsAStoreBehindALink(t *testing.T) {
	target, link := t.TempDir(), filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(target, link); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	dir, address := filepath.Join(link, "gatepost", "store"), freeAddress(t)
	run(t, config(t, dir, address, nil))
	acceptedAt(t, address, "evt_1")
	run(t, config(t, dir, address, func(_, source map[string]any) { source["max_body"] = 1000 }))
	if again := acceptedAt(t, address, "evt_1"); again.Header.Get("Gatepost-Duplicate") != "true" {
		t.Errorf("after the reload: %v", again.Header)
	}
	if n := references(canonical(dir)); n != 1 {
		t.Errorf("%d references to the store, want 1", n)
	}
}

// Caddy does not stop an app that failed to start. What the vault does it goes on doing for the config
// before that.
func TestLockedStoreLeavesTheVaultToTheConfigBefore(t *testing.T) {
	dir := t.TempDir()
	holder := badger.New(badger.Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	if err := holder.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holder.Close() }()
	v := newVault(dir)
	v.store = badger.New(badger.Options{Dir: dir, Logger: slog.New(&v.logs), LockWait: time.Millisecond})
	defer func() { _ = v.store.Close() }()
	ctx, cancel := caddy.NewContext(caddy.Context{Context: t.Context()})
	defer cancel()
	newApp := func() *App {
		return &App{ctx: ctx, log: zap.NewNop(), slog: slog.New(slog.DiscardHandler), vault: v, vaultKey: dir}
	}
	before, failing := newApp(), newApp()
	v.adopt(before)
	if err := failing.Start(); !errors.Is(err, store.ErrLocked) {
		t.Fatalf("Start = %v, want ErrLocked", err)
	}
	if v.app.Load() != before {
		t.Error("the vault works for a config that did not start")
	}
}

// An old handler may still run when its config is gone: it answers 503 and touches nothing.
func TestHandlerThatOutlivesItsConfig(t *testing.T) {
	dir, address := filepath.Join(t.TempDir(), "store"), freeAddress(t)
	ctx, err := caddy.ProvisionContext(&caddy.Config{
		Admin:   &caddy.AdminConfig{Disabled: true},
		AppsRaw: caddy.ModuleMap{"webhooks": toJSON(map[string]any{"store": map[string]any{"path": dir}, "min_free_disk": 0})},
	})
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := ctx.LoadModuleByID("http.handlers.webhooks", toJSON(map[string]any{"provider": "stripe", "secrets": []string{testSecret}}))
	if err != nil {
		t.Fatal(err)
	}
	h := loaded.(*Handler)
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h.ServeHTTP(w, r, nil); err != nil {
			t.Error(err)
		}
	})}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	acceptedAt(t, address, "evt_1")
	app, err := ctx.App("webhooks")
	if err != nil {
		t.Fatal(err)
	}
	if err := app.(*App).Cleanup(); err != nil {
		t.Fatal(err)
	}
	closing.Wait()
	resp, text, err := post(t, address, "evt_2")
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" || !strings.Contains(text, `"store_unavailable"`) {
		t.Errorf("after: %s %v %s", resp.Status, resp.Header, text)
	}
}

// What only the machine can show is refused when the config is loaded, with the name of the source
// and the option, and without the secret.
func TestRefusedAtLoad(t *testing.T) {
	t.Setenv("GATEPOST_TEST_EMPTY", "")
	t.Setenv("GATEPOST_TEST_BLANK", " \t")
	cases := map[string]struct {
		change func(app, source map[string]any)
		want   []string
	}{
		"unset secret":    {func(_, s map[string]any) { s["secrets"] = []string{"{env.GATEPOST_TEST_UNSET}"} }, []string{"webhooks stripe", "secret"}},
		"empty secret":    {func(_, s map[string]any) { s["secrets"] = []string{"{env.GATEPOST_TEST_EMPTY}"} }, []string{"webhooks stripe", "secret"}},
		"blank secret":    {func(_, s map[string]any) { s["secrets"] = []string{testSecret, "{env.GATEPOST_TEST_BLANK}"} }, []string{"webhooks stripe", "secret", "empty"}},
		"brace in secret": {func(_, s map[string]any) { s["secrets"] = []string{testSecret + "{ss}word"} }, []string{"webhooks stripe", "secret", "brace"}},
		"unreadable file": {func(_, s map[string]any) { s["secrets"] = []string{"{file./does/not/exist.txt}"} }, []string{"webhooks stripe", "secret"}},
		"unset host": {func(_, s map[string]any) {
			s["routes"] = []any{map[string]any{"name": "app", "to": []string{"http://{env.GATEPOST_TEST_UNSET}/"}}}
		}, []string{"webhooks stripe", "route app", "to"}},
		"unset directory": {func(a, _ map[string]any) { a["store"] = map[string]any{"path": "{env.GATEPOST_TEST_UNSET}"} }, []string{"store"}},
		"engine":          {func(a, _ map[string]any) { a["store"] = map[string]any{"engine": "postgres"} }, []string{"unknown engine", "badger"}},
		"negative":        {func(a, _ map[string]any) { a["retention"] = -1 }, []string{"retention"}},
		"unknown handler": {func(_, s map[string]any) {
			s["routes"] = []any{map[string]any{"name": "app", "handle": map[string]any{"handler": "no_such"}}}
		}, []string{"webhooks stripe", "route app"}},
		"unknown field": {func(_, s map[string]any) { s["rate"] = 5 }, []string{"rate"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := caddy.Load(config(t, filepath.Join(t.TempDir(), "store"), freeAddress(t), c.change), true)
			t.Cleanup(stop)
			if err == nil {
				t.Fatal("it was loaded")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
			if strings.Contains(err.Error(), testSecret) || strings.Contains(err.Error(), "ss}word") {
				t.Errorf("the error shows the secret: %q", err)
			}
		})
	}
}

func TestOneNameOneSource(t *testing.T) {
	dir, address := filepath.Join(t.TempDir(), "store"), freeAddress(t)
	two := func(other map[string]any) []byte {
		var c map[string]any
		if err := json.Unmarshal(config(t, dir, address, nil), &c); err != nil {
			t.Fatal(err)
		}
		server := c["apps"].(map[string]any)["http"].(map[string]any)["servers"].(map[string]any)["s"].(map[string]any)
		server["routes"] = append(server["routes"].([]any), map[string]any{"handle": []any{other}})
		return toJSON(c)
	}
	var same map[string]any
	_ = config(t, dir, address, func(_, source map[string]any) { same = source })
	run(t, two(same)) // one block that is reached twice
	err := caddy.Load(two(map[string]any{"handler": "webhooks", "provider": "stripe", "secrets": []string{"other"}}), true)
	if err == nil || !strings.Contains(err.Error(), "two sources are named stripe") {
		t.Errorf("other settings under the same name: %v", err)
	}
}

func TestLogTellsHowManyLinesItLeftOut(t *testing.T) {
	var l limiter
	if omitted, ok := l.allow("a", noon); !ok || omitted != 0 {
		t.Errorf("first: %d, %v", omitted, ok)
	}
	for i := range 5 {
		if _, ok := l.allow("a", noon.Add(time.Duration(i)*time.Second)); ok {
			t.Errorf("line %d was let through", i)
		}
	}
	if _, ok := l.allow("b", noon); !ok {
		t.Error("another kind was left out")
	}
	if omitted, ok := l.allow("a", noon.Add(lineInterval)); !ok || omitted != 5 {
		t.Errorf("after the interval: %d, %v; want 5 left out", omitted, ok)
	}
}

func TestEventTypesAreCountedUpToABound(t *testing.T) {
	m := newMetrics()
	for i := range 3 * typesCounted {
		m.countEvent("s", fmt.Sprint(i))
	}
	if n := len(m.types["s"]); n != typesCounted {
		t.Errorf("%d types have a time series", n)
	}
}

// Signatures that cover the address need the one that the provider called.
func TestAddressIsTheOneThatTheProviderCalled(t *testing.T) {
	header := http.Header{"X-Forwarded-Proto": {"https, http"}, "X-Forwarded-Host": {"hooks.example.com, inner"}}
	for name, c := range map[string]struct {
		trusted      bool
		scheme, host string
	}{
		"from a trusted proxy": {true, "https", "hooks.example.com"},
		"from anybody":         {false, "http", "inner:8080"},
	} {
		vars := map[string]any{caddyhttp.TrustedProxyVarKey: c.trusted, caddyhttp.ClientIPVarKey: "192.0.2.7"}
		ctx := context.WithValue(t.Context(), caddyhttp.VarsCtxKey, vars)
		original := http.Request{Method: "POST", RequestURI: "/in?x=1", RemoteAddr: "10.0.0.1:5"}
		ctx = context.WithValue(ctx, caddyhttp.OriginalRequestCtxKey, original)
		r, err := http.NewRequestWithContext(ctx, "PUT", "http://inner:8080/rewritten", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = header
		in := incoming(httptest.NewRecorder(), r)
		if in.Scheme != c.scheme || in.Host != c.host || in.URI != "/in?x=1" || in.Method != "POST" || in.ClientIP != "192.0.2.7" || in.PeerAddr != "10.0.0.1:5" {
			t.Errorf("%s: %+v", name, in.Request)
		}
	}
}
