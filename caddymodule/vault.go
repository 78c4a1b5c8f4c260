package caddymodule

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/gatepost/gatepost/delivery"
	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/ingest"
	"github.com/gatepost/gatepost/replay"
	"github.com/gatepost/gatepost/store/badger"
)

// vault is what outlives a config: one open store with its queues. Caddy starts a new config before
// it stops the old one, and Badger locks its directory, so configs with the same directory share
// one vault. What it does on behalf of a config it does for the newest that started.
type vault struct {
	dir        string
	store      *badger.Store
	dispatcher *delivery.Dispatcher
	ids        event.IDs
	budget     *ingest.Budget
	since      time.Time
	counts     requestCounts
	logs       relay
	app        atomic.Pointer[App] // the newest that started
}

// bytesInFlight bounds the bodies that are in memory at one time, in all sources of a store.
const bytesInFlight = 256 << 20

var (
	vaults = caddy.NewUsagePool() // by canonical directory alone
	// closing counts vaults that a reload left behind and that wait for their last attempts, or close.
	closing sync.WaitGroup
	// departures are those that wait, each a *departure, by directory. A reload back takes them as they
	// are: it could not open the store a second time.
	departures sync.Map
)

// departure is the waiting of a vault that no config refers to any more.
type departure struct {
	vault *vault
	end   context.CancelFunc
}

func takeVault(dir string) (*vault, error) {
	v, _, err := vaults.LoadOrNew(dir, func() (caddy.Destructor, error) {
		if d, ok := departures.LoadAndDelete(dir); ok {
			d.(*departure).end()
			return d.(*departure).vault, nil
		}
		return newVault(dir), nil
	})
	if err != nil {
		return nil, err
	}
	return v.(*vault), nil
}

func dropVault(dir string) error {
	_, err := vaults.Delete(dir)
	return err
}

// newVault makes a vault without touching the disk.
func newVault(dir string) *vault {
	v := &vault{dir: dir, budget: ingest.NewBudget(bytesInFlight), since: time.Now()}
	logger := slog.New(&v.logs)
	v.store = badger.New(badger.Options{Dir: dir, Logger: logger})
	v.dispatcher = delivery.New(v.store, delivery.Options{Logger: logger, Observer: v})
	v.store.SetReady(v.dispatcher.Wake)
	return v
}

// adopt makes a the config on whose behalf the vault works. Caddy calls this and abandon one at a
// time.
func (v *vault) adopt(a *App) {
	a.before = v.app.Swap(a)
	v.logs.to(a.slog.Handler())
	v.store.SetPolicy(a.policy())
}

// abandon notes that a has stopped. If it was the newest, its load failed, and the config before it
// goes on.
func (v *vault) abandon(a *App) {
	newest := v.app.Load()
	switch {
	case newest == a && a.before != nil:
		v.app.Store(a.before)
		v.logs.to(a.before.slog.Handler())
		v.store.SetPolicy(a.before.policy())
	case newest != nil && newest.before == a:
		newest.before = nil
	}
	a.before = nil
}

// Destruct closes the vault once no config refers to it. The last attempts may take a while, for
// which a reload must not wait; until they are over the vault can be taken back.
func (v *vault) Destruct() error {
	timeout := defaultShutdownTimeout
	if a := v.app.Load(); a != nil {
		timeout = a.shutdownTimeout()
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	if caddy.Exiting() {
		defer cancel()
		return v.close(ctx)
	}
	d := &departure{vault: v, end: cancel}
	departures.Store(v.dir, d)
	closing.Go(func() {
		defer cancel()
		v.dispatcher.AwaitIdle(ctx)
		if !departures.CompareAndDelete(v.dir, d) {
			return // a config came back to it
		}
		if err := v.close(ctx); err != nil {
			slog.New(&v.logs).Error("closing the store", "error", err)
		}
	})
	return nil
}

func (v *vault) close(ctx context.Context) error {
	return errors.Join(v.dispatcher.Shutdown(ctx), v.store.Close())
}

// requestCounts are what became of requests since the vault was made.
type requestCounts struct {
	accepted, duplicate, rejected, quarantined, handshake, failed atomic.Int64
}

func (c *requestCounts) snapshot() replay.RequestCounts {
	return replay.RequestCounts{
		Accepted: c.accepted.Load(), Duplicate: c.duplicate.Load(), Rejected: c.rejected.Load(),
		Quarantined: c.quarantined.Load(), Handshake: c.handshake.Load(), Failed: c.failed.Load(),
	}
}

// relay is a log handler whose target changes with the config, for what outlives configs.
type relay struct {
	target atomic.Pointer[slog.Handler]
}

func (r *relay) to(h slog.Handler) { r.target.Store(&h) }

func (r *relay) handler() slog.Handler {
	if h := r.target.Load(); h != nil {
		return *h
	}
	return slog.DiscardHandler
}

// Enabled implements slog.Handler.
func (r *relay) Enabled(ctx context.Context, l slog.Level) bool { return r.handler().Enabled(ctx, l) }

// Handle implements slog.Handler.
func (r *relay) Handle(ctx context.Context, rec slog.Record) error {
	return r.handler().Handle(ctx, rec)
}

// WithAttrs implements slog.Handler.
func (r *relay) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &relayed{r, func(h slog.Handler) slog.Handler { return h.WithAttrs(attrs) }}
}

// WithGroup implements slog.Handler.
func (r *relay) WithGroup(name string) slog.Handler {
	return &relayed{r, func(h slog.Handler) slog.Handler { return h.WithGroup(name) }}
}

// relayed is a relay with attributes or groups, which it adds to whatever the target is then.
type relayed struct {
	*relay
	add func(slog.Handler) slog.Handler
}

// Handle implements slog.Handler.
func (r *relayed) Handle(ctx context.Context, rec slog.Record) error {
	return r.add(r.handler()).Handle(ctx, rec)
}

// WithAttrs implements slog.Handler.
func (r *relayed) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &relayed{r.relay, func(h slog.Handler) slog.Handler { return r.add(h).WithAttrs(attrs) }}
}

// WithGroup implements slog.Handler.
func (r *relayed) WithGroup(name string) slog.Handler {
	return &relayed{r.relay, func(h slog.Handler) slog.Handler { return r.add(h).WithGroup(name) }}
}
