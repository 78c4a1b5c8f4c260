package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/gatepost/gatepost/dedupe"
	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/router"
	"github.com/gatepost/gatepost/store"
	"github.com/gatepost/gatepost/verifier"
	_ "github.com/gatepost/gatepost/verifier/providers"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const secret = "whsec_of_a_test"

// fakeStore remembers what it was given.
type fakeStore struct {
	mu       sync.Mutex
	taken    []store.Acceptance
	err      error
	tooLarge bool // whatever is accepted together
	pending  int
}

func (s *fakeStore) Accept(_ context.Context, a store.Acceptance) (store.Receipt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accept(a)
}

func (s *fakeStore) AcceptAll(_ context.Context, as []store.Acceptance) (receipts []store.Receipt, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tooLarge {
		return nil, store.ErrTooLarge
	}
	for _, a := range as {
		receipt, err := s.accept(a)
		if err != nil {
			return nil, err
		}
		receipts = append(receipts, receipt)
	}
	return receipts, nil
}

func (s *fakeStore) accept(a store.Acceptance) (store.Receipt, error) {
	if s.err != nil {
		return store.Receipt{}, s.err
	}
	for _, first := range s.taken {
		if first.Event.Key == a.Event.Key && !a.Event.Key.IsZero() {
			return store.Receipt{ID: first.Event.ID, Duplicate: true}, nil
		}
	}
	e := *a.Event
	e.Body = bytes.Clone(e.Body) // the buffer is used again after Accept
	a.Event = &e
	s.taken = append(s.taken, a)
	return store.Receipt{ID: e.ID}, nil
}

func (s *fakeStore) Pending(event.Route) int { return s.pending }

func (s *fakeStore) KeepRejected(*event.Rejected) bool { return false }

// fakeBody is a body whose deadline can be looked at.
type fakeBody struct {
	io.Reader
	deadlines []time.Time
}

func (b *fakeBody) SetReadDeadline(t time.Time) error {
	b.deadlines = append(b.deadlines, t)
	return nil
}

