package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"
)

// app is the application that deliveries go to. It records what it gets.
type app struct {
	t    testing.TB
	URL  string
	gone chan struct{} // closed when the test ends

	mu  sync.Mutex
	got []received
}

// received is one delivery as the application saw it.
type received struct {
	Method string
	URI    string
	Host   string
	Header http.Header
	Body   []byte
	At     time.Time
	N      int // the how manieth it is, from 1
}

func (r received) id() string { return r.Header.Get("Gatepost-Event-Id") }

// newApp starts an application. A nil answer is 204 to everything.
func newApp(t testing.TB, answer func(a *app, w http.ResponseWriter, r received)) *app {
	t.Helper()
	a := &app{t: t, gone: make(chan struct{})}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // cut while it was sent; as good as not received
		}
		got := a.record(received{Method: r.Method, URI: r.RequestURI, Host: r.Host, Header: r.Header, Body: body, At: time.Now()})
		if answer != nil {
			answer(a, w, got)
		} else {
			w.WriteHeader(http.StatusNoContent)
		}
	}))
	a.URL = server.URL
	t.Cleanup(func() {
		close(a.gone)
		server.CloseClientConnections()
		server.Close()
	})
	return a
}

func (a *app) record(r received) received {
	a.mu.Lock()
	defer a.mu.Unlock()
	r.N = len(a.got) + 1
	a.got = append(a.got, r)
	return r
}

// all is what arrived so far.
func (a *app) all() []received {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.got)
}

// await waits for n deliveries and returns what arrived by then.
func (a *app) await(n int) []received {
	a.t.Helper()
	eventually(a.t, fmt.Sprintf("the application got %d deliveries", n), func() error {
		if got := len(a.all()); got < n {
			return fmt.Errorf("it got %d", got)
		}
		return nil
	})
	return a.all()
}

// answers is an application that answers with these statuses in turn, and from then on with the last.
func answers(statuses ...int) func(*app, http.ResponseWriter, received) {
	return func(_ *app, w http.ResponseWriter, r received) {
		w.WriteHeader(statuses[min(r.N, len(statuses))-1])
	}
}

// waitFor holds an answer back until c is closed, or the test has ended without that.
func (a *app) waitFor(c <-chan struct{}) {
	select {
	case <-c:
	case <-a.gone:
	}
}

// silent is an application that takes a request and never answers.
func silent(a *app, _ http.ResponseWriter, _ received) { <-a.gone }
