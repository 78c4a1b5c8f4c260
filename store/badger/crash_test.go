package badger

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
	"github.com/gatepost/gatepost/store/storetest"
)

// The test binary is also the process that is killed: it takes helperEnv for what it is to do.
const helperEnv = "GATEPOST_BADGER_TEST_HELPER"

func help(role string) int {
	task, dir, _ := strings.Cut(role, ":")
	var err error
	switch task {
	case "accept":
		err = helpAccept(dir)
	case "sweep":
		err = helpSweep(dir)
	case "read":
		err = helpRead(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func startHelper(t *testing.T, task, dir string) (*exec.Cmd, io.Reader) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), helperEnv+"="+task+":"+dir, "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, out
}

// crashBody can be told from its event's key alone.
func crashBody(key string) []byte {
	n := 100 + len(key)*len(key)*50
	if strings.HasSuffix(key, "77") {
		n = inlineMost + 100_000
	}
	return bytes.Repeat([]byte(key+"."), n/(len(key)+1)+1)
}

// crashParts is how many events of the crash tests are accepted together.
const crashParts = 5

// helpAccept accepts until it is killed, and writes the ID and the key of each accepted event.
func helpAccept(dir string) error {
	s := New(Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	if err := s.Open(bg); err != nil {
		return err
	}
	s.SetPolicy(store.Policy{Retention: time.Hour, DedupeWindow: time.Hour})
	r := rig{clock: storetest.NewClock(time.Now())}
	run := fmt.Sprint(rand.Uint32())
	var out sync.Mutex
	var wg sync.WaitGroup
	for c := range 8 {
		wg.Go(func() {
			for n := 0; ; n++ {
				as, keys := make([]store.Acceptance, crashParts), make([]string, crashParts)
				for i := range as {
					keys[i] = fmt.Sprint(run, "-", c, "-", n, "/", i)
					if i == 2 && n%5 == 0 {
						keys[i] += "77" // a large body
					}
					as[i] = r.acceptance(keys[i], crashBody(keys[i]), jobs)
					as[i].Event.Part, as[i].Event.Parts = i+1, crashParts
					as[i].Event.EventID = fmt.Sprint(run, "-", c, "-", n)
				}
				receipts, err := s.AcceptAll(bg, as)
				if err != nil {
					fmt.Fprintln(os.Stderr, receipts, err)
					return
				}
				out.Lock()
				for i, a := range as {
					fmt.Printf("%s %s\n", hex.EncodeToString(a.Event.ID[:]), keys[i])
				}
				out.Unlock()
			}
		})
	}
	for c := range 24 {
		wg.Go(func() {
			for n := 0; ; n++ {
				key := fmt.Sprint(run, "-", c, "-", n)
				a := r.acceptance(key, crashBody(key), jobs)
				receipt, err := s.Accept(bg, a)
				if err != nil || receipt.Duplicate {
					fmt.Fprintln(os.Stderr, receipt, err)
					return
				}
				out.Lock()
				fmt.Printf("%s %s\n", hex.EncodeToString(a.Event.ID[:]), key)
				out.Unlock()
			}
		})
	}
	wg.Go(func() { // outcomes, and reading, meanwhile
		for {
			ds, _, err := s.Lease(bg, jobs, time.Now(), 20)
			if err != nil {
				return
			}
			for _, d := range ds {
				_ = s.Settle(bg, d.ID, func(d *event.Delivery) error { return d.Succeed(event.Attempt{StartedAt: time.Now()}) })
			}
		}
	})
	wg.Wait()
	return errors.New("the helper was not killed")
}

// TestKill kills a process that accepts, again and again on one directory. What it acknowledged is
// there afterwards, whole; nothing is there in part.
func TestKill(t *testing.T) {
	rounds := 5
	if testing.Short() {
		rounds = 2
	}
	dir := t.TempDir()
	acked := map[event.ID]string{}
	for round := range rounds {
		cmd, out := startHelper(t, "accept", dir)
		lines := bufio.NewScanner(out)
		time.AfterFunc(time.Duration(300+rand.N(500))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		for lines.Scan() {
			id, key, ok := strings.Cut(lines.Text(), " ")
			b, err := hex.DecodeString(id)
			if !ok || err != nil || len(b) != idSize {
				continue // cut off by the kill
			}
			acked[event.ID(b)] = key
		}
		_ = cmd.Wait()
		checkCrashed(t, round, dir, acked)
	}
	if len(acked) == 0 {
		t.Error("nothing was acknowledged before the kill")
	}
	t.Logf("%d events acknowledged", len(acked))
}

// A kill between the creation of a file and its sizing leaves it empty.
func TestKillLeavesAnEmptyFile(t *testing.T) {
	for _, name := range []string{"00001.mem", "99999.mem", "000002.vlog", "999999.vlog", "999999.sst"} {
		t.Run(name, func(t *testing.T) {
			r := openRig(t, Hooks{})
			first := r.put("first")
			r.must(r.Close())
			path := filepath.Join(r.dir, name)
			if fi, err := os.Stat(path); err == nil && fi.Size() > 0 {
				t.Fatalf("%s is in use", name)
			}
			r.must(os.WriteFile(path, nil, 0o600))
			r = newRig(t, r.dir, Hooks{})
			r.must(r.Open(bg))
			for _, id := range []event.ID{first, r.put("second")} {
				if _, err := r.Event(bg, id); err != nil {
					t.Errorf("%s: %v", id, err)
				}
			}
			r.must(r.Close())
		})
	}
}

func checkCrashed(t *testing.T, round int, dir string, acked map[event.ID]string) {
	t.Helper()
	r := newRig(t, dir, Hooks{})
	r.must(r.Open(bg))
	pending, found := 0, 0
	parts := map[string]int{}
	r.must(r.Events(bg, store.EventQuery{Body: true}, func(e *event.Event, ds []*event.Delivery) bool {
		found++
		if e.Parts > 0 {
			parts[e.EventID]++
		}
		if len(ds) != 1 {
			t.Fatalf("round %d: %s has %d deliveries, want 1", round, e.ID, len(ds))
		}
		if ds[0].State == event.Pending {
			pending++
		}
		first, dup := r.markOf(e)
		if !dup || first != e.ID {
			t.Fatalf("round %d: the mark of %s: %v, %s", round, e.ID, dup, first)
		}
		if key, ok := acked[e.ID]; ok {
			if !bytes.Equal(e.Body, crashBody(key)) {
				t.Fatalf("round %d: the body of %s has changed", round, e.ID)
			}
		}
		return true
	}))
	for group, n := range parts {
		if n != crashParts {
			t.Fatalf("round %d: of %s there are %d parts, want %d or none", round, group, n, crashParts)
		}
	}
	for id := range acked {
		if _, err := r.Event(bg, id); err != nil {
			t.Fatalf("round %d: %s was acknowledged, but: %v", round, id, err)
		}
	}
	if got := r.Pending(jobs); got != pending {
		t.Fatalf("round %d: %d pending are counted, %d are there", round, got, pending)
	}
	if got := r.Stats().Damaged; got != 0 {
		t.Fatalf("round %d: %d damaged", round, got)
	}
	t.Logf("round %d: %d events, %d pending", round, found, pending)
	r.must(r.Close())
}

// markOf looks up an event's mark.
func (r *rig) markOf(e *event.Event) (first event.ID, found bool) {
	r.Helper()
	probe := &acceptance{id: e.ID, key: e.Key, window: time.Hour, probe: true, result: newResult()}
	receipt, err := r.current.Load().submit(bg, probe)
	r.must(err)
	return receipt.ID, receipt.Duplicate
}

// helpRead reads everything in a directory in which one bit was flipped, and says what it found.
func helpRead(dir string) error {
	s := New(Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	defer s.Close()
	ctx, cancel := context.WithTimeout(bg, 20*time.Second)
	defer cancel()
	if err := s.Open(ctx); err != nil {
		fmt.Println("refused:", err)
		return nil
	}
	names, err := os.ReadFile(filepath.Join(dir, "..", "ids"))
	if err != nil {
		return err
	}
	fine, damaged, missing := 0, 0, 0
	for line := range strings.Lines(string(names)) {
		id, key, _ := strings.Cut(strings.TrimSpace(line), " ")
		b, err := hex.DecodeString(id)
		if err != nil {
			return err
		}
		e, err := s.Event(ctx, event.ID(b))
		switch {
		case errors.Is(err, store.ErrNotFound):
			missing++
		case errors.Is(err, store.ErrDamaged):
			damaged++
		case err != nil:
			return err
		case !bytes.Equal(e.Body, crashBody(key)):
			return fmt.Errorf("the body of %s is wrong: %d bytes", e.ID, len(e.Body))
		default:
			fine++
		}
	}
	n := 0
	var wrong error
	err = s.Events(ctx, store.EventQuery{Body: true}, func(e *event.Event, _ []*event.Delivery) bool {
		if len(e.Body) == 0 {
			wrong = fmt.Errorf("%s has an empty body", e.ID)
		}
		n++
		return true
	})
	if err != nil && !errors.Is(err, store.ErrDamaged) { // a list ends at a block that cannot be read
		return err
	}
	if wrong != nil {
		return wrong
	}
	fmt.Println("opened:", fine, "fine,", damaged, "damaged,", missing, "missing,", n, "listed")
	return nil
}

// TestG3OneBitFlips flips a bit in a copy of a store, in each kind of file: no body that comes out
// is wrong.
func TestG3OneBitFlips(t *testing.T) {
	flips := 5
	if testing.Short() {
		flips = 2
	}
	r := openRig(t, Hooks{})
	var ids strings.Builder
	put := func(n int) {
		for i := range n {
			key := fmt.Sprint(i, "-", rand.Uint32())
			a := r.acceptance(key, crashBody(key), jobs)
			_, err := r.Accept(bg, a)
			r.must(err)
			fmt.Fprintf(&ids, "%s %s\n", hex.EncodeToString(a.Event.ID[:]), key)
		}
	}
	put(200)
	r.reopen() // so that these are in a table
	put(200)   // and these in the log
	base := t.TempDir()
	if err := os.WriteFile(filepath.Join(base, "ids"), []byte(ids.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	outcomes := map[string]int{}
	for _, pattern := range []string{"*.mem", "*.sst", "MANIFEST"} {
		for n := range flips {
			dir := filepath.Join(base, "copy")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			copyDir(t, dir, r.dir)
			flipFile(t, dir, pattern)
			cmd, out := startHelper(t, "read", dir)
			text, _ := io.ReadAll(out)
			if err := cmd.Wait(); err != nil {
				t.Errorf("%s, flip %d: %v: %s", pattern, n, err, text)
			}
			what, _, _ := strings.Cut(string(text), ":")
			outcomes[pattern+" "+what]++
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Log(outcomes)
}

func flipFile(t *testing.T, dir, pattern string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(names) == 0 {
		t.Fatalf("no file %s: %v", pattern, err)
	}
	name := names[rand.N(len(names))]
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	b[rand.N(usedBytes(b))] ^= 1 << rand.N(8)
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
