package caddymodule

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/verifier"
)

const hookSecret = "b537207f20cbfa02357cf448134da559"

// newEnrolment is one for Asana into a file that is not there yet, in a new directory, at noon and for
// ten minutes.
func newEnrolment(t *testing.T) (*enrolment, *observer.ObservedLogs) {
	t.Helper()
	asana, _ := verifier.Lookup("asana")
	core, logs := observer.New(zapcore.DebugLevel)
	noon := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	settings := verifier.Enrol{File: filepath.Join(t.TempDir(), "secret"), Until: noon.Add(10 * time.Minute)}
	without, err := asana.New(verifier.Settings{Enrol: &settings})
	if err != nil {
		t.Fatal(err)
	}
	return &enrolment{
		settings: settings, header: asana.EnrolHeader, without: without, now: func() time.Time { return noon }, log: zap.New(core),
		build: func(secret string) (verifier.Verifier, error) {
			return asana.New(verifier.Settings{Secrets: []string{secret}})
		},
	}, logs
}

func enrolRequest(secrets ...string) *verifier.Request {
	return &verifier.Request{Method: "POST", Host: "hooks.example.com", URI: "/asana", Header: http.Header{"X-Hook-Secret": secrets}, Body: []byte("{}")}
}

// asanaEvent is signed with the secret.
func asanaEvent(t *testing.T, secret string) *verifier.Request {
	t.Helper()
	asana, _ := verifier.Lookup("asana")
	v, err := asana.New(verifier.Settings{Secrets: []string{secret}})
	if err != nil {
		t.Fatal(err)
	}
	r := &verifier.Request{Method: "POST", Header: http.Header{}, Body: []byte(`{"events":[]}`)}
	if err := v.Sign(r, "", time.Now()); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEnrolment(t *testing.T) {
	e, logs := newEnrolment(t)
	if err := e.check(); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Verify(asanaEvent(t, hookSecret), e.now()); err == nil {
		t.Error("verified before there was a secret")
	}
	if err := e.Sign(enrolRequest(), "", e.now()); err == nil {
		t.Error("signed before there was a secret")
	}
	a := e.answer(enrolRequest(hookSecret))
	if a == nil || a.Status != http.StatusOK || a.Header.Get("X-Hook-Secret") != hookSecret || len(a.Body) > 0 {
		t.Fatalf("answer %+v", a)
	}
	info, err := os.Stat(e.settings.File)
	text, _ := os.ReadFile(e.settings.File)
	if err != nil || info.Mode().Perm() != 0o600 || string(text) != hookSecret {
		t.Errorf("the file is %v with %q, %v", info.Mode(), text, err)
	}
	if _, err := e.Verify(asanaEvent(t, hookSecret), e.now()); err != nil {
		t.Errorf("with the enrolled secret: %v", err)
	}
	if a := e.answer(enrolRequest("another")); a != nil {
		t.Errorf("a second secret was taken: %+v", a)
	}
	if text, _ := os.ReadFile(e.settings.File); string(text) != hookSecret {
		t.Errorf("the file holds %q", text)
	}

	// After a restart, long after the end.
	again, _ := newEnrolment(t)
	again.settings.File, again.now = e.settings.File, func() time.Time { return e.settings.Until.Add(time.Hour) }
	if err := again.check(); err != nil {
		t.Fatal(err)
	}
	if _, err := again.Verify(asanaEvent(t, hookSecret), again.now()); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	for _, l := range logs.All() {
		if strings.Contains(fmt.Sprint(l.Message, l.ContextMap()), hookSecret) {
			t.Errorf("the log has the secret: %v", l)
		}
	}
	if entries, _ := os.ReadDir(filepath.Dir(e.settings.File)); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestNotEnrolled(t *testing.T) {
	late := func(e *enrolment) { e.now = func() time.Time { return e.settings.Until } }
	for name, tt := range map[string]struct {
		request *verifier.Request
		change  func(*enrolment)
	}{
		"no secret":      {enrolRequest(), nil},
		"empty":          {enrolRequest(""), nil},
		"two":            {enrolRequest("a", "b"), nil},
		"too long":       {enrolRequest(strings.Repeat("a", largestEnrolled+1)), nil},
		"a space":        {enrolRequest("a b"), nil},
		"a line break":   {enrolRequest("a\r\nX-Other: b"), nil},
		"not ASCII":      {enrolRequest("ä"), nil},
		"too late":       {enrolRequest(hookSecret), late},
		"another method": {&verifier.Request{Method: "GET", Header: enrolRequest(hookSecret).Header}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			e, _ := newEnrolment(t)
			if tt.change != nil {
				tt.change(e)
			}
			if a := e.answer(tt.request); a != nil {
				t.Errorf("answered %+v", a)
			}
			if _, err := os.Stat(e.settings.File); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a file was written: %v", err)
			}
		})
	}
}

// A secret that cannot be kept is not echoed: the sender would think that it was taken.
func TestEnrolmentThatCannotBeKept(t *testing.T) {
	e, logs := newEnrolment(t)
	if err := os.Remove(filepath.Dir(e.settings.File)); err != nil {
		t.Fatal(err)
	}
	a := e.answer(enrolRequest(hookSecret))
	if a == nil || a.Status != http.StatusServiceUnavailable || a.Header.Get("X-Hook-Secret") != "" || logs.Len() != 1 {
		t.Errorf("answer %+v, %d log lines", a, logs.Len())
	}
	if e.current() != nil {
		t.Error("verifies with a secret that was not kept")
	}
}

