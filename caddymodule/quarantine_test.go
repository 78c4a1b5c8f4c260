package caddymodule

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/gatepost/gatepost/dedupe"
	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/ingest"
	"github.com/gatepost/gatepost/replay"
	"github.com/gatepost/gatepost/store"
	"github.com/gatepost/gatepost/verifier"
)

func identityOf(t *testing.T, provider string) *dedupe.Identity {
	t.Helper()
	config := &Source{Provider: provider}
	p, err := config.provider()
	if err != nil {
		t.Fatal(err)
	}
	identity, err := dedupe.Compile(config.identity(p))
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

func TestQuarantineBounds(t *testing.T) {
	for name, c := range map[string]struct {
		source Source
		want   store.QuarantineBounds
		err    string
	}{
		"nothing":        {Source{}, store.QuarantineBounds{}, ""},
		"reject":         {Source{OnUnverified: "reject"}, store.QuarantineBounds{}, ""},
		"the defaults":   {Source{OnUnverified: "quarantine"}, store.QuarantineBounds{Requests: 1000, Bytes: 16 << 20, Age: 168 * time.Hour}, ""},
		"some":           {Source{OnUnverified: "quarantine", Quarantine: &Quarantine{MaxRequests: 7}}, store.QuarantineBounds{Requests: 7, Bytes: 16 << 20, Age: 168 * time.Hour}, ""},
		"the largest":    {Source{OnUnverified: "quarantine", Quarantine: &Quarantine{MaxRequests: 100_000, MaxBytes: 1 << 30, MaxAge: caddy.Duration(720 * time.Hour)}}, store.QuarantineBounds{Requests: 100_000, Bytes: 1 << 30, Age: 720 * time.Hour}, ""},
		"negative":       {Source{OnUnverified: "quarantine", Quarantine: &Quarantine{MaxRequests: -1, MaxBytes: -1, MaxAge: -1}}, store.QuarantineBounds{}, "max_age"},
		"bounds alone":   {Source{Quarantine: &Quarantine{}}, store.QuarantineBounds{}, "on_unverified quarantine"},
		"another word":   {Source{OnUnverified: "keep"}, store.QuarantineBounds{}, `"keep" is unknown`},
		"open to anyone": {Source{OnUnverified: "quarantine", Settings: verifier.Settings{Insecure: true}}, store.QuarantineBounds{}, "insecure"},
	} {
		err := c.source.checkQuarantine()
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v, want %q", name, err, c.err)
		}
		if got := c.source.quarantineBounds(); c.want.Requests > 0 && got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// A config that fails to load leaves the limits of the one that goes on.
func TestFailedLoadLeavesTheLimits(t *testing.T) {
	v := newVault(filepath.Join(t.TempDir(), "store"))
	t.Cleanup(func() { _ = v.store.Close() })
	app := func(name string) *App {
		s := &source{}
		s.Name, s.Quarantine, s.Identity = name, new(ingest.Quarantine), identityOf(t, "stripe")
		return &App{vault: v, slog: slog.New(slog.DiscardHandler), sources: map[string]*source{name: s}}
	}
	limited := func(want string) {
		t.Helper()
		kept := v.store.Stats().Quarantine
		if _, ok := kept[want]; !ok || len(kept) != 1 {
			t.Errorf("the limits are those of %v, want %s", kept, want)
		}
	}
	first, second := app("first"), app("second")
	v.adopt(first)
	limited("first")
	v.adopt(second)
	limited("second")
	v.abandon(second)
	limited("first")
	third := app("third")
	v.adopt(third)
	v.abandon(first)
	limited("third")
}

// What the admin API is told of a request whose source is gone, or whose settings did not change.
func TestReleaseJudgesByTheLiveConfig(t *testing.T) {
	v := newVault(filepath.Join(t.TempDir(), "store"))
	t.Cleanup(func() { _ = v.store.Close() })
	p, _ := verifier.Lookup("stripe")
	settings := verifier.Settings{Secrets: []string{testSecret}}
	judge, err := p.New(settings)
	if err != nil {
		t.Fatal(err)
	}
	s := &source{settings: settings}
	s.Name, s.Provider, s.Verifier, s.Identity = "stripe", p, judge, identityOf(t, "stripe")
	live := liveConfig{&App{vault: v, sources: map[string]*source{"stripe": s}}}
	r := &event.Rejected{Source: "stripe", ReceivedAt: noon, Request: event.Request{Method: "POST"}, Body: []byte("{}")}
	if got := live.Release(t.Context(), r, false); got.Outcome != replay.OutcomeFailed || got.Code != "signature_missing" {
		t.Errorf("unsigned: %+v", got)
	}
	if e := live.Explain(r); e == nil || e.Verified || e.Code != verifier.SignatureMissing || len(e.Findings) == 0 {
		t.Errorf("unsigned: %+v", e)
	}
	r.Source = "gone"
	if got := live.Release(t.Context(), r, false); got.Outcome != replay.OutcomeUnknownSource || live.Explain(r) != nil {
		t.Errorf("of no source: %+v", got)
	}
}
