package badger

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

var shopBounds = store.QuarantineBounds{Requests: 100, Bytes: 1 << 20, Age: time.Hour}

func (r *rig) quarantine(p store.Policy) {
	p.Quarantine = map[string]store.QuarantineBounds{"shop": shopBounds}
	r.SetPolicy(p)
}

func (r *rig) rejected(body []byte) *event.Rejected {
	now := r.clock.Now()
	return &event.Rejected{
		ID: r.ids.Rejected(now), Source: "shop", ReceivedAt: now, Body: body,
		Request: event.Request{ClientIP: "203.0.113.9", Header: http.Header{}},
	}
}

func (r *rig) listRejected() (ids []event.RejectedID) {
	r.Helper()
	r.must(r.MarkRoute(bg, jobs, store.RouteMark{})) // what was written before it is there
	r.must(r.ListRejected(bg, store.RejectedQuery{}, func(x *event.Rejected) bool {
		ids = append(ids, x.ID)
		return true
	}))
	return ids
}

func TestADamagedRejectedRequestIsNeverHandedOut(t *testing.T) {
	r := openRig(t, Hooks{})
	r.quarantine(store.Policy{})
	bad, good := r.rejected([]byte("bad")), r.rejected([]byte("good"))
	other := r.rejected([]byte("under another key"))
	for _, x := range []*event.Rejected{bad, good, other} {
		if !r.KeepRejected(x) {
			t.Fatal("not kept")
		}
	}
	r.listRejected()
	from := senderOf("203.0.113.9")
	r.flip(rejectedKey("shop", bad.ID, from), 20)
	moved := r.ids.Rejected(r.clock.Now())
	r.swapTo(rejectedKey("shop", other.ID, from), rejectedKey("shop", moved, from))
	r.reopen()
	r.quarantine(store.Policy{})
	if got := r.listRejected(); len(got) != 1 || got[0] != good.ID {
		t.Errorf("the list shows %v, want %v alone", got, good.ID)
	}
	for _, id := range []event.RejectedID{bad.ID, moved} {
		_, err := r.Rejected(bg, id)
		r.is(err, store.ErrDamaged)
	}
	if got := r.Stats().Damaged; got != 4 {
		t.Errorf("%d damaged, want 2, each met twice", got)
	}
	r.must(r.RemoveRejected(bg, bad.ID)) // it need not be readable for that
	if got := r.Stats().Quarantine["shop"].Requests; got != 2 {
		t.Errorf("%d are kept, want 2", got)
	}
}

// swapTo moves a value under another key.
func (r *rig) swapTo(from, to []byte) {
	r.Helper()
	ss := r.current.Load()
	txn := ss.db.NewTransaction(true)
	defer txn.Discard()
	v, err := get(txn, from)
	r.must(err)
	r.must(txn.Set(to, v))
	r.must(txn.Delete(from))
	r.must(txn.Commit())
}

// On a low disk the space for events is not given to strangers, nor may the directory be opened
// for them.
func TestNothingIsKeptOnALowDiskOrBeforeOpening(t *testing.T) {
	free := int64(1 << 30)
	r := newRig(t, t.TempDir(), Hooks{DiskFree: func(string) (int64, error) { return free, nil }})
	r.quarantine(store.Policy{MinFreeDisk: 1 << 20})
	if r.KeepRejected(r.rejected(nil)) {
		t.Error("kept before anything opened the store")
	}
	r.must(r.Open(bg))
	if !r.KeepRejected(r.rejected(nil)) {
		t.Error("not kept on a disk with room")
	}
	free = 1<<20 - 1
	r.clock.Advance(time.Second)
	if r.KeepRejected(r.rejected(nil)) {
		t.Error("kept on a disk that is low")
	}
	if got := r.Stats().Quarantine["shop"].Requests; got != 1 {
		t.Errorf("%d are kept, want 1", got)
	}
}

