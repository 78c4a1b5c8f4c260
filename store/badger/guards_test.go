package badger

import (
	"errors"
	"os"
	"regexp"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

func TestG5DiskGuard(t *testing.T) {
	const least = 1000
	var free atomic.Int64
	free.Store(10 * least)
	r := openRig(t, Hooks{DiskFree: func(string) (int64, error) { return free.Load(), nil }})
	r.SetPolicy(store.Policy{MinFreeDisk: least})
	room := func(n int64) {
		free.Store(n)
		r.clock.Advance(diskEvery)
	}
	id := r.put("a")
	r.put("b")
	ds, _, err := r.Lease(bg, jobs, r.clock.Now(), 1)
	r.must(err)

	room(least - 1)
	_, err = r.Accept(bg, r.acceptance("c", nil))
	r.is(err, store.ErrDiskLow)
	_, err = r.Accept(bg, r.acceptance("large", make([]byte, 1<<20)))
	r.is(err, store.ErrDiskLow)
	r.must(r.MarkRoute(bg, jobs, store.RouteMark{Held: true}))
	if got := r.Health(); len(got) != 1 || got[0] != "disk_low" {
		t.Errorf("Health = %v", got)
	}

	room(least/2 - 1)
	_, err = r.Accept(bg, r.acceptance("c", nil))
	r.is(err, store.ErrDiskLow)
	r.is(r.MarkRoute(bg, jobs, store.RouteMark{}), store.ErrDiskLow)
	r.is(r.Remove(bg, id), store.ErrDiskLow)
	_, err = r.Change(bg, id.Delivery(0), func(d *event.Delivery) error { return d.Cancel(r.clock.Now()) })
	r.is(err, store.ErrDiskLow)
	_, _, err = r.Lease(bg, jobs, r.clock.Now(), 1)
	r.is(err, store.ErrDiskLow) // an attempt whose outcome cannot be stored
	commits := r.Stats().Commits.Count
	r.must(r.Settle(bg, ds[0].ID, func(d *event.Delivery) error { return d.Die(r.clock.Now(), "x") }))
	if got := r.Stats().Commits.Count; got != commits {
		t.Error("something was written to a full disk")
	}
	if _, err := r.Event(bg, id); err != nil {
		t.Errorf("reading: %v", err)
	}

	room(10 * least)
	r.put("c")
	r.eventually("the outcome is stored", func() bool {
		d, err := r.Delivery(bg, ds[0].ID)
		return err == nil && d.State == event.Dead
	})
	d, err := r.Delivery(bg, id.Delivery(0))
	r.must(err)
	if d.State == event.Cancelled {
		t.Error("the refused change was made")
	}
	if got := r.Health(); len(got) != 0 {
		t.Errorf("Health = %v", got)
	}
}

func TestG5TheDiskIsNotAskedForEachWrite(t *testing.T) {
	var asked atomic.Int64
	r := openRig(t, Hooks{DiskFree: func(string) (int64, error) { asked.Add(1); return 1 << 40, nil }})
	r.SetPolicy(store.Policy{MinFreeDisk: 1})
	for range 50 {
		r.put("")
	}
	if got := asked.Load(); got > 1 {
		t.Errorf("asked %d times within an instant", got)
	}
	for range 20 {
		_, err := r.Accept(bg, r.acceptance("", make([]byte, 1<<20)))
		r.must(err)
	}
	if got := asked.Load(); got < 2 {
		t.Errorf("asked %d times while 20 MiB were written", got)
	}
}

func TestG5AFullDiskIsNotOpened(t *testing.T) {
	var free atomic.Int64
	r := newRig(t, t.TempDir(), Hooks{DiskFree: func(string) (int64, error) { return free.Load(), nil }})
	r.SetPolicy(store.Policy{MinFreeDisk: 1000})
	err := r.Open(bg)
	r.is(err, store.ErrUnavailable)
	r.is(err, store.ErrDiskLow)
	if got := r.Health(); len(got) != 1 || got[0] != "disk_low" {
		t.Errorf("Health = %v", got)
	}
	if names, err := os.ReadDir(r.dir); err != nil || len(names) != 0 {
		t.Errorf("%v, %v in the directory", names, err)
	}
	free.Store(10000)
	r.eventually("it opens by itself", func() bool { return r.Open(bg) == nil })
	r.put("a")
}

func TestG6FileGuard(t *testing.T) {
	var open atomic.Int64
	r := openRig(t, Hooks{OpenFiles: func() (int, int, bool) { return int(open.Load()), 1000, true }})
	if !r.book.has("limit of open files is low") {
		t.Error("no warning of the low limit")
	}
	r.put("a")
	open.Store(800)
	r.put("b") // it is asked once a second at most
	r.clock.Advance(filesEvery)
	_, err := r.Accept(bg, r.acceptance("c", nil))
	r.is(err, store.ErrOverloaded)
	if got := r.Health(); len(got) != 1 || got[0] != "overloaded" {
		t.Errorf("Health = %v", got)
	}
	if _, _, err := r.Lease(bg, jobs, r.clock.Now(), 1); err != nil {
		t.Errorf("Lease = %v", err)
	}
	open.Store(700)
	r.clock.Advance(filesEvery)
	r.put("c")
}

func TestG6OpenFilesAreCounted(t *testing.T) {
	before, limit, known := openFiles()
	if !known {
		t.Skip("not on this system")
	}
	var files []*os.File
	for range 20 {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	after, _, _ := openFiles()
	for _, f := range files {
		_ = f.Close()
	}
	if after-before != 20 || limit <= after {
		t.Errorf("%d files, then %d, of %d", before, after, limit)
	}
}

func TestG7AlarmsOfBadgerStopTheStore(t *testing.T) {
	harmless := []string{
		"Compaction of level 0 took long",
		"While running doCompact: errFillTables",
	}
	lines := []string{
		"Ignoring table 000012.sst",
		"Unable to read: Key: [101 1], Version : 7",
		"Error while curlf sync: input/output error",
		"error flushing memtable to disk: no space left on device, retrying",
		"[Compactor: 1] LOG Compact FAILED with error: open: too many open files",
		"writeRequests: cannot create new mem table: open: too many open files",
	}
	for _, line := range lines {
		reopen := make(chan time.Duration)
		r := openRig(t, Hooks{Backoff: func(int) time.Duration { return <-reopen }})
		log := r.current.Load().db.Opts().Logger
		for _, h := range harmless {
			log.Warningf("%s\n", h)
		}
		r.put("a")
		log.Warningf("%s\nsecond line: %s", line, "secret")
		if _, err := r.Accept(bg, r.acceptance("b", nil)); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("after %q Accept = %v, want ErrUnavailable", line, err)
		}
		if len(r.Health()) == 0 {
			t.Errorf("healthy after %q", line)
		}
		if r.book.has("secret") {
			t.Error("more than the first line was logged")
		}
		reopen <- 0
		r.eventually("it is opened anew", func() bool { return len(r.Health()) == 0 })
		r.put("b")
		close(reopen)
	}
}

func TestG9AListHoldsNothingBetweenPages(t *testing.T) {
	r := openRig(t, Hooks{})
	for range 3 * pageFound {
		r.put("")
	}
	seen := 0
	err := r.Events(bg, store.EventQuery{}, func(*event.Event, []*event.Delivery) bool {
		if seen++; seen == 1 {
			r.must(r.Close()) // waits for whoever holds anything
		}
		return true
	})
	r.is(err, store.ErrClosed)
	if seen != pageFound {
		t.Errorf("saw %d events, want the %d of the first page", seen, pageFound)
	}
}

func TestG9PagesAreBounded(t *testing.T) {
	for _, p := range []*page{{found: pageFound}, {seen: pageSeen}, {bytes: pageBytes}, {seen: 63}} {
		if p.started = time.Now().Add(-pageTime); !p.full() {
			t.Errorf("%+v is not full", p)
		}
	}
	if newPage().full() {
		t.Error("an empty page is full")
	}
}

// Earlier versions drop acknowledged writes in DropPrefix, and bring deleted ones back.
func TestG10BadgerIsRecentEnough(t *testing.T) {
	b, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`dgraph-io/badger/v4 v4\.(\d+)\.(\d+)`).FindSubmatch(b)
	if m == nil {
		t.Fatal("go.mod does not name Badger")
	}
	minor, _ := strconv.Atoi(string(m[1]))
	patch, _ := strconv.Atoi(string(m[2]))
	if minor < 9 || minor == 9 && patch < 4 {
		t.Errorf("Badger 4.%d.%d is linked, want 4.9.4 or later", minor, patch)
	}
}
