package badger

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
	"github.com/gatepost/gatepost/store/storetest"
)

var (
	sweepPolicy = store.Policy{Retention: 25 * spanLength, DedupeWindow: 25 * spanLength}
	stuck       = event.Route{Source: "shop", Name: "stuck"}
)

// hasSwept is the line that tells of a sweep which removed something.
const hasSwept = "swept"

// helpSweep lets time fly and removes what is past its retention, until it is killed. It writes the ID of
// each event that it leaves unfinished, and hasSwept.
func helpSweep(dir string) error {
	r := rig{clock: storetest.NewClock(time.Date(2026, 3, 14, 0, 0, 0, 0, time.UTC))}
	s := New(Options{Dir: dir, Now: r.clock.Now, Logger: slog.New(slog.DiscardHandler)})
	if err := s.Open(bg); err != nil {
		return err
	}
	s.SetPolicy(sweepPolicy)
	if err := s.Events(bg, store.EventQuery{}, func(e *event.Event, _ []*event.Delivery) bool {
		r.clock.Advance(e.ReceivedAt.Sub(r.clock.Now())) // to where the one before was killed
		return false
	}); err != nil {
		return err
	}
	for run := rand.Uint32(); ; run++ {
		r.clock.Advance(5 * spanLength)
		for n := range 2 {
			var as []store.Acceptance
			for i := range 5 {
				as = append(as, r.acceptance(fmt.Sprint(run, "-", n, "-", i), make([]byte, 1000), jobs))
			}
			as = append(as, r.acceptance("", make([]byte, inlineMost+1), jobs))
			if n == 0 && run%3 == 0 { // this span is not dropped as a whole
				as = append(as, r.acceptance("", []byte("stuck"), jobs, stuck))
			}
			receipts, err := s.AcceptAll(bg, as)
			if err != nil {
				return err
			}
			if len(as) > 6 {
				id := receipts[6].ID
				fmt.Println(hex.EncodeToString(id[:]))
				if err := s.Add(bg, receipts[0].ID, r.replays(receipts[0].ID, removedAtOnce)); err != nil { // removed in parts
					return err
				}
			}
		}
		ds, _, err := s.Lease(bg, jobs, r.clock.Now(), 1000)
		if err != nil {
			return err
		}
		for _, d := range ds {
			if err := s.Settle(bg, d.ID, r.done); err != nil {
				return err
			}
		}
		before := s.Stats().Removed
		if err := s.Sweep(bg); err != nil {
			return err
		}
		if s.Stats().Removed > before {
			fmt.Println(hasSwept)
		}
	}
}

// TestKillWhileSweeping kills a process that removes what is past its retention, again and again on one
// directory. What is unfinished is there afterwards, and nothing of the rest stays for good.
func TestKillWhileSweeping(t *testing.T) {
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	dir := t.TempDir()
	var unfinished []event.ID
	open := func() *rig {
		r := newRig(t, dir, Hooks{})
		r.must(r.Open(bg))
		r.SetPolicy(sweepPolicy)
		return r
	}
	for round := range rounds {
		cmd, out := startHelper(t, "sweep", dir)
		lines := bufio.NewScanner(out)
		sweeps := 0
		for lines.Scan() {
			if lines.Text() == hasSwept {
				if sweeps++; sweeps == 1 {
					time.AfterFunc(rand.N(300*time.Millisecond), func() { _ = cmd.Process.Kill() })
				}
				continue
			}
			if b, err := hex.DecodeString(lines.Text()); err == nil && len(b) == idSize {
				unfinished = append(unfinished, event.ID(b))
			}
		}
		_ = cmd.Wait()
		if sweeps == 0 {
			t.Fatalf("round %d: the helper ended before it removed anything", round)
		}
		r := open()
		for _, id := range unfinished {
			if e, err := r.Event(bg, id); err != nil || string(e.Body) != "stuck" {
				t.Fatalf("round %d: %s is not finished, but: %v", round, id, err)
			}
		}
		if got := r.Pending(stuck); got < len(unfinished) {
			t.Fatalf("round %d: %d are pending, of at least %d", round, got, len(unfinished))
		}
		t.Logf("round %d: %d sweeps, %d unfinished, %d events", round, sweeps, len(unfinished), r.count(eventKind))
		r.must(r.Close())
	}

	r := open()
	r.must(r.Events(bg, store.EventQuery{}, func(e *event.Event, _ []*event.Delivery) bool {
		r.clock.Advance(e.ReceivedAt.Sub(r.clock.Now()))
		return false
	}))
	for _, route := range []event.Route{jobs, stuck} {
		ds, _, err := r.Lease(bg, route, r.clock.Now(), 100_000)
		r.must(err)
		for _, d := range ds {
			r.must(r.Settle(bg, d.ID, r.done))
		}
		r.must(r.MarkRoute(bg, jobs, store.RouteMark{}))
		if n := r.Pending(route); n != 0 {
			t.Errorf("%d deliveries of %s are still pending", n, route)
		}
	}
	r.clock.Advance(2 * sweepPolicy.Retention)
	r.must(r.Sweep(bg))
	for _, kind := range []byte{eventKind, deliveryKind, pointerKind, pieceKind, queueKind, deadKind, markKind} {
		if n := r.count(kind); n != 0 {
			t.Errorf("%d keys %q are left", n, kind)
		}
	}
	if n := r.Stats().Damaged; n != 0 {
		t.Errorf("%d records are damaged", n)
	}
}