func newSource(t *testing.T, name string, rules ...router.Rule) *Source {
	t.Helper()
	p, ok := verifier.Lookup(name)
	if !ok {
		t.Fatalf("no provider %s", name)
	}
	settings := verifier.Settings{Secrets: []string{"old_" + secret, secret}}
	v, err := p.New(settings)
	if err != nil {
		t.Fatal(err)
	}
	identity, err := dedupe.Compile(dedupe.Config(p.IdentityFor(settings)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := router.Compile(rules)
	if err != nil {
		t.Fatal(err)
	}
	s := &Source{Name: name, Provider: p, Verifier: v, Handshake: p.HandshakeFor(settings), Identity: identity, Window: time.Hour, Router: r, MaxBody: 4 << 10}
	for _, rule := range rules {
		s.Routes = append(s.Routes, event.Route{Source: name, Name: rule.Name})
	}
	return s
}

// signed is a request that the provider would send: the second configured secret signs it.
func signed(t *testing.T, provider, body string) *Request {
	t.Helper()
	p, _ := verifier.Lookup(provider)
	v, err := p.New(verifier.Settings{Secrets: []string{secret}})
	if err != nil {
		t.Fatal(err)
	}
	r := &verifier.Request{Method: "POST", Scheme: "https", Host: "hooks.example.com", URI: "/" + provider, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)}
	if err := v.Sign(r, "id-1", noon); err != nil {
		t.Fatal(err)
	}
	return &Request{
		Request:       event.Request{Method: r.Method, Scheme: r.Scheme, Host: r.Host, URI: r.URI, Header: r.Header},
		Body:          &fakeBody{Reader: strings.NewReader(body)},
		ContentLength: int64(len(body)),
	}
}

func newReceiver(s Store) *Receiver {
	return &Receiver{Store: s, IDs: new(event.IDs), Now: func() time.Time { return noon }, Budget: NewBudget(1 << 20)}
}

func TestAcceptedEventHasEverything(t *testing.T) {
	fake := new(fakeStore)
	src := newSource(t, "stripe",
		router.Rule{Name: "billing", On: []string{"invoice.*"}},
		router.Rule{Name: "bad", When: "body.data.amount > 1"},
		router.Rule{Name: "other", Otherwise: true},
		router.Rule{Name: "all"})
	var failed []string
	rc := newReceiver(fake)
	rc.RouteError = func(r event.Route, text string) { failed = append(failed, r.String()) }
	body := `{"id":"evt_7","type":"invoice.paid","data":{"amount":"much"}}`
	receipt, err := rc.Receive(t.Context(), src, signed(t, "stripe", body))
	if err != nil {
		t.Fatal(err)
	}
	if receipt.Duplicate || receipt.ID.IsZero() || receipt.EventID != "evt_7" || receipt.Type != "invoice.paid" {
		t.Errorf("receipt %+v", receipt)
	}
	if len(fake.taken) != 1 {
		t.Fatalf("%d events stored", len(fake.taken))
	}
	a := fake.taken[0]
	e := a.Event
	if string(e.Body) != body || e.Size != len(body) || e.Source != "stripe" || !e.ReceivedAt.Equal(noon) || e.Key.IsZero() || a.Window != time.Hour {
		t.Errorf("event %+v", e)
	}
	if e.Verification.Result != event.VerifiedResult || e.Verification.Secret != 1 || !e.Verification.SignedAt.Equal(noon) {
		t.Errorf("verification %+v, want the second secret at noon", e.Verification)
	}
	var routes []string
	for n, d := range a.Deliveries {
		routes = append(routes, d.Route.Name)
		if d.ID != e.ID.Delivery(n) || d.Event != e.ID || d.State != event.Pending || !d.NextAttemptAt.Equal(noon) {
			t.Errorf("delivery %+v", d)
		}
	}
	if got := strings.Join(routes, " "); got != "billing all" {
		t.Errorf("routes %q, want billing and all", got)
	}
	if len(e.RouteErrors) != 1 || e.RouteErrors[0].Route != "bad" || len(failed) != 1 {
		t.Errorf("route errors %+v, told of %v", e.RouteErrors, failed)
	}
}

func TestSecondCopyIsADuplicate(t *testing.T) {
	fake := new(fakeStore)
	src := newSource(t, "stripe")
	rc := newReceiver(fake)
	first, err := rc.Receive(t.Context(), src, signed(t, "stripe", `{"id":"evt_7"}`))
	if err != nil {
		t.Fatal(err)
	}
	second, err := rc.Receive(t.Context(), src, signed(t, "stripe", `{"id":"evt_7","more":1}`))
	if err != nil || !second.Duplicate || second.ID != first.ID {
		t.Errorf("second %+v, %v; want a duplicate of %s", second, err, first.ID)
	}
}

// brokenVerifier cannot judge, as one whose key cannot be fetched.
type brokenVerifier struct{ verifier.Verifier }

func (brokenVerifier) Verify(*verifier.Request, time.Time) (verifier.Result, error) {
	return verifier.Result{}, errors.New("no answer")
}

// What a sender can do wrong, and what we can fail at: the code, and that nothing is stored.
func TestRefusals(t *testing.T) {
	const body = `{"id":"evt_7"}`
	cases := map[string]struct {
		change func(*Request, *Source, *fakeStore, *Receiver)
		status int
		code   string
	}{
		"other method":         {func(r *Request, _ *Source, _ *fakeStore, _ *Receiver) { r.Method = "GET" }, 405, "method_not_allowed"},
		"no signature":         {func(r *Request, _ *Source, _ *fakeStore, _ *Receiver) { r.Header.Del("Stripe-Signature") }, 401, "signature_missing"},
		"unreadable signature": {func(r *Request, _ *Source, _ *fakeStore, _ *Receiver) { r.Header.Set("Stripe-Signature", "x") }, 401, "signature_malformed"},
		"other body": {func(r *Request, _ *Source, _ *fakeStore, _ *Receiver) {
			r.Body = &fakeBody{Reader: strings.NewReader(strings.ToUpper(body))}
		}, 401, "signature_mismatch"},
		"stale": {func(_ *Request, _ *Source, _ *fakeStore, rc *Receiver) {
			rc.Now = func() time.Time { return noon.Add(time.Hour) }
		}, 401, "timestamp_too_old"},
		"ahead": {func(_ *Request, _ *Source, _ *fakeStore, rc *Receiver) {
			rc.Now = func() time.Time { return noon.Add(-time.Hour) }
		}, 401, "timestamp_in_future"},
		"stale and wrong": {func(r *Request, _ *Source, _ *fakeStore, rc *Receiver) {
			rc.Now = func() time.Time { return noon.Add(time.Hour) }
			r.Body = &fakeBody{Reader: strings.NewReader(strings.ToUpper(body))}
		}, 401, "signature_mismatch"},
		"declared too large": {func(r *Request, src *Source, _ *fakeStore, _ *Receiver) { r.ContentLength = src.MaxBody + 1 }, 413, "body_too_large"},
		"too large in chunks": {func(r *Request, src *Source, _ *fakeStore, _ *Receiver) {
			r.ContentLength = -1
			r.Body = &fakeBody{Reader: strings.NewReader(strings.Repeat("x", int(src.MaxBody)+1))}
		}, 413, "body_too_large"},
		"too large and wrong method": {func(r *Request, src *Source, _ *fakeStore, _ *Receiver) {
			r.ContentLength, r.Method = src.MaxBody+1, "PUT"
		}, 405, "method_not_allowed"},
		"limit in front of us": {func(r *Request, _ *Source, _ *fakeStore, _ *Receiver) {
			r.Body = &fakeBody{Reader: iotest.ErrReader(fmt.Errorf("413: %w", &http.MaxBytesError{Limit: 10}))}
		}, 413, "body_too_large"},
		"cut short": {func(r *Request, _ *Source, _ *fakeStore, _ *Receiver) {
			r.Body = &fakeBody{Reader: io.MultiReader(strings.NewReader(body[:3]), iotest.ErrReader(io.ErrUnexpectedEOF))}
		}, 400, "body_unreadable"},
		"too slow": {func(r *Request, _ *Source, _ *fakeStore, _ *Receiver) {
			r.Body = &fakeBody{Reader: iotest.ErrReader(os.ErrDeadlineExceeded)}
		}, 400, "body_unreadable"},
		"too many bytes in flight": {func(_ *Request, _ *Source, _ *fakeStore, rc *Receiver) { rc.Budget = NewBudget(10) }, 503, "overloaded"},
		"backlog": {func(_ *Request, src *Source, s *fakeStore, _ *Receiver) {
			src.MaxPending, s.pending = 5, 5
			src.Routes = []event.Route{{Source: "stripe", Name: "app"}}
		}, 503, "backlog_full"},
		"key not to be had": {func(_ *Request, src *Source, _ *fakeStore, _ *Receiver) {
			src.Verifier = brokenVerifier{}
		}, 503, "key_unavailable"},
		"store closed":      {func(_ *Request, _ *Source, s *fakeStore, _ *Receiver) { s.err = store.ErrClosed }, 503, "store_unavailable"},
		"store unavailable": {func(_ *Request, _ *Source, s *fakeStore, _ *Receiver) { s.err = store.ErrUnavailable }, 503, "store_unavailable"},
		"disk low":          {func(_ *Request, _ *Source, s *fakeStore, _ *Receiver) { s.err = store.ErrDiskLow }, 503, "disk_low"},
		"out of files":      {func(_ *Request, _ *Source, s *fakeStore, _ *Receiver) { s.err = store.ErrOverloaded }, 503, "overloaded"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			fake, src := new(fakeStore), newSource(t, "stripe")
			rc, in := newReceiver(fake), signed(t, "stripe", body)
			c.change(in, src, fake, rc)
			_, err := rc.Receive(t.Context(), src, in)
			var refusal *Refusal
			if !errors.As(err, &refusal) || refusal.Status != c.status || refusal.Code != c.code {
				t.Fatalf("got %v, want %d %s", err, c.status, c.code)
			}
			if len(fake.taken) != 0 {
				t.Error("an event was stored")
			}
			if refusal.Fault() != (refusal.RetryAfter > 0) {
				t.Errorf("fault %v with Retry-After %s", refusal.Fault(), refusal.RetryAfter)
			}
			if refusal.Message == "" || strings.Contains(err.Error(), secret) {
				t.Errorf("message %q", err)
			}
			if used := rc.Budget.used.Load(); used != 0 {
				t.Errorf("%d bytes of the budget were not given back", used)
			}
		})
	}
}

