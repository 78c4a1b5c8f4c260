package badger

import (
	"container/heap"
	"slices"

	"github.com/gatepost/gatepost/event"
)

// window is the part of a route's queue that is kept in memory: the slots before rest. Those from
// rest on are only on disk. So the queue goes on from where it is, never over the tombstones of what
// it finished, and its memory does not follow the backlog.
//
// A slot that is out (leased, or being changed) is in neither; whoever ends that puts it back.
type window struct {
	slots slots
	byID  map[event.DeliveryID]*waiting
	rest  *slot // nil: there is no more on disk

	fetching bool   // rest is being read
	late     []slot // put meanwhile at or behind rest
}

// waiting is a slot in the window.
type waiting struct {
	slot
	delivery *event.Delivery // what the store has, if that is known without reading it
	index    int
}

const (
	windowMost = 1024 // slots kept
	fetchMost  = 256  // slots read at once
)

func (w *window) init(rest *slot) {
	w.byID = map[event.DeliveryID]*waiting{}
	w.rest = rest
}

// put adds a slot that is on disk, unless it will be found there.
func (w *window) put(s slot, d *event.Delivery) {
	if w.rest != nil && !s.before(*w.rest) {
		if w.fetching {
			w.late = append(w.late, s)
		}
		return
	}
	w.drop(s.id) // an older one, read while it changed
	x := &waiting{slot: s, delivery: d}
	w.byID[s.id] = x
	heap.Push(&w.slots, x)
	if len(w.slots) > windowMost {
		w.shrink()
	}
}

// shrink leaves the later half of the window to the disk.
func (w *window) shrink() {
	half := windowMost / 2
	w.slots.sort()
	first := w.slots[half].slot
	w.rest = &first
	for _, x := range w.slots[half:] {
		delete(w.byID, x.id)
	}
	clear(w.slots[half:])
	w.slots = w.slots[:half]
}

// first is the earliest slot, nil if the window is empty.
func (w *window) first() *waiting {
	if len(w.slots) == 0 {
		return nil
	}
	return w.slots[0]
}

func (w *window) pop() *waiting {
	x := heap.Pop(&w.slots).(*waiting)
	delete(w.byID, x.id)
	return x
}

// drop removes a delivery that is no longer in the queue.
func (w *window) drop(id event.DeliveryID) {
	if x := w.byID[id]; x != nil {
		delete(w.byID, id)
		heap.Remove(&w.slots, x.index)
	}
	if len(w.late) > 0 {
		w.late = slices.DeleteFunc(w.late, func(s slot) bool { return s.id == id })
	}
}

// fetch says from where on the disk is to be read; fetched must follow.
func (w *window) fetch() slot {
	w.fetching = true
	return *w.rest
}

// fetched takes what was read, and from where there is more. What was put meanwhile may have been
// missed by the reading; what was read may have changed since, and is then not what Lease finds.
func (w *window) fetched(read []slot, rest *slot) {
	late := w.late
	w.fetching, w.late = false, nil
	w.rest = rest
	for _, s := range read {
		if w.byID[s.id] == nil {
			w.put(s, nil)
		}
	}
	for _, s := range late {
		w.put(s, nil)
	}
}

// slots is a heap by due time.
type slots []*waiting

func (s slots) Len() int           { return len(s) }
func (s slots) Less(i, j int) bool { return s[i].before(s[j].slot) }
func (s slots) Swap(i, j int) {
	s[i], s[j] = s[j], s[i]
	s[i].index, s[j].index = i, j
}

func (s *slots) Push(x any) {
	w := x.(*waiting)
	w.index = len(*s)
	*s = append(*s, w)
}

func (s *slots) Pop() any {
	last := len(*s) - 1
	w := (*s)[last]
	(*s)[last] = nil
	*s = (*s)[:last]
	return w
}

// sort leaves a heap: a sorted slice is one.
func (s *slots) sort() {
	slices.SortFunc(*s, func(x, y *waiting) int {
		if x.before(y.slot) {
			return -1
		}
		return 1
	})
	for i, w := range *s {
		w.index = i
	}
}
