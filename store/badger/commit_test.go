package badger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	bdg "github.com/dgraph-io/badger/v4"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// gate is a commit hook that lets commits through one by one.
type gate struct {
	entered chan struct{}
	open    chan error // nil: commit; otherwise fail without it
	on      atomic.Bool
}

func newGate() *gate { return &gate{entered: make(chan struct{}), open: make(chan error)} }

func (g *gate) commit(commit func() error) error {
	if !g.on.Load() {
		return commit()
	}
	g.entered <- struct{}{}
	if err := <-g.open; err != nil {
		return err
	}
	return commit()
}

// queued waits until n writes wait for the committer.
func (r *rig) queued(n int) {
	r.Helper()
	c := &r.current.Load().writer
	r.eventually(fmt.Sprintf("%d writes are queued", n), func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.queue) == n
	})
}

func TestG1WaitingWritesShareACommit(t *testing.T) {
	g := newGate()
	r := openRig(t, Hooks{Commit: g.commit})
	r.put("warm")
	before := r.Stats().Commits.Count
	g.on.Store(true)

	var wg sync.WaitGroup
	accept := func(n int) {
		wg.Go(func() {
			if _, err := r.Accept(bg, r.acceptance(fmt.Sprint(n), nil, jobs)); err != nil {
				t.Error(err)
			}
		})
	}
	accept(0)
	<-g.entered
	const more = 3 * batchWrites
	for n := range more {
		accept(n + 1)
	}
	r.queued(more)
	g.on.Store(false)
	g.open <- nil
	wg.Wait()
	if got := r.Stats().Commits.Count - before; got != 1+more/batchWrites {
		t.Errorf("%d commits for %d writes, want %d", got, more+1, 1+more/batchWrites)
	}
	if got := r.Pending(jobs); got != more+2 {
		t.Errorf("%d pending, want %d", got, more+2)
	}
}

func TestG1ACopyWaitsForTheFirst(t *testing.T) {
	for _, commit := range []error{nil, errors.New("no")} {
		g := newGate()
		r := openRig(t, Hooks{Commit: g.commit})
		r.put("warm")
		g.on.Store(true)
		type answer struct {
			store.Receipt
			error
		}
		answers := make(chan answer, 3)
		accept := func() {
			a := r.acceptance("k", nil)
			go func() {
				receipt, err := r.Accept(bg, a)
				answers <- answer{receipt, err}
			}()
		}
		accept()
		<-g.entered
		accept()
		accept()
		r.queued(2)
		if len(answers) != 0 {
			t.Fatal("a copy was answered before the first was stored")
		}
		g.on.Store(false)
		g.open <- commit
		originals := 0
		for range 3 {
			a := <-answers
			if (a.error != nil) != (commit != nil) {
				t.Fatalf("answered %v, the commit %v", a.error, commit)
			}
			if a.error == nil && !a.Duplicate {
				originals++
			}
		}
		if commit == nil && originals != 1 {
			t.Fatalf("%d of three copies were new", originals)
		}
	}
}

func TestG1ABatchThatIsTooBigIsSplit(t *testing.T) {
	g := newGate()
	var most atomic.Int64
	most.Store(1 << 40)
	var r *rig
	r = openRig(t, Hooks{Commit: func(commit func() error) error {
		if b := &r.current.Load().writer.batch; int64(len(b.writes)) > most.Load() {
			return bdg.ErrTxnTooBig
		}
		return g.commit(commit)
	}})
	r.put("warm")
	g.on.Store(true)
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = r.Accept(bg, r.acceptance("first", nil, jobs)) })
	<-g.entered
	const writes = 100
	var duplicates atomic.Int64
	for n := range writes {
		wg.Go(func() {
			receipt, err := r.Accept(bg, r.acceptance(fmt.Sprint(n/2), nil, jobs))
			if err != nil {
				t.Error(err)
			}
			if receipt.Duplicate {
				duplicates.Add(1)
			}
		})
	}
	r.queued(writes)
	most.Store(7)
	g.on.Store(false)
	g.open <- nil
	wg.Wait()
	if got := duplicates.Load(); got != writes/2 {
		t.Errorf("%d duplicates, want %d", got, writes/2)
	}
	if got := r.Pending(jobs); got != writes/2+2 {
		t.Errorf("%d pending, want %d", got, writes/2+2)
	}
}

