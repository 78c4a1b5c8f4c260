// Package caddymodule is Gatepost as Caddy modules: the app that owns the store and the queues, the
// handler of a source, the Caddyfile, the admin API, the command line and the metrics. Everything
// that touches Caddy is here; everything else is in the packages it imports.
package caddymodule

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyevents"
	"go.uber.org/zap"

	"github.com/gatepost/gatepost/delivery"
	"github.com/gatepost/gatepost/store"
)

func init() {
	caddy.RegisterModule(new(App))
}

// App owns what all sources share: the store of events and the queues of their deliveries. Sources
// are configured by the webhooks handler. Without any configuration the store is in Caddy's data
// directory, in webhooks.
type App struct {
	// Where events are stored.
	Store *Store `json:"store,omitempty"`

	// How long an event is kept from its arrival. What is unfinished stays until it is finished,
	// dead letters at most this long after they died. Default: 720h (30 days).
	Retention caddy.Duration `json:"retention,omitempty"`

	// Deliveries waiting on one route above which the sources of that route answer 503. Default: no
	// limit.
	MaxPending int `json:"max_pending,omitempty"`

	// Free disk space in bytes below which sources answer 503, before the disk is full; 0 turns it
	// off. Default: 512 MiB.
	MinFreeDisk *int64 `json:"min_free_disk,omitempty"`

	// How long attempts in flight may take to finish when the process exits; then they are cut, and
	// tried again after the start. Default: 10s.
	ShutdownTimeout caddy.Duration `json:"shutdown_timeout,omitempty"`

	ctx      caddy.Context
	log      *zap.Logger
	slog     *slog.Logger
	events   *caddyevents.App
	vault    *vault
	vaultKey string
	before   *App // on whose behalf the vault worked until this one started; nil once that stopped after it

	mu      sync.Mutex // guards sources while handlers provision; afterwards they do not change
	sources map[string]*source
}

// Store says where events are stored.
type Store struct {
	// The storage engine. Default, and so far the only one: badger, which is embedded.
	Engine string `json:"engine,omitempty"`
	// The engine's directory, which one process uses at a time. Default: webhooks in Caddy's data
	// directory.
	Path string `json:"path,omitempty"`
}

func (s *Store) check() error {
	if s.Engine != "" && s.Engine != "badger" {
		return fmt.Errorf("store: unknown engine %q: there is badger", s.Engine)
	}
	return nil
}

const (
	defaultRetention       = 30 * 24 * time.Hour
	defaultMinFreeDisk     = 512 << 20
	defaultShutdownTimeout = 10 * time.Second
)

// CaddyModule returns the Caddy module information.
func (*App) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "webhooks", New: func() caddy.Module { return new(App) }}
}

// Provision takes a reference to the store without opening it: a config is provisioned to be
// validated, too, possibly while another process has the store open.
func (a *App) Provision(ctx caddy.Context) error {
	a.ctx = ctx
	a.log, a.slog = ctx.Logger(), ctx.Slogger()
	a.sources = make(map[string]*source)
	events, err := ctx.App("events")
	if err != nil {
		return fmt.Errorf("getting the events app: %w", err)
	}
	a.events = events.(*caddyevents.App)
	if a.Retention < 0 || a.ShutdownTimeout < 0 || a.MaxPending < 0 || a.MinFreeDisk != nil && *a.MinFreeDisk < 0 {
		return errors.New("retention, shutdown_timeout, max_pending and min_free_disk must not be negative")
	}
	dir, err := a.directory()
	if err != nil {
		return err
	}
	v, err := takeVault(dir)
	if err != nil {
		return err
	}
	a.vault, a.vaultKey = v, dir // only now is there a reference to give back
	return registerMetrics(ctx.GetMetricsRegistry(), v)
}

func (a *App) directory() (string, error) {
	dir := filepath.Join(caddy.AppDataDir(), "webhooks")
	if a.Store != nil {
		if err := a.Store.check(); err != nil {
			return "", err
		}
		if a.Store.Path != "" {
			expanded, err := expand("store", a.Store.Path)
			if err != nil {
				return "", err
			}
			dir = expanded
		}
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("store: %w", err)
	}
	return canonical(dir), nil
}

// canonical resolves the links in a path whose end need not exist yet, so that the store has one name
// before it was made and after.
func canonical(path string) string {
	resolved, err := filepath.EvalSymlinks(path)
	if err == nil {
		return resolved
	}
	parent := filepath.Dir(path)
	if parent == path {
		return path
	}
	return filepath.Join(canonical(parent), filepath.Base(path))
}

func (a *App) retention() time.Duration {
	return cmp.Or(time.Duration(a.Retention), defaultRetention)
}

