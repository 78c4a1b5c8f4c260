package badger

import (
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// group makes an acceptance for each size of body, with the keys k0, k1 and so on.
func (r *rig) group(sizes ...int) (as []store.Acceptance) {
	for n, size := range sizes {
		as = append(as, r.acceptance(fmt.Sprint("k", n), noise(size), jobs))
	}
	return as
}

func TestG2AGroupIsWholeOrNotThere(t *testing.T) {
	for _, written := range []bool{false, true} {
		t.Run(fmt.Sprintf("written=%v", written), func(t *testing.T) {
			var failing atomic.Bool
			reopen := make(chan time.Duration)
			r := openRig(t, Hooks{
				Commit: func(commit func() error) error {
					if !failing.Load() {
						return commit()
					}
					if written {
						_ = commit()
					}
					return errors.New("input/output error")
				},
				Backoff: func(int) time.Duration { return <-reopen },
			})
			defer close(reopen) // for Close
			old := r.put("k1")
			failing.Store(true)
			_, err := r.AcceptAll(bg, r.group(10, 10, 10))
			r.is(err, store.ErrUnavailable)

			failing.Store(false)
			woken := make(chan event.Route, 10)
			r.SetReady(func(route event.Route) { woken <- route })
			reopen <- 0
			<-woken
			again := r.group(10, 10, 10)
			receipts, err := r.AcceptAll(bg, again)
			r.must(err)
			for i, receipt := range receipts {
				if want := written || i == 1; receipt.Duplicate != want {
					t.Errorf("%d: Duplicate = %v, written before: %v", i, receipt.Duplicate, written)
				}
			}
			if receipts[1].ID != old {
				t.Errorf("the second is %s, want %s", receipts[1].ID, old)
			}
			if got := r.Pending(jobs); got != 3 {
				t.Errorf("%d pending, want 3", got)
			}
		})
	}
}

// What does not fit into one transaction goes before it, the largest first, and not more than must.
func TestBodiesOfAGroup(t *testing.T) {
	const kib = 1 << 10
	for _, c := range []struct {
		sizes  []int
		pieces int
	}{
		{[]int{400 * kib, 400 * kib, 400 * kib, 400 * kib, 400 * kib}, 0},
		{[]int{300 * kib, 400 * kib, 510 * kib, 400 * kib, 400 * kib, 400 * kib}, 1},
		{[]int{10, 700 * kib, 10}, 2},
		{[]int{400 * kib, 500 * kib, 500 * kib, 500 * kib, 400 * kib, 400 * kib, 700 * kib}, 2 + 2},
	} {
		r := openRig(t, Hooks{})
		as := r.group(c.sizes...)
		_, err := r.AcceptAll(bg, as)
		r.must(err)
		if got := r.count(pieceKind); got != c.pieces {
			t.Errorf("%v: %d pieces, want %d", c.sizes, got, c.pieces)
		}
		for _, a := range as {
			e, err := r.Event(bg, a.Event.ID)
			r.must(err)
			if string(e.Body) != string(a.Event.Body) {
				t.Errorf("%v: the body of %d bytes came back changed", c.sizes, e.Size)
			}
		}
		// The same again leaves nothing behind, alone or with one that is new.
		_, err = r.AcceptAll(bg, r.group(c.sizes...))
		r.must(err)
		fresh := r.acceptance("fresh", noise(10), jobs)
		_, err = r.AcceptAll(bg, append(r.group(c.sizes...), fresh))
		r.must(err)
		r.eventually("the pieces of duplicates are gone", func() bool { return r.count(pieceKind) == c.pieces })
		r.must(r.Close())
	}
}

// BenchmarkAcceptAll is a split request; BenchmarkAccept the same one by one.
func BenchmarkAcceptAll(b *testing.B) {
	for _, parts := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprint(parts), func(b *testing.B) {
			r := openRig(b, Hooks{})
			body := noise(400)
			b.ReportAllocs()
			for b.Loop() {
				as := make([]store.Acceptance, parts)
				for i := range as {
					as[i] = benchAcceptance(body, 1)
				}
				if _, err := r.AcceptAll(bg, as); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*parts)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// A request of many parts and large headers does not take the memory of all of their records, only
// for it to be found out that they are too much.
func TestAGroupThatIsTooLargeIsNotBuilt(t *testing.T) {
	r := openRig(t, Hooks{})
	sizes := make([]int, 1000)
	as := r.group(sizes...)
	for _, a := range as {
		a.Event.Request.Header = http.Header{"X-Large": {strings.Repeat("x", 500<<10)}}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := r.AcceptAll(bg, as)
	runtime.ReadMemStats(&after)
	r.is(err, store.ErrTooLarge)
	if took := after.TotalAlloc - before.TotalAlloc; took > 32<<20 {
		t.Errorf("%d MiB were allocated", took>>20)
	}
}