// A disk that cannot keep up is no reason to keep rejected requests in memory, and one that fails
// to take some leaves none of them in the count.
func TestRejectedRequestsDoNotFillTheMemory(t *testing.T) {
	waiting, proceed := make(chan struct{}), make(chan struct{})
	blocked := false
	r := openRig(t, Hooks{Commit: func(commit func() error) error {
		if !blocked {
			blocked = true
			close(waiting)
			<-proceed
		}
		return commit()
	}})
	shop := shopBounds
	shop.Bytes = 64 << 20
	r.SetPolicy(store.Policy{Quarantine: map[string]store.QuarantineBounds{"shop": shop}})
	go func() { _, _ = r.Accept(bg, r.acceptance("", nil, jobs)) }()
	<-waiting
	kept := 0
	for range 64 {
		if r.KeepRejected(r.rejected(make([]byte, 400<<10))) {
			kept++
		}
	}
	if kept < 2 || kept > keepingMost/(400<<10) {
		t.Errorf("%d of 400 KiB were taken while nothing is written", kept)
	}
	close(proceed)
	if got := r.listRejected(); len(got) != kept {
		t.Errorf("%d are there, want %d", len(got), kept)
	}
	if got := r.current.Load().quarantine.waiting.Load(); got != 0 {
		t.Errorf("%d bytes still wait", got)
	}
}

func TestSenders(t *testing.T) {
	same := [][2]string{
		{"203.0.113.9", "::ffff:203.0.113.9"},
		{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9"},
		{"fe80::1%eth0", "fe80::2"},
		{"", "no address"},
	}
	for _, pair := range same {
		if senderOf(pair[0]) != senderOf(pair[1]) {
			t.Errorf("%s and %s are two", pair[0], pair[1])
		}
	}
	others := []string{"", "203.0.113.9", "203.0.113.10", "2001:db8:1:2::1", "2001:db8:1:3::1"}
	seen := make(map[sender]string)
	for _, ip := range others {
		if twin, ok := seen[senderOf(ip)]; ok {
			t.Errorf("%q and %q are one", ip, twin)
		}
		seen[senderOf(ip)] = ip
	}
}

// How much a flood costs while the quarantine is full to its largest bound, one address each.
func BenchmarkKeepWhenFull(b *testing.B) {
	q := new(quarantine)
	q.init()
	bounds := store.QuarantineBounds{Requests: 100_000, Bytes: 1 << 30}
	var ids event.IDs
	now := time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)
	next := 0
	kept := func() *kept {
		next++
		return &kept{id: ids.Rejected(now), source: "shop", from: sender{byte(next >> 16), byte(next >> 8), byte(next)}, size: 1 << 10}
	}
	for range bounds.Requests {
		q.take(kept(), bounds)
	}
	for b.Loop() {
		q.take(kept(), bounds)
	}
}

// Two requests can be counted in one order and queued in the other. The first, which makes room for
// the second, must not be written after its deletion: nothing would count or delete it.
func TestWhatMadeRoomIsNotWrittenLater(t *testing.T) {
	r := openRig(t, Hooks{})
	bounds := shopBounds
	bounds.Requests = 1
	r.SetPolicy(store.Policy{Quarantine: map[string]store.QuarantineBounds{"shop": bounds}})
	ss := r.current.Load()
	first, second := r.rejected([]byte("first")), r.rejected([]byte("second"))
	record := first.AppendRecord(nil)
	k := &kept{id: first.ID, source: "shop", from: senderOf(first.Request.ClientIP), size: len(record)}
	ss.quarantine.waiting.Add(int64(k.size))
	ss.quarantine.take(k, bounds)
	if !r.KeepRejected(second) {
		t.Fatal("not kept")
	}
	ss.writer.add(&keeping{ss: ss, k: k, pairs: []pair{{k.key(), record}}}, false)
	r.listRejected() // all of it is written
	r.reopen()
	if got := r.listRejected(); len(got) != 1 || got[0] != second.ID {
		t.Errorf("on the disk are %v, want %s alone", got, second.ID)
	}
}

// What makes room for itself is not said to be kept.
func TestALargeRequestOfANewAddressMakesRoomItself(t *testing.T) {
	r := openRig(t, Hooks{})
	r.quarantine(store.Policy{})
	for n := range 3 {
		small := r.rejected(make([]byte, shopBounds.Bytes/4))
		small.Request.ClientIP = fmt.Sprint("192.0.2.", n)
		if !r.KeepRejected(small) {
			t.Fatal("not kept")
		}
	}
	if r.KeepRejected(r.rejected(make([]byte, shopBounds.Bytes/2-1<<10))) {
		t.Error("said to be kept")
	}
	if got := r.listRejected(); len(got) != 3 {
		t.Errorf("%d are there, want 3", len(got))
	}
}
