package badger

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gatepost/gatepost/event"
)

func testSlot(due, id int) (s slot) {
	s.due = int64(due)
	binary.BigEndian.PutUint32(s.id[:], uint32(id))
	return s
}

// TestWindowModel drives a window and a plain set of slots with the same random steps. Whatever
// happens, what comes out is the earliest of all, and everything comes out.
func TestWindowModel(t *testing.T) {
	for seed := range uint64(6) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		disk := map[event.DeliveryID]slot{} // what is queued and not out
		var w window
		w.init(nil)
		next, fetches, late := 0, 0, 0
		sorted := func() []slot {
			var all []slot
			for _, s := range disk {
				all = append(all, s)
			}
			slices.SortFunc(all, func(a, b slot) int {
				if a.before(b) {
					return -1
				}
				return 1
			})
			return all
		}
		put := func() {
			next++
			s := testSlot(rnd.IntN(2000), next)
			disk[s.id] = s
			w.put(s, nil)
		}
		change := func() { // or remove
			for _, s := range disk {
				delete(disk, s.id)
				w.drop(s.id)
				if rnd.IntN(2) == 0 {
					s.due = int64(rnd.IntN(2000))
					disk[s.id] = s
					w.put(s, nil)
				}
				break
			}
		}
		fetch := func() {
			from := w.fetch()
			var read []slot // the disk as it is now; the window hears of it later
			var rest *slot
			for _, s := range sorted() {
				if s.before(from) {
					continue
				}
				if len(read) == fetchMost {
					rest = &s
					break
				}
				read = append(read, s)
			}
			for range rnd.IntN(20) {
				put()
				change()
			}
			fetches, late = fetches+1, late+len(w.late)
			w.fetched(read, rest)
		}
		for step := range 12000 {
			puts := 6 // of 8 steps; then the queue is drained
			if step/3000%2 == 1 {
				puts = 1
			}
			switch n := rnd.IntN(8); {
			case n < puts:
				put()
			case n == 7:
				change()
			default:
				for w.first() == nil && w.rest != nil {
					fetch()
				}
				if w.first() == nil {
					if len(disk) != 0 {
						t.Fatalf("seed %d: the window is through, the disk has %d", seed, len(disk))
					}
					continue
				}
				got := w.pop().slot
				if disk[got.id] != got { // it changed while it was read: Lease finds that out
					continue
				}
				for _, s := range disk {
					if s.before(got) {
						t.Fatalf("seed %d: %v came out before %v", seed, got, s)
					}
				}
				delete(disk, got.id)
			}
			if len(w.slots) > windowMost || len(w.slots) != len(w.byID) {
				t.Fatalf("seed %d: the window has %d slots, %d by ID", seed, len(w.slots), len(w.byID))
			}
		}
		if fetches == 0 || late == 0 {
			t.Errorf("seed %d: %d fetches, %d put meanwhile: this tests nothing", seed, fetches, late)
		}
	}
}
