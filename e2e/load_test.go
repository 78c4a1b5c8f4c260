package e2e

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/gatepost/gatepost/replay"
)

// load is clients that send events, and a note of what they were told: an event is in acked once
// its 2xx was read, and never otherwise.
type load struct {
	g     *gatepost
	sizes []int // of the bodies, in turn

	sent  atomic.Int64 // numbers the events
	mu    sync.Mutex
	acked map[string]string // the provider's ID of an event to the ID it is stored under
}

// run has clients send until stop is closed. Whether a request that is not acknowledged is sent again
// is for failed to say; if it returns false that client stops.
func (l *load) run(clients int, stop <-chan struct{}, failed func(answer, error) bool) {
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				n := l.sent.Add(1)
				id := fmt.Sprintf("event-%d", n)
				r := push(id, l.body(id, int(n)))
				a, err := l.g.trySend(r)
				for err != nil || a.Status != http.StatusOK {
					if !failed(a, err) {
						return
					}
					a, err = l.g.trySend(r)
				}
				l.ack(id, a.id())
			}
		})
	}
	all.Wait()
}

// body is a body of its own for each event, which cannot be half of another and does not compress.
func (l *load) body(id string, n int) []byte {
	filling := make([]byte, l.sizes[n%len(l.sizes)]*3/4)
	_, _ = rand.NewChaCha8(sha256.Sum256([]byte(id))).Read(filling)
	body := fmt.Appendf(nil, `{"id":%q,"filling":"`, id)
	return append(base64.StdEncoding.AppendEncode(body, filling), `"}`...)
}

func (l *load) ack(id, storedAs string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.acked == nil {
		l.acked = map[string]string{}
	}
	l.acked[id] = storedAs
}

func (l *load) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.acked)
}

// awaitMore waits until so many more are acknowledged.
func (l *load) awaitMore(n int) {
	l.g.t.Helper()
	before := l.count()
	eventually(l.g.t, fmt.Sprintf("%d more are acknowledged", n), func() error {
		if more := l.count() - before; more < n {
			return fmt.Errorf("%d are", more)
		}
		return nil
	})
}

// checkStored checks that every acknowledged event is stored exactly once, under the ID that was
// told, and that everything that is stored has its one delivery.
func (l *load) checkStored() {
	t := l.g.t
	t.Helper()
	stored := map[string]string{}
	for _, e := range l.g.events(replay.EventFilter{Limit: 1000}) {
		if first, twice := stored[e.EventID]; twice {
			t.Errorf("%s is stored twice, as %s and %s", e.EventID, first, e.ID)
		}
		stored[e.EventID] = e.ID.String()
		if len(e.Deliveries) != 1 {
			t.Errorf("%s has %d deliveries", e.EventID, len(e.Deliveries))
		}
	}
	missing := 0
	for id, as := range l.acked {
		if stored[id] != as {
			missing++
			t.Logf("%s was acknowledged as %s and is stored as %q", id, as, stored[id])
		}
	}
	if missing > 0 {
		t.Errorf("%d of %d acknowledged events are missing", missing, len(l.acked))
	}
	if len(l.acked) == 0 {
		t.Error("nothing was acknowledged")
	}
}

// checkDelivered waits until every acknowledged event reached the application and checks that it
// did so whole. It returns how often each arrived.
func (l *load) checkDelivered(a *app) map[string]int {
	t := l.g.t
	t.Helper()
	eventually(t, "every acknowledged event is delivered", func() error {
		arrived := map[string]bool{}
		for _, r := range a.all() {
			arrived[r.id()] = true
		}
		for _, as := range l.acked {
			if !arrived[as] {
				return fmt.Errorf("%d of %d arrived", len(arrived), len(l.acked))
			}
		}
		return nil
	})
	times := map[string]int{}
	for _, r := range a.all() {
		id := r.Header.Get("X-Github-Delivery")
		var n int
		_, _ = fmt.Sscanf(id, "event-%d", &n)
		if string(r.Body) != string(l.body(id, n)) {
			t.Errorf("%s arrived with %d bytes that are not its own", id, len(r.Body))
		}
		if as, acked := l.acked[id]; acked && as != r.id() {
			t.Errorf("%s was acknowledged as %s and delivered as %s", id, as, r.id())
		}
		times[id]++
	}
	return times
}