func (a *App) shutdownTimeout() time.Duration {
	return cmp.Or(time.Duration(a.ShutdownTimeout), defaultShutdownTimeout)
}

func (a *App) policy() store.Policy {
	p := store.Policy{Retention: a.retention(), MinFreeDisk: defaultMinFreeDisk, Quarantine: make(map[string]store.QuarantineBounds)}
	if a.MinFreeDisk != nil {
		p.MinFreeDisk = *a.MinFreeDisk
	}
	for _, s := range a.sources {
		p.DedupeWindow = max(p.DedupeWindow, s.Window)
		if s.Quarantine != nil {
			p.Quarantine[s.Name] = s.bounds
		}
	}
	return p
}

// register makes a configured source known, or returns the one that the same configuration made
// through another listener.
func (a *App) register(config *Source, build func() (*source, error)) (*source, error) {
	text, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if s, ok := a.sources[config.name()]; ok {
		if !bytes.Equal(s.config, text) {
			return nil, fmt.Errorf("two sources are named %s and have different settings: give one of them another name", config.name())
		}
		return s, nil
	}
	s, err := build()
	if err != nil {
		return nil, err
	}
	s.config = text
	a.sources[config.name()] = s
	return s, nil
}

// Start opens the store and hands the routes of this config to the dispatcher. A store that another
// process holds fails the load; any other trouble does not, so that Caddy's other sites serve while
// sources answer 503 and opening is tried again.
func (a *App) Start() error {
	a.vault.adopt(a)
	if err := a.vault.store.Open(a.ctx); errors.Is(err, store.ErrLocked) {
		a.vault.abandon(a) // an app that did not start is not stopped
		return err
	} else if err != nil {
		a.log.Error("the store cannot be opened; sources answer 503 until it can", zap.Error(err))
	}
	a.warnOfOldStore()
	a.vault.dispatcher.Configure(a.ctx, a, a.routes())
	return nil
}

func (a *App) routes() []delivery.Route {
	var routes []delivery.Route
	for _, name := range a.sourceNames() {
		routes = append(routes, a.sources[name].deliveries...)
	}
	return routes
}

func (a *App) sourceNames() []string { return slices.Sorted(maps.Keys(a.sources)) }

// warnOfOldStore says how much waits in the store that the config before this one used.
func (a *App) warnOfOldStore() {
	old, err := caddy.ActiveContext().AppIfConfigured("webhooks")
	if err != nil {
		return
	}
	before, ok := old.(*App)
	if !ok || before == a || before.vaultKey == a.vaultKey {
		return
	}
	routes, err := before.vault.store.Routes(a.ctx)
	if err != nil {
		return
	}
	waiting := 0
	for _, r := range routes {
		waiting += r.Pending
	}
	a.log.Warn("the store's directory changed; deliveries in the old one wait until it is configured again",
		zap.String("old", before.vaultKey), zap.String("new", a.vaultKey), zap.Int("waiting", waiting))
}

// Stop gives up the routes. On a reload the next config has taken them over by now, and attempts in
// flight finish by themselves; on exit they get a little time.
func (a *App) Stop() error {
	if !caddy.Exiting() {
		a.vault.abandon(a)
		a.vault.dispatcher.Retire(a.ctx, a)
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), a.shutdownTimeout())
	defer cancel()
	return a.vault.dispatcher.Shutdown(ctx)
}

// Cleanup drops the reference to the store, if there is one.
func (a *App) Cleanup() error {
	if a.vaultKey == "" { // Provision failed before it took one
		return nil
	}
	key := a.vaultKey
	a.vaultKey = ""
	return dropVault(key)
}

// expand replaces placeholders in a setting; what is unknown, unset or empty is an error. The error
// names the setting and the placeholder but nothing else of the text, which may be a secret.
func expand(setting, text string) (string, error) {
	expanded, err := caddy.NewReplacer().ReplaceOrErr(text, true, true)
	if err != nil {
		if p := namedPlaceholder.FindString(text); p != "" {
			return "", fmt.Errorf("%s: %s is not set, empty or unreadable", setting, p)
		}
		return "", fmt.Errorf("%s: a part in braces is not a placeholder such as {env.NAME} or {file./run/secrets/name}; a literal brace is written \\{", setting)
	}
	if strings.TrimSpace(expanded) == "" {
		return "", fmt.Errorf("%s: the value is empty", setting)
	}
	return expanded, nil
}

var namedPlaceholder = regexp.MustCompile(`\{(env|file)\.[^{}]+\}`)

var (
	_ caddy.App          = (*App)(nil)
	_ caddy.Provisioner  = (*App)(nil)
	_ caddy.CleanerUpper = (*App)(nil)
)