// What cannot be looked at is not taken for a secret that came first: its sender would be told that the
// signature is missing, and nobody that anything is wrong.
func TestEnrolmentIntoWhatCannotBeLookedAt(t *testing.T) {
	e, logs := newEnrolment(t)
	if err := os.WriteFile(e.settings.File, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	e.settings.File = filepath.Join(e.settings.File, "secret") // below a file
	a := e.answer(enrolRequest(hookSecret))
	if a == nil || a.Status != http.StatusServiceUnavailable || logs.Len() != 1 {
		t.Errorf("answer %+v, %d log lines", a, logs.Len())
	}
}

// A quarantined request is explained with the secret with which it would be released.
func TestExplainWithTheEnrolledSecret(t *testing.T) {
	e, _ := newEnrolment(t)
	asana, _ := verifier.Lookup("asana")
	s := &source{settings: verifier.Settings{Enrol: &e.settings}}
	s.Name, s.Provider, s.Verifier = "asana", asana, e
	live := liveConfig{&App{sources: map[string]*source{"asana": s}}}
	sent := asanaEvent(t, hookSecret)
	r := &event.Rejected{Source: "asana", ReceivedAt: noon, Request: event.Request{Method: "POST", Header: sent.Header}, Body: sent.Body}
	if got := live.Explain(r); got.Verified || got.Code != verifier.SignatureMismatch {
		t.Errorf("before enrolment: %+v", got)
	}
	if e.answer(enrolRequest(hookSecret)) == nil {
		t.Fatal("not enrolled")
	}
	if got := live.Explain(r); !got.Verified {
		t.Errorf("after enrolment: %+v", got)
	}
}

// The config before and after a reload can meet the two of one webhook's requests.
func TestEnrolledByAnotherConfig(t *testing.T) {
	before, _ := newEnrolment(t)
	after, _ := newEnrolment(t)
	after.settings.File = before.settings.File
	if before.answer(enrolRequest(hookSecret)) == nil {
		t.Fatal("not enrolled")
	}
	if _, err := after.Verify(asanaEvent(t, hookSecret), after.now()); err != nil {
		t.Errorf("the other config: %v", err)
	}
	if err := after.keep("another"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("kept another one: %v", err)
	}
}

func TestEnrolmentIsRefusedAtLoad(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*enrolment)
		want   string
	}{
		"ended":        {func(e *enrolment) { e.settings.Until = e.now() }, "within the next hour, such as 2026-11-21T12:10:00Z"},
		"far ahead":    {func(e *enrolment) { e.settings.Until = e.now().Add(2 * time.Hour) }, "more than an hour ahead"},
		"no directory": {func(e *enrolment) { e.settings.File = filepath.Join(e.settings.File, "secret") }, "no such directory"},
		"a dead link": {func(e *enrolment) {
			if err := os.Symlink("nowhere", e.settings.File); err != nil {
				t.Skip("no symbolic links here:", err)
			}
		}, "link to what is not there"},
		"empty file": {func(e *enrolment) { _ = os.WriteFile(e.settings.File, []byte("\n"), 0o600) }, "holds no secret"},
	} {
		t.Run(name, func(t *testing.T) {
			e, _ := newEnrolment(t)
			tt.change(e)
			if err := e.check(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// Through Caddy, with the command that signs.
func TestEnrolAtHandler(t *testing.T) {
	dir := t.TempDir()
	file, address := filepath.Join(dir, "asana"), freeAddress(t)
	source := map[string]any{
		"handler": "webhooks", "provider": "asana",
		"enrol":  verifier.Enrol{File: file, Until: time.Now().Add(10 * time.Minute)},
		"routes": []any{map[string]any{"name": "app", "handle": json.RawMessage(`{"handler":"static_response","status_code":204}`)}},
	}
	routes := map[string]any{"match": []any{map[string]any{"path": []string{"/asana"}}}, "handle": []any{source}}
	logs := filepath.Join(dir, "access.log")
	var withLogs map[string]any
	if err := json.Unmarshal(config(t, filepath.Join(dir, "store"), address, nil, routes), &withLogs); err != nil {
		t.Fatal(err)
	}
	servers := withLogs["apps"].(map[string]any)["http"].(map[string]any)["servers"].(map[string]any)
	servers["s"].(map[string]any)["logs"] = map[string]any{}
	withLogs["logging"] = map[string]any{"logs": map[string]any{"default": map[string]any{
		"writer": map[string]any{"output": "file", "filename": logs}, "level": "INFO",
	}}}
	run(t, toJSON(withLogs))
	url := "http://" + address + "/asana"

	send := func(secret string) result { return runCommand(t, "send", "asana", "--secret", secret, "--to", url) }
	send(hookSecret).fail(t, 1)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Hook-Secret", hookSecret)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.Header.Get("X-Hook-Secret") != hookSecret {
		t.Fatalf("answered %d %v", resp.StatusCode, resp.Header)
	}
	send(hookSecret).succeed(t)
	send("another").fail(t, 1)
	stop()
	text, err := os.ReadFile(logs)
	if err != nil || !strings.Contains(string(text), `"X-Hook-Signature"`) || strings.Contains(string(text), hookSecret) {
		t.Errorf("access and error log, %v:\n%s", err, text)
	}
}
