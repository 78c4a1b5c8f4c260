package badger

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	bdg "github.com/dgraph-io/badger/v4"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
	"github.com/gatepost/gatepost/store/storetest"
)

var (
	bg   = context.Background()
	jobs = event.Route{Source: "shop", Name: "jobs"}
)

// logBook keeps what is logged.
type logBook struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *logBook) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBook) has(text string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Contains(b.text.String(), text)
}

// rig is a store under test.
type rig struct {
	testing.TB
	*Store
	clock *storetest.Clock
	book  *logBook
	ids   event.IDs
}

// newRig makes a store that is not open yet.
func newRig(t testing.TB, dir string, hooks Hooks) *rig {
	t.Helper()
	r := &rig{TB: t, clock: storetest.NewClock(time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)), book: new(logBook)}
	if hooks.Backoff == nil {
		hooks.Backoff = func(int) time.Duration { return time.Millisecond }
	}
	r.Store = New(Options{
		Dir: dir, Now: r.clock.Now, LockWait: time.Millisecond, Hooks: hooks,
		Logger: slog.New(slog.NewTextHandler(r.book, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	t.Cleanup(func() { _ = r.Store.Close() })
	return r
}

// openRig makes a store in a new directory and opens it.
func openRig(t testing.TB, hooks Hooks) *rig {
	t.Helper()
	r := newRig(t, t.TempDir(), hooks)
	r.must(r.Open(bg))
	return r
}

func (r *rig) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *rig) is(err, want error) {
	r.Helper()
	if !errors.Is(err, want) {
		r.Fatalf("the error is %v, want %v", err, want)
	}
}

func (r *rig) acceptance(key string, body []byte, routes ...event.Route) store.Acceptance {
	now := r.clock.Now()
	e := &event.Event{ID: r.ids.Event(now), Source: "shop", ReceivedAt: now, Body: body, Size: len(body)}
	if key != "" {
		e.Key = sha256.Sum256([]byte(key))
	}
	a := store.Acceptance{Event: e, Window: 24 * time.Hour}
	for n, route := range routes {
		a.Deliveries = append(a.Deliveries, &event.Delivery{
			ID: e.ID.Delivery(n), Event: e.ID, Route: route, State: event.Pending, NextAttemptAt: now, ChangedAt: now,
		})
	}
	return a
}

// put accepts a new event for jobs.
func (r *rig) put(key string) event.ID {
	r.Helper()
	a := r.acceptance(key, []byte("body of "+key), jobs)
	receipt, err := r.Accept(bg, a)
	r.must(err)
	if receipt.Duplicate {
		r.Fatalf("%q is a duplicate", key)
	}
	return a.Event.ID
}

// replays makes n more deliveries of an event to jobs, due now.
func (r *rig) replays(id event.ID, n int) (ds []*event.Delivery) {
	now := r.clock.Now()
	for range n {
		ds = append(ds, &event.Delivery{ID: r.ids.Delivery(now), Event: id, Route: jobs, State: event.Pending, Replay: true, NextAttemptAt: now, ChangedAt: now})
	}
	return ds
}

// add adds n deliveries of an event to jobs.
func (r *rig) add(id event.ID, n int) {
	r.Helper()
	r.must(r.Add(bg, id, r.replays(id, n)))
}

// putMany accepts n new events for jobs.
func (r *rig) putMany(n int) {
	r.Helper()
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range n / 16 {
				if _, err := r.Accept(bg, r.acceptance("", nil, jobs)); err != nil {
					r.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// eventually waits for what another goroutine brings about.
func (r *rig) eventually(what string, done func() bool) {
	r.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			r.Fatalf("waited in vain until %s", what)
		}
	}
}

// raw writes to the database behind the engine's back.
func (r *rig) raw(write func(*bdg.Txn) error) {
	r.Helper()
	r.must(r.current.Load().db.Update(write))
}

// deliverAll delivers what is due on jobs.
func (r *rig) deliverAll() {
	r.Helper()
	for {
		ds, _, err := r.Lease(bg, jobs, r.clock.Now(), 1000)
		r.must(err)
		if len(ds) == 0 {
			r.must(r.MarkRoute(bg, jobs, store.RouteMark{})) // the outcomes go with it
			return
		}
		for _, d := range ds {
			r.must(r.Settle(bg, d.ID, r.done))
		}
	}
}

// count is how many keys of a kind there are.
func (r *rig) count(kind byte) (n int) {
	r.Helper()
	r.must(r.current.Load().view(func(txn *bdg.Txn) error {
		it := newKeyIterator(txn, []byte{kind})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			n++
		}
		return nil
	}))
	return n
}

// flip changes one bit of a stored value.
func (r *rig) flip(key []byte, at int) {
	r.Helper()
	r.raw(func(txn *bdg.Txn) error {
		v, err := get(txn, key)
		if err != nil || v == nil {
			return errors.New("there is no such key")
		}
		v[(at+len(v))%len(v)] ^= 0x10
		return txn.Set(key, v)
	})
}
