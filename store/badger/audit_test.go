package badger

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// crashed stores n events and returns a copy of the directory as a crash would leave it, with the
// IDs of the events.
func crashed(t *testing.T, n int) (dir string, ids []event.ID) {
	t.Helper()
	r := openRig(t, Hooks{})
	for i := range n {
		ids = append(ids, r.put(fmt.Sprint(i)))
	}
	r.must(r.alone([]byte("s-barrier")))
	dir = t.TempDir()
	copyDir(t, dir, r.dir)
	return dir, ids
}

func copyDir(t *testing.T, to, from string) {
	t.Helper()
	names, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if n.Name() == highFile+".new" { // the janitor is about to rename it
			continue
		}
		b := readFile(t, filepath.Join(from, n.Name()))
		if err := os.WriteFile(filepath.Join(to, n.Name()), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// readFile reads a file, less most of the zeros that Badger's files end with.
func readFile(t *testing.T, name string) []byte {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	most := int64(40 << 20)
	if strings.HasSuffix(name, ".vlog") { // has a header, and never anything else
		most = 4 << 10
	}
	b, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		t.Fatal(err)
	}
	return b[:min(len(b), usedBytes(b)+(8<<20))]
}

// logFile returns the log file of a directory, and how much of it is used.
func logFile(t *testing.T, dir string) (name string, b []byte, used int) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.mem"))
	if err != nil || len(names) != 1 {
		t.Fatalf("log files: %v, %v", names, err)
	}
	b = readFile(t, names[0])
	return names[0], b, usedBytes(b)
}

// openCopy opens a directory and returns the events in it.
func openCopy(t *testing.T, dir string) (*rig, map[event.ID]bool, error) {
	t.Helper()
	r := newRig(t, dir, Hooks{})
	if err := r.Open(bg); err != nil {
		return r, nil, err
	}
	ids := map[event.ID]bool{}
	r.must(r.Events(bg, store.EventQuery{}, func(e *event.Event, _ []*event.Delivery) bool {
		ids[e.ID] = true
		return true
	}))
	return r, ids, nil
}

func TestG8ACrashLosesNothing(t *testing.T) {
	dir, ids := crashed(t, 50)
	_, found, err := openCopy(t, dir)
	if err != nil || len(found) != len(ids) {
		t.Errorf("%d of %d events, %v", len(found), len(ids), err)
	}
}

func TestG8ATornEndIsNoLoss(t *testing.T) {
	dir, ids := crashed(t, 50)
	name, b, used := logFile(t, dir)
	end, last := validEnd(b)
	if end < used || last == 0 {
		t.Fatalf("the log is valid up to %d (transaction %d), used up to %d", end, last, used)
	}
	for _, torn := range []int{1, 20, 50} {
		c := bytes.Clone(b)
		clear(c[used-torn:])
		if err := os.WriteFile(name, c, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := checkLogs(dir); err != nil {
			t.Errorf("%d bytes less: %v", torn, err)
		}
	}
	_, found, err := openCopy(t, dir)
	if err != nil || len(found) != len(ids) { // the last write was not an event
		t.Errorf("%d of %d events, %v", len(found), len(ids), err)
	}
}

func TestG8ADamagedLogIsRefusedUntilAccepted(t *testing.T) {
	dir, ids := crashed(t, 50)
	name, b, used := logFile(t, dir)
	b[used/2] ^= 1
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	r, _, err := openCopy(t, dir)
	r.is(err, store.ErrUnavailable)
	for _, want := range []string{name, filepath.Join(dir, acceptFile)} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %s", err, want)
		}
	}
	r.must(r.Close())
	acceptLoss(t, dir)
	r, found, err := openCopy(t, dir)
	r.must(err)
	if len(found) == 0 || len(found) >= len(ids) {
		t.Errorf("%d of %d events are left", len(found), len(ids))
	}
	if !r.book.has("data was lost") {
		t.Error("the loss was not logged")
	}
	if _, err := os.Stat(filepath.Join(dir, acceptFile)); !os.IsNotExist(err) {
		t.Errorf("%s counts twice: %v", acceptFile, err)
	}
	r.must(r.Close())
	if _, again, err := openCopy(t, dir); err != nil || len(again) != len(found) {
		t.Errorf("the next time: %d events, %v", len(again), err)
	}
}

