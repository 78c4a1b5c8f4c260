package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// mixedSizes are those of webhooks: mostly small, sometimes large, and now and then larger than what
// fits into one write of the store.
func mixedSizes() []int {
	sizes := []int{1500 << 10, 200 << 10, 20 << 10, 20 << 10}
	for len(sizes) < 100 {
		sizes = append(sizes, 100, 500, 1<<10, 2<<10)
	}
	return sizes
}

// Killed again and again while 64 clients send, a process never loses what it acknowledged, nor
// stores it twice, nor delivers half of it.
func TestKillWhileReceiving(t *testing.T) {
	t.Parallel()
	const rounds, clients = 10, 64
	a := newApp(t, nil)
	g := start(t, githubSite("max_body 4MiB\n route app {\n to "+a.URL+"\n concurrency 64\n}"))
	l := &load{g: g, sizes: mixedSizes()}
	for round := range rounds {
		stop := make(chan struct{})
		sending := make(chan struct{})
		go func() {
			defer close(sending)
			// A request that the kill met may have been stored or not: nobody was told.
			l.run(clients, stop, func(answer, error) bool { return false })
		}()
		l.awaitMore(50 + rand.IntN(300)) // when the kill comes is left to chance
		g.kill()
		close(stop)
		<-sending
		began := time.Now()
		g.start()
		t.Logf("round %d: %d acknowledged so far, back after %s", round+1, len(l.acked), time.Since(began).Round(time.Millisecond))
	}
	l.checkStored()
	l.checkDelivered(a)
}

// Copies of one event that arrive while the process is killed are one event afterwards.
func TestKillWhileReceivingDuplicates(t *testing.T) {
	t.Parallel()
	const rounds, copies = 5, 20
	g := start(t, githubSite(""))
	stored := map[string]string{} // the provider's ID to ours, as told to whoever was told
	for round := range rounds {
		enough, done := make(chan struct{}), make(chan struct{})
		last := 3 + rand.IntN(20)
		go func() {
			defer close(done)
			for n, alive := 0, true; alive; n++ {
				if n == last {
					close(enough)
				}
				id := fmt.Sprintf("%d-%d", round, n)
				answers := g.sendCopies(push(id, []byte(id)), copies)
				alive = len(answers) == copies
				for _, a := range answers {
					if before, told := stored[id]; told && before != a.id() {
						t.Errorf("%s was acknowledged as %s and as %s", id, before, a.id())
					}
					stored[id] = a.id()
				}
			}
		}()
		select {
		case <-enough:
		case <-time.After(patience):
			t.Fatal("too few copies are answered")
		}
		g.kill()
		<-done
		g.start()
	}
	for id, as := range stored {
		if again := g.send(push(id, []byte(id))); !again.duplicate() || again.id() != as {
			t.Errorf("%s was acknowledged as %s; once more: %v", id, as, again)
		}
	}
	if len(stored) == 0 {
		t.Error("nothing was acknowledged")
	}
}

// sendCopies sends copies of a request at one time and returns the answers of those that were
// acknowledged.
func (g *gatepost) sendCopies(r request, copies int) []answer {
	var (
		mu    sync.Mutex
		acked []answer
		all   sync.WaitGroup
	)
	for range copies {
		all.Go(func() {
			a, err := g.trySend(r)
			if err != nil || a.Status != http.StatusOK {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			acked = append(acked, a)
		})
	}
	all.Wait()
	return acked
}

// A crash after the application took a delivery and before that is recorded repeats it, as the same
// event, so that the application can tell.
func TestKillBeforeOutcomeIsRecorded(t *testing.T) {
	t.Parallel()
	answered := make(chan struct{})
	a := newApp(t, func(a *app, w http.ResponseWriter, r received) {
		if r.N > 1 {
			return
		}
		w.Header().Set("Content-Length", "2")
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		close(answered)
		<-a.gone
	})
	g := start(t, githubSite("route app "+a.URL))
	id := g.accept(push("1", []byte("body")))
	<-answered
	g.kill()
	g.start()
	d := g.awaitState(id, "delivered")
	got := a.await(2)
	for _, name := range []string{"Gatepost-Event-Id", "Gatepost-Delivery-Id", "Idempotency-Key"} {
		if first, second := got[0].Header.Get(name), got[1].Header.Get(name); first != second || first == "" {
			t.Errorf("%s: first %q, then %q", name, first, second)
		}
	}
	if string(got[1].Body) != "body" || d.AttemptCount < 1 || got[1].Header.Get("Gatepost-Attempt") < got[0].Header.Get("Gatepost-Attempt") {
		t.Errorf("delivered again as %+v, recorded as %+v", got[1], d)
	}
}

// A stop lets attempts in flight finish for a while, then cuts them; those are made again after the
// start and count as if they had never been.
func TestGracefulStop(t *testing.T) {
	t.Parallel()
	const inFlight = 16
	release := make(chan struct{})
	a := newApp(t, func(a *app, w http.ResponseWriter, r received) {
		switch {
		case r.Header.Get("X-Github-Delivery") == "finishes":
			a.waitFor(release)
		case r.N <= inFlight+1:
			<-a.gone
		}
	})
	g := start(t, config{webhooks: "shutdown_timeout 2s", site: githubDirective("route app {\n to " + a.URL + "\n concurrency 100\n}")})
	finishes := g.accept(push("finishes", nil))
	a.await(1)
	for i := range inFlight {
		g.accept(push(fmt.Sprint("is cut ", i), nil))
	}
	a.await(inFlight + 1)

	began := time.Now()
	time.AfterFunc(200*time.Millisecond, func() { close(release) })
	if status := g.stop(); status != 0 {
		t.Errorf("exit status %d", status)
	}
	if took := time.Since(began); took > 7*time.Second {
		t.Errorf("stopping took %s", took)
	}
	g.start()
	for _, r := range a.await(2*inFlight + 1)[inFlight+1:] {
		if r.Header.Get("Gatepost-Attempt") != "1" {
			t.Errorf("attempt %s of one that was cut", r.Header.Get("Gatepost-Attempt"))
		}
	}
	if d := g.awaitState(finishes, "delivered"); d.AttemptCount != 1 {
		t.Errorf("the one that finished: %+v", d)
	}
	finished := 0
	for _, r := range a.all() {
		if r.Header.Get("X-Github-Delivery") == "finishes" {
			finished++
		}
	}
	if finished != 1 {
		t.Errorf("the one that finished was delivered %d times", finished)
	}
}

// A second signal does not make a stop lose anything, nor hang.
func TestImpatientStop(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(a *app, _ http.ResponseWriter, r received) {
		if r.N == 1 {
			<-a.gone
		}
	})
	g := start(t, githubSite("route app "+a.URL))
	id := g.accept(push("1", nil))
	a.await(1)
	interrupt(t, g)
	eventually(t, "it is stopping", func() error {
		if !strings.Contains(g.logText(), "shutting down") {
			return fmt.Errorf("nothing of it in the log")
		}
		return nil
	})
	interrupt(t, g)
	g.await()
	g.start()
	if got := a.await(2)[1]; got.id() != id.String() {
		t.Errorf("got %s, want %s", got.id(), id)
	}
}

func interrupt(t *testing.T, g *gatepost) {
	t.Helper()
	if err := g.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
}