// Our own trouble with one event does not say which source verified it: unverified requests learn
// nothing of backlog or store.
func TestVerifiedBeforeAnythingElseIsTold(t *testing.T) {
	fake, src := &fakeStore{err: store.ErrClosed, pending: 9}, newSource(t, "stripe")
	src.MaxPending = 1
	in := signed(t, "stripe", "{}")
	in.Header.Set("Stripe-Signature", "t=1,v1=00")
	_, err := newReceiver(fake).Receive(t.Context(), src, in)
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Status != http.StatusUnauthorized {
		t.Errorf("got %v, want 401", err)
	}
}

func TestHandshakeIsAnsweredAndStoresNothing(t *testing.T) {
	fake, src := new(fakeStore), newSource(t, "slack")
	body := `{"type":"url_verification","challenge":"c-1"}`
	receipt, err := newReceiver(fake).Receive(t.Context(), src, signed(t, "slack", body))
	if err != nil || receipt.Handshake == nil || string(receipt.Handshake.Body) != "c-1" {
		t.Fatalf("receipt %+v, %v", receipt, err)
	}
	in := signed(t, "slack", body)
	in.Header.Set("X-Slack-Signature", "v0=00")
	if receipt, err := newReceiver(fake).Receive(t.Context(), src, in); err == nil {
		t.Errorf("an unsigned challenge was answered: %+v", receipt)
	}
	if len(fake.taken) != 0 {
		t.Error("a handshake was stored")
	}
}