func acceptLoss(t *testing.T, dir string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, acceptFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Whatever bit flips, in whichever place of the log: either it is refused, or nothing is missing but
// the last transaction.
func TestG8EveryBitOfTheLogCounts(t *testing.T) {
	dir, _ := crashed(t, 20)
	_, b, used := logFile(t, dir)
	_, txn := validEnd(b)
	last := 0 // where the last transaction begins
	for at := logHeader; at < used; {
		e, ok := entryAt(b, at)
		if !ok {
			t.Fatalf("no entry at %d", at)
		}
		at += e.size
		if n, ok := e.number(); ok && n == txn-1 {
			last = at
		}
	}
	b = b[:used+64]
	for at := logHeader; at < used; at++ {
		bit := byte(1 << rand.N(8))
		b[at] ^= bit
		err := checkLog(b, true)
		b[at] ^= bit
		if at < last && err == nil {
			t.Fatalf("a bit flipped at %d of %d goes unnoticed", at, used)
		}
		if at >= last && err != nil {
			t.Fatalf("a bit flipped at %d, in the last transaction, looks like more than a torn end: %v", at, err)
		}
	}
}

func TestG8AnOlderLogHasNoTornEnd(t *testing.T) {
	dir, _ := crashed(t, 5)
	_, b, used := logFile(t, dir)
	clear(b[used-5:])
	if err := checkLog(b, true); err != nil {
		t.Errorf("as the last log: %v", err)
	}
	if err := checkLog(b, false); err == nil {
		t.Error("as an older log it is fine")
	}
}

func TestG8GarbageBehindTheLogIsRefused(t *testing.T) {
	dir, _ := crashed(t, 5)
	_, b, used := logFile(t, dir)
	for i := used; i < used+tornMost+100; i++ {
		b[i] = byte(i)
	}
	if err := checkLog(b, true); err == nil {
		t.Error("more than a batch of garbage is a torn end")
	}
}

func TestG8MissingWritesAreNoticed(t *testing.T) {
	r := openRig(t, Hooks{})
	for i := range 20 {
		r.put(fmt.Sprint(i))
	}
	early := t.TempDir()
	copyDir(t, early, r.dir)
	for i := range 20 {
		r.put(fmt.Sprint("late", i))
	}
	r.must(r.Close()) // notes the last write
	note, err := os.ReadFile(filepath.Join(r.dir, highFile))
	r.must(err)
	r.must(os.WriteFile(filepath.Join(early, highFile), note, 0o600))

	c, _, err := openCopy(t, early)
	c.is(err, store.ErrUnavailable)
	if !strings.Contains(err.Error(), "the last 20 writes are missing") {
		t.Errorf("the error is %q", err)
	}
	r.must(c.Close())
	acceptLoss(t, early)
	for range 2 {
		c, found, err := openCopy(t, early)
		r.must(err)
		if len(found) != 20 {
			t.Errorf("%d events are left, want 20", len(found))
		}
		r.must(c.Close())
	}
}

func TestG8ADamagedNoteProvesNothing(t *testing.T) {
	dir, ids := crashed(t, 5)
	for _, note := range []string{"", "99999999 00000000\n", "abc"} {
		if err := os.WriteFile(filepath.Join(dir, highFile), []byte(note), 0o600); err != nil {
			t.Fatal(err)
		}
		r, found, err := openCopy(t, dir)
		if err != nil || len(found) != len(ids) {
			t.Errorf("with the note %q: %d events, %v", note, len(found), err)
		}
		r.must(r.Close())
	}
}

func TestG8TheLastWriteIsNoted(t *testing.T) {
	r := openRig(t, Hooks{})
	r.put("a")
	r.eventually("it is noted", func() bool {
		a := audit{dir: r.dir, log: r.log}
		return a.readHigh() == r.current.Load().writer.committed.Load()
	})
}

func TestG8ADamagedTableIsRefused(t *testing.T) {
	dir, _ := crashed(t, 200)
	r, _, err := openCopy(t, dir)
	r.must(err)
	r.must(r.Close())
	names, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil || len(names) == 0 {
		t.Fatalf("tables: %v, %v", names, err)
	}
	name := names[len(names)-1]
	for _, at := range []int{1, 4, 30, 60} { // from the end: two lengths, a checksum, and the index
		b := readFile(t, name)
		whole := bytes.Clone(b)
		b[len(b)-at] ^= 0x81
		r.must(os.WriteFile(name, b, 0o600))
		r, _, err = openCopy(t, dir)
		r.is(err, store.ErrUnavailable)
		if !strings.Contains(err.Error(), filepath.Base(name)) {
			t.Errorf("%q does not name the table", err)
		}
		r.must(r.Close())
		r.must(os.WriteFile(name, whole, 0o600))
	}
}