func TestG1ABadEntryFailsAlone(t *testing.T) {
	g := newGate()
	r := openRig(t, Hooks{Commit: g.commit})
	r.put("warm")
	g.on.Store(true)
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = r.Accept(bg, r.acceptance("first", nil)) })
	<-g.entered

	many := r.acceptance("many", nil)
	for n := range batchEntries {
		many.Deliveries = append(many.Deliveries, &event.Delivery{ID: many.Event.ID.Delivery(n), Event: many.Event.ID, Route: jobs, State: event.Pending})
	}
	wide := r.acceptance("wide", nil)
	wide.Event.Request.Header = http.Header{"X": {string(bytes.Repeat([]byte("x"), recordMost))}}
	odd := r.acceptance("odd", nil, event.Route{Source: "a\x00b", Name: "c"})
	for _, a := range []store.Acceptance{wide, odd} {
		if _, err := r.Accept(bg, a); err == nil {
			t.Error("accepted")
		}
	}
	wg.Go(func() {
		if _, err := r.Accept(bg, many); !errors.Is(err, store.ErrTooLarge) {
			t.Errorf("Accept = %v, want ErrTooLarge", err)
		}
	})
	for n := range 20 {
		wg.Go(func() {
			if _, err := r.Accept(bg, r.acceptance(fmt.Sprint(n), nil)); err != nil {
				t.Error(err)
			}
		})
	}
	r.queued(21)
	g.on.Store(false)
	g.open <- nil
	wg.Wait()
	r.put("after")
}

func TestG2AGivenUpWriteIsWholeOrNotThere(t *testing.T) {
	g := newGate()
	r := openRig(t, Hooks{Commit: g.commit})
	r.put("warm")
	g.on.Store(true)
	ctx, cancel := context.WithCancel(bg)
	a := r.acceptance("k", []byte("body"), jobs)
	result := make(chan error)
	go func() { _, err := r.Accept(ctx, a); result <- err }()
	<-g.entered
	cancel()
	r.is(<-result, context.Canceled)
	copy(a.Event.Body, "xxxx") // the caller's to use again
	g.on.Store(false)
	g.open <- nil
	r.eventually("it is stored", func() bool { return r.Pending(jobs) == 2 })
	e, err := r.Event(bg, a.Event.ID)
	r.must(err)
	if string(e.Body) != "body" {
		t.Errorf("the body is %q", e.Body)
	}
}

func TestG4AFailedCommitStopsTheStore(t *testing.T) {
	for _, written := range []bool{false, true} {
		t.Run(fmt.Sprintf("written=%v", written), func(t *testing.T) {
			var failing atomic.Bool
			var attempts atomic.Int64
			reopen := make(chan time.Duration)
			r := openRig(t, Hooks{
				Commit: func(commit func() error) error {
					if !failing.Load() {
						return commit()
					}
					attempts.Add(1)
					if written {
						_ = commit()
					}
					return errors.New("input/output error")
				},
				Backoff: func(int) time.Duration { return <-reopen },
			})
			defer close(reopen) // for Close
			r.put("before")
			leased, _, err := r.Lease(bg, jobs, r.clock.Now(), 1)
			r.must(err)

			failing.Store(true)
			_, err = r.Accept(bg, r.acceptance("k", nil, jobs))
			r.is(err, store.ErrUnavailable)
			for range 10 { // a copy must not be called a duplicate now
				receipt, err := r.Accept(bg, r.acceptance("k", nil, jobs))
				r.is(err, store.ErrUnavailable)
				if receipt.Duplicate {
					t.Fatal("a copy of what failed is called a duplicate")
				}
			}
			_, _, err = r.Lease(bg, jobs, r.clock.Now(), 1)
			r.is(err, store.ErrUnavailable)
			_, err = r.Event(bg, leased[0].Event)
			r.is(err, store.ErrUnavailable)
			r.is(r.Settle(bg, leased[0].ID, func(*event.Delivery) error { return nil }), store.ErrUnavailable)
			if got := attempts.Load(); got != 1 {
				t.Errorf("%d commits were tried after the failure", got-1)
			}
			if got := r.Health(); len(got) != 1 || got[0] != "store_unavailable" {
				t.Errorf("Health = %v", got)
			}

			failing.Store(false)
			woken := make(chan event.Route, 10)
			r.SetReady(func(route event.Route) { woken <- route })
			reopen <- 0
			if route := <-woken; route != jobs {
				t.Errorf("%s was woken", route)
			}
			receipt, err := r.Accept(bg, r.acceptance("k", nil, jobs))
			r.must(err)
			if receipt.Duplicate != written {
				t.Errorf("Duplicate = %v, written before: %v", receipt.Duplicate, written)
			}
			if got := r.Health(); len(got) != 0 {
				t.Errorf("Health = %v", got)
			}
			if got := r.Pending(jobs); got != 2 {
				t.Errorf("%d pending, want 2", got)
			}
			r.is(r.Settle(bg, leased[0].ID, func(*event.Delivery) error { return nil }), store.ErrNotFound)
			ds, _, err := r.Lease(bg, jobs, r.clock.Now(), 5)
			r.must(err)
			if len(ds) != 2 {
				t.Errorf("leased %d, want 2", len(ds))
			}
		})
	}
}