func TestBodiesOfEverySizeArriveWhole(t *testing.T) {
	src := newSource(t, "stripe")
	src.MaxBody = 1 << 20
	rc := newReceiver(new(fakeStore))
	rc.Budget = NewBudget(8 << 20)
	for _, size := range []int{0, 1, firstRead - 1, firstRead, firstRead + 1, 100_000, 1 << 20} {
		want := bytes.Repeat([]byte{0, 255, '\n', 'x'}, size/4+1)[:size]
		lengths := map[string]int64{"declared": int64(size), "chunked": -1}
		if size > 1 {
			lengths["replaced by a longer one"] = 1
		}
		for name, length := range lengths {
			for way, reader := range map[string]io.Reader{
				"at once": bytes.NewReader(want), "by halves": iotest.HalfReader(bytes.NewReader(want)),
				"with the end": iotest.DataErrReader(bytes.NewReader(want)),
			} {
				b := &fakeBody{Reader: reader}
				got, release, err := rc.readBody(src, &Request{Body: b, ContentLength: length})
				if err != nil || !bytes.Equal(got, want) {
					t.Fatalf("%d bytes, %s, %s: %d bytes, %v", size, name, way, len(got), err)
				}
				release()
				if n := len(b.deadlines); n > 0 && (b.deadlines[0].IsZero() || !b.deadlines[n-1].IsZero()) {
					t.Errorf("deadlines %v: want one, then none", b.deadlines)
				}
			}
		}
	}
	if used := rc.Budget.used.Load(); used != 0 {
		t.Errorf("%d bytes of the budget were not given back", used)
	}
}

// A sender that promises much and sends little costs little.
func TestMemoryIsSpentOnWhatWasSent(t *testing.T) {
	src := newSource(t, "stripe")
	src.MaxBody = 64 << 20
	rc := newReceiver(new(fakeStore))
	rc.Budget = NewBudget(64 << 10)
	in := &Request{ContentLength: 64 << 20, Body: &fakeBody{Reader: io.MultiReader(strings.NewReader("a few"), iotest.ErrReader(io.ErrUnexpectedEOF))}}
	_, _, err := rc.readBody(src, in)
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Code != "body_unreadable" {
		t.Errorf("got %v, want body_unreadable", err)
	}
}
