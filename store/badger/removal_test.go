package badger

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

const parts = 4 // transactions that removing many takes

// many accepts an event that is removed in parts, the last of which has one delivery.
func (r *rig) many() event.ID {
	r.Helper()
	id := r.put("many")
	r.add(id, (parts-1)*removedAtOnce)
	return id
}

// nothingLeft fails the test if there is more of events than their marks.
func (r *rig) nothingLeft() {
	r.Helper()
	for _, kind := range []byte{eventKind, pieceKind, deliveryKind, pointerKind, queueKind, deadKind} {
		if n := r.count(kind); n != 0 {
			r.Errorf("%d keys %q are left", n, kind)
		}
	}
	if n := r.Pending(jobs); n != 0 {
		r.Errorf("%d are pending", n)
	}
}

// whileAdding runs a removal, and has deliveries added once its first part is being written.
func (r *rig) whileAdding(g *gate, id event.ID, n int, remove func() error) error {
	r.Helper()
	g.on.Store(true)
	ended := make(chan error, 1)
	go func() { ended <- remove() }()
	<-g.entered
	added := make(chan struct{})
	go func() { r.add(id, n); close(added) }()
	r.queued(1)
	g.on.Store(false)
	g.open <- nil
	<-added
	return <-ended
}

// A removal that a failure cuts short leaves the event with the deliveries that are not removed yet.
func TestARemovalCutShort(t *testing.T) {
	for cut := range parts {
		for _, written := range []bool{false, true} {
			t.Run(fmt.Sprintf("after=%d/written=%v", cut, written), func(t *testing.T) {
				var left atomic.Int64 // commits before one that fails
				left.Store(1 << 40)
				r := openRig(t, Hooks{Commit: func(commit func() error) error {
					if left.Add(-1) != -1 {
						return commit()
					}
					if written {
						_ = commit()
					}
					return errors.New("input/output error")
				}})
				id := r.many()
				left.Store(int64(cut))
				r.is(r.Remove(bg, id), store.ErrUnavailable)
				left.Store(1 << 40)
				r.eventually("the store is open again", func() bool { return len(r.Health()) == 0 })

				gone := cut
				if written {
					gone++
				}
				if gone == parts {
					r.is(r.Remove(bg, id), store.ErrNotFound)
				} else {
					_, err := r.Event(bg, id)
					r.must(err)
					ds, err := r.DeliveriesOf(bg, id)
					r.must(err)
					if got, want := len(ds), 1+(parts-1-gone)*removedAtOnce; got != want {
						t.Errorf("%d deliveries are left, want %d", got, want)
					}
					if ds[0].ID != id.Delivery(0) {
						t.Errorf("the oldest is %s, want the one that came with the event", ds[0].ID)
					}
					if got := r.Pending(jobs); got != len(ds) {
						t.Errorf("%d are pending, want %d", got, len(ds))
					}
					r.must(r.Remove(bg, id))
				}
				r.nothingLeft()
				receipt, err := r.Accept(bg, r.acceptance("many", nil, jobs))
				r.must(err)
				if !receipt.Duplicate || receipt.ID != id {
					t.Errorf("a copy is answered %+v", receipt)
				}
			})
		}
	}
}

// A replay that is added between two parts of a removal by hand goes too.
func TestAReplayDuringARemoval(t *testing.T) {
	g := newGate()
	r := openRig(t, Hooks{Commit: g.commit})
	id := r.many()
	r.must(r.whileAdding(g, id, 2, func() error { return r.Remove(bg, id) }))
	r.nothingLeft()
}

// One that is added between two parts of a sweep keeps the event.
func TestAReplayDuringASweep(t *testing.T) {
	g := newGate()
	r := openRig(t, Hooks{Commit: g.commit})
	r.SetPolicy(store.Policy{Retention: 50 * spanLength})
	id := r.many()
	r.deliverAll()
	unfinished := r.put("") // so that the span is not dropped as a whole
	r.clock.Advance(60 * spanLength)
	r.must(r.whileAdding(g, id, 1, func() error { return r.Sweep(bg) }))
	if e, err := r.Event(bg, id); err != nil || string(e.Body) != "body of many" {
		t.Fatalf("the event is %v, %v", e, err)
	}
	ds, _, err := r.Lease(bg, jobs, r.clock.Now(), 10)
	r.must(err)
	if len(ds) != 2 || ds[0].Event != unfinished || ds[1].Event != id {
		t.Fatalf("leased %v, want the unfinished delivery and the replay", ds)
	}
	for _, d := range ds {
		r.must(r.Settle(bg, d.ID, r.done))
	}
	r.must(r.MarkRoute(bg, jobs, store.RouteMark{}))
	r.must(r.Sweep(bg))
	r.clock.Advance(200 * spanLength) // for what points to the replay
	r.must(r.Sweep(bg))
	r.nothingLeft()
}

// Replays of other events do not keep an event from being removed.
func TestARemovalAmongReplays(t *testing.T) {
	r := openRig(t, Hooks{})
	ctx, cancel := context.WithTimeout(bg, 20*time.Second)
	other := r.put("other")
	var replays sync.WaitGroup
	for range 4 {
		replays.Go(func() {
			for ctx.Err() == nil {
				r.add(other, 1)
			}
		})
	}
	for n := range 10 {
		id := r.put(fmt.Sprint(n))
		if as := &r.current.Load().additions; as.of(id) == as.of(other) {
			continue
		}
		if err := r.Remove(ctx, id); err != nil {
			t.Errorf("removal %d: %v", n, err)
			break
		}
	}
	cancel()
	replays.Wait()
}
