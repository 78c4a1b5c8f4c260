package badger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

func TestNewTouchesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "yet")
	r := newRig(t, dir, Hooks{})
	r.SetPolicy(store.Policy{MinFreeDisk: 1})
	r.Stats()
	r.Release(event.DeliveryID{})
	if got := r.Pending(jobs); got != 0 {
		t.Errorf("%d pending", got)
	}
	if got := r.Health(); len(got) != 0 {
		t.Errorf("Health = %v of a store that nobody asked for", got)
	}
	if _, err := os.Stat(filepath.Dir(dir)); !os.IsNotExist(err) {
		t.Errorf("the directory was made: %v", err)
	}
	r.must(r.Close())
	r.is(r.Open(bg), store.ErrClosed)
}

func TestFirstUseOpens(t *testing.T) {
	r := newRig(t, filepath.Join(t.TempDir(), "a", "b"), Hooks{})
	var wg sync.WaitGroup
	for n := range 10 {
		wg.Go(func() {
			if _, err := r.Accept(bg, r.acceptance(fmt.Sprint(n), nil)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if !r.book.has("the store is open") || !r.book.has("path="+r.dir) {
		t.Error("the path was not logged")
	}
}

func TestOnlyTheOwnerReads(t *testing.T) {
	fresh := filepath.Join(t.TempDir(), "fresh")
	loose := filepath.Join(t.TempDir(), "loose")
	if err := os.Mkdir(loose, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(loose, 0o755); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]os.FileMode{fresh: 0o700, loose: 0o750} {
		r := newRig(t, dir, Hooks{})
		r.must(r.Open(bg))
		fi, err := os.Stat(dir)
		if err != nil || fi.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", dir, fi.Mode(), err, want)
		}
	}
}

// Row F40 of the fault matrix, within one process.
func TestTwoStoresInOneDirectory(t *testing.T) {
	first := openRig(t, Hooks{})
	first.put("a")
	second := newRig(t, first.dir, Hooks{})
	err := second.Open(bg)
	second.is(err, store.ErrUnavailable)
	second.is(err, store.ErrLocked)
	for _, want := range []string{first.dir, fmt.Sprint("process (", os.Getpid(), ")"), "another store directory"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	_, err = second.Accept(bg, second.acceptance("b", nil))
	second.is(err, store.ErrUnavailable)
	first.put("b") // undisturbed
	first.must(first.Close())
	second.eventually("the directory is taken over", func() bool { return second.Open(bg) == nil })
	if got := second.Pending(jobs); got != 2 {
		t.Errorf("%d pending, want 2", got)
	}
}

func TestOpenWaitsForTheDirectory(t *testing.T) {
	first := openRig(t, Hooks{})
	second := newRig(t, first.dir, Hooks{})
	second.opts.LockWait = time.Minute
	opened := make(chan error)
	go func() { opened <- second.Open(bg) }()
	ctx, cancel := context.WithCancel(bg)
	cancel()
	second.is(second.Open(ctx), context.Canceled)
	first.must(first.Close())
	second.must(<-opened)
}

func TestCloseEndsTheWaiting(t *testing.T) {
	first := openRig(t, Hooks{})
	second := newRig(t, first.dir, Hooks{})
	second.opts.LockWait = time.Hour
	opened := make(chan error)
	go func() { opened <- second.Open(bg) }()
	second.eventually("it tries", func() bool {
		second.mu.Lock()
		defer second.mu.Unlock()
		return second.state == running
	})
	second.must(second.Close())
	second.is(<-opened, store.ErrClosed)
}

func TestOpeningIsTriedAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	if err := os.WriteFile(dir, []byte("in the way"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, dir, Hooks{})
	err := r.Open(bg)
	r.is(err, store.ErrUnavailable)
	_, err = r.Event(bg, event.ID{1})
	r.is(err, store.ErrUnavailable)
	if !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("%q does not give the cause", err)
	}
	if got := r.Health(); len(got) != 1 || got[0] != "store_unavailable" {
		t.Errorf("Health = %v", got)
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	r.eventually("it opens by itself", func() bool { return len(r.Health()) == 0 })
	r.put("a")
}

func TestANewerFormatIsRefused(t *testing.T) {
	r := openRig(t, Hooks{})
	p := newPlain(diskFull, pair{formatKey, seal(formatKey, []byte{formatVersion + 1})})
	r.current.Load().writer.add(p, true)
	r.must(p.wait(bg))
	r.must(r.Close())
	again := newRig(t, r.dir, Hooks{})
	err := again.Open(bg)
	again.is(err, store.ErrUnavailable)
	if !strings.Contains(err.Error(), "newer version") {
		t.Errorf("the error is %q", err)
	}
}

func TestPiecesWithoutAnEventGo(t *testing.T) {
	r := openRig(t, Hooks{})
	kept := r.acceptance("kept", make([]byte, 2*pieceSize))
	_, err := r.Accept(bg, kept)
	r.must(err)
	orphan := r.ids.Event(r.clock.Now())
	r.must(r.current.Load().storeBodies(bg, bodyOf{orphan, make([]byte, 3*pieceSize)}))
	if got := r.count(pieceKind); got != 5 {
		t.Fatalf("%d pieces, want 5", got)
	}
	r.reopen()
	r.must(r.MarkRoute(bg, jobs, store.RouteMark{}))
	if got := r.count(pieceKind); got != 2 {
		t.Errorf("%d pieces after a restart, want 2", got)
	}
	_, err = r.Event(bg, kept.Event.ID)
	r.must(err)
}

// Pieces whose event is refused after all, or is a duplicate, do not wait for a restart: on a disk that
// is low their space is needed most, and the caller may be gone.
func TestPiecesOfARefusedEventGo(t *testing.T) {
	const least = 1000
	var fills atomic.Int64 // the disk is low from so many pieces on
	fills.Store(99)
	var r *rig
	r = newRig(t, t.TempDir(), Hooks{
		DiskFree: func(string) (int64, error) {
			if ss := r.current.Load(); ss != nil && int64(r.count(pieceKind)) >= fills.Load() {
				return least - 1, nil
			}
			return 2 * least, nil
		},
		Commit: func(commit func() error) error {
			err := commit()
			r.disk.forget()
			return err
		},
	})
	r.SetPolicy(store.Policy{MinFreeDisk: least})
	large := make([]byte, 2*pieceSize)
	apart := func(key string) store.Acceptance { return r.acceptance(key, large, jobs) }
	first := apart("first")
	_, err := r.Accept(bg, first)
	r.must(err)

	for name, c := range map[string]struct {
		fills  int64
		accept func() error
	}{
		"alone": {4, func() error { _, err := r.Accept(bg, apart("")); return err }},
		"together": {6, func() error {
			_, err := r.AcceptAll(bg, []store.Acceptance{apart(""), r.acceptance("", []byte("small"), jobs), apart("")})
			return err
		}},
	} {
		fills.Store(c.fills)
		if err := c.accept(); !errors.Is(err, store.ErrDiskLow) {
			t.Errorf("%s: %v, want ErrDiskLow", name, err)
		}
		fills.Store(99)
		r.must(r.MarkRoute(bg, jobs, store.RouteMark{}))
		if got := r.count(pieceKind); got != 2 {
			t.Errorf("%s: %d pieces, want the 2 of the event that is stored", name, got)
		}
	}

	gone, cancel := context.WithCancel(bg)
	cancel()
	ss := r.current.Load()
	again := apart("first")
	w, err := newAcceptance(again)
	r.must(err)
	r.must(ss.storeBodies(bg, bodyOf{w.id, large}))
	if receipt, err := ss.submit(gone, w); err == nil && !receipt.Duplicate {
		t.Error("a second copy was taken")
	}
	r.must(r.MarkRoute(bg, jobs, store.RouteMark{})) // behind it
	r.must(r.MarkRoute(bg, jobs, store.RouteMark{})) // behind what it left to be done
	if got := r.count(pieceKind); got != 2 {
		t.Errorf("%d pieces, want those of the first copy", got)
	}
	_, err = r.Event(bg, first.Event.ID)
	r.must(err)
}

func TestUsersKeepASessionOpen(t *testing.T) {
	u := newUsers()
	for range 2 {
		if !u.enter() {
			t.Fatal("turned away")
		}
	}
	var ended atomic.Bool
	done := make(chan struct{})
	go func() {
		u.end()
		ended.Store(true)
		close(done)
	}()
	for u.enter() { // until end has begun
		u.leave()
	}
	u.leave()
	if ended.Load() {
		t.Error("ended with a user inside")
	}
	u.leave()
	<-done
	if u.enter() {
		t.Error("let in after the end")
	}
}

func TestHolder(t *testing.T) {
	dir := t.TempDir()
	for content, want := range map[string]string{
		"":       "another process",
		"x":      "another process",
		"4711\n": "process 4711",
	} {
		if err := os.WriteFile(filepath.Join(dir, "LOCK"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := holder(dir); got != want {
			t.Errorf("holder with %q is %q, want %q", content, got, want)
		}
	}
	if got := holder(filepath.Join(dir, "none")); got != "another process" {
		t.Errorf("holder without a file is %q", got)
	}
}

func TestABrokenHookIsNotRetriedInTheForeground(t *testing.T) {
	r := newRig(t, t.TempDir(), Hooks{Commit: func(func() error) error { return errors.New("input/output error") }})
	r.must(r.Open(bg))
	for range 5 {
		_, err := r.Accept(bg, r.acceptance("a", nil))
		r.is(err, store.ErrUnavailable)
	}
}
