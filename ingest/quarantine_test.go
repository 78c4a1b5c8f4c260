package ingest

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/router"
	"github.com/gatepost/gatepost/store"
	"github.com/gatepost/gatepost/verifier"
)

// fakeKeeper is a store that keeps what was rejected, or nothing of it.
type fakeKeeper struct {
	*fakeStore
	kept []*event.Rejected
	full bool
}

func (k *fakeKeeper) KeepRejected(r *event.Rejected) bool {
	if k.full {
		return false
	}
	c := *r
	c.Body = bytes.Clone(r.Body) // the buffer is used again
	k.kept = append(k.kept, &c)
	return true
}

// newQuarantine makes a receiver and a source with a quarantine.
func newQuarantine(t *testing.T, provider string, rules ...router.Rule) (*Receiver, *Source, *fakeKeeper, *fakeStore) {
	fake := new(fakeStore)
	keeper := &fakeKeeper{fakeStore: fake}
	src := newSource(t, provider, rules...)
	src.Quarantine = new(Quarantine)
	rc := newReceiver(keeper)
	return rc, src, keeper, fake
}

// wrongly is a request whose signature is of another body.
func wrongly(t *testing.T, body string) *Request {
	in := signed(t, "stripe", "another")
	in.Body, in.ContentLength = &fakeBody{Reader: strings.NewReader(body)}, int64(len(body))
	return in
}

func refusalOf(t *testing.T, err error) *Refusal {
	t.Helper()
	var refusal *Refusal
	if !errors.As(err, &refusal) {
		t.Fatalf("got %v, want a refusal", err)
	}
	return refusal
}

func TestWhatFailsVerificationIsQuarantined(t *testing.T) {
	const body = `{"id":"evt_7"}`
	plain, _, _, _ := newQuarantine(t, "stripe")
	_, err := plain.Receive(t.Context(), newSource(t, "stripe"), wrongly(t, body))
	want := *refusalOf(t, err)

	rc, src, keeper, fake := newQuarantine(t, "stripe")
	in := wrongly(t, body)
	in.ClientIP = "192.0.2.1"
	_, err = rc.Receive(t.Context(), src, in)
	got := *refusalOf(t, err)
	if !got.Quarantined {
		t.Fatal("not quarantined")
	}
	if got.Quarantined = false; got.Status != want.Status || got.Code != want.Code || got.Message != want.Message || got.RetryAfter != 0 || got.Unread {
		t.Errorf("the sender is told %+v, without a quarantine %+v", got, want)
	}
	if len(keeper.kept) != 1 || len(fake.taken) != 0 {
		t.Fatalf("%d kept, %d events stored", len(keeper.kept), len(fake.taken))
	}
	k := keeper.kept[0]
	if k.ID.IsZero() || k.Source != "stripe" || k.Provider != "stripe" || !k.ReceivedAt.Equal(noon) || k.Code != "signature_mismatch" ||
		k.Message == "" || string(k.Body) != body || k.Size != len(body) || k.Request.ClientIP != "192.0.2.1" || len(k.Request.Header) != len(in.Header) {
		t.Errorf("kept %+v", k)
	}
}

// Nothing but a failed verification fills the quarantine, and a failed one only within the bounds.
func TestWhatIsNotQuarantined(t *testing.T) {
	cases := map[string]struct {
		change func(*Request, *Source, *fakeKeeper, *Receiver)
		code   string
	}{
		"no quarantine": {func(_ *Request, src *Source, _ *fakeKeeper, _ *Receiver) { src.Quarantine = nil }, "signature_mismatch"},
		"no room":       {func(_ *Request, _ *Source, k *fakeKeeper, _ *Receiver) { k.full = true }, "signature_mismatch"},
		"too large to keep": {func(r *Request, src *Source, _ *fakeKeeper, rc *Receiver) {
			src.MaxBody, rc.Budget = 1<<20, NewBudget(4<<20)
			r.Body = &fakeBody{Reader: strings.NewReader(strings.Repeat("x", store.MaxRejectedSize+1))}
			r.ContentLength = -1
		}, "signature_mismatch"},
		"a head too large to keep": {func(r *Request, _ *Source, _ *fakeKeeper, _ *Receiver) {
			r.Header.Set("X-Large", strings.Repeat("x", store.MaxRejectedSize))
		}, "signature_mismatch"},
		"other method":   {func(r *Request, _ *Source, _ *fakeKeeper, _ *Receiver) { r.Method = "GET" }, "method_not_allowed"},
		"too large":      {func(r *Request, src *Source, _ *fakeKeeper, _ *Receiver) { r.ContentLength = src.MaxBody + 1 }, "body_too_large"},
		"no key":         {func(_ *Request, src *Source, _ *fakeKeeper, _ *Receiver) { src.Verifier = brokenVerifier{} }, "key_unavailable"},
		"over the limit": {func(_ *Request, _ *Source, _ *fakeKeeper, rc *Receiver) { rc.Budget = NewBudget(1) }, "overloaded"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			rc, src, keeper, _ := newQuarantine(t, "stripe")
			in := wrongly(t, `{"id":"evt_7"}`)
			c.change(in, src, keeper, rc)
			_, err := rc.Receive(t.Context(), src, in)
			if refusal := refusalOf(t, err); refusal.Quarantined || refusal.Code != c.code {
				t.Errorf("quarantined %v with %s, want %s", refusal.Quarantined, refusal.Code, c.code)
			}
			if len(keeper.kept) != 0 {
				t.Error("something was kept")
			}
		})
	}
	rc, src, keeper, fake := newQuarantine(t, "stripe")
	if _, err := rc.Receive(t.Context(), src, signed(t, "stripe", `{"id":"evt_7"}`)); err != nil || len(keeper.kept) != 0 || len(fake.taken) != 1 {
		t.Errorf("a genuine request: %v, %d kept, %d accepted", err, len(keeper.kept), len(fake.taken))
	}
}

func TestTheRateOfTheQuarantineIsBounded(t *testing.T) {
	kept := func(q *Quarantine, size int, at time.Time) (n int) {
		for range 1000 {
			if q.allow(size, at) {
				n++
			}
		}
		return n
	}
	for size, want := range map[int]int{0: keptPerSecond, bytesPerToken: keptPerSecond / 2, store.MaxRejectedSize: 1} {
		q := new(Quarantine)
		at := noon
		if got := kept(q, size, at); got != want {
			t.Errorf("%d bytes: %d at first, want %d", size, got, want)
		}
		at = at.Add(-time.Hour) // a clock that is set back gives nothing
		if got := kept(q, size, at); got != 0 {
			t.Errorf("%d bytes: %d after the clock was set back", size, got)
		}
		at = at.Add(time.Second)
		if got := kept(q, size, at); got != want {
			t.Errorf("%d bytes: %d in the next second, want %d", size, got, want)
		}
		at = at.Add(time.Hour)
		if got := kept(q, size, at); got != want {
			t.Errorf("%d bytes: %d after an hour, want %d: a burst has a bound", size, got, want)
		}
	}
}

// reject has a source without the right secret quarantine a request, and gives it back with one
// that has it.
func reject(t *testing.T, provider, body string, rules ...router.Rule) (*Receiver, *Source, *event.Rejected, *fakeStore) {
	t.Helper()
	rc, src, keeper, fake := newQuarantine(t, provider, rules...)
	right := src.Verifier
	p, _ := verifier.Lookup(provider)
	wrong, err := p.New(verifier.Settings{Secrets: []string{"whsec_of_before"}})
	if err != nil {
		t.Fatal(err)
	}
	src.Verifier = wrong
	if _, err := rc.Receive(t.Context(), src, signed(t, provider, body)); !refusalOf(t, err).Quarantined {
		t.Fatalf("not quarantined: %v", err)
	}
	src.Verifier = right
	return rc, src, keeper.kept[0], fake
}

func TestReleasedEventIsLikeAnyOther(t *testing.T) {
	body := `{"id":"evt_7","type":"invoice.paid"}`
	rc, src, rejected, fake := reject(t, "stripe", body,
		router.Rule{Name: "billing", On: []string{"invoice.*"}}, router.Rule{Name: "other", Otherwise: true})
	later := noon.Add(48 * time.Hour) // the signature's timestamp is long out of tolerance
	rc.Now = func() time.Time { return later }

	if receipt, err := rc.Release(t.Context(), src, rejected, true); err != nil || !receipt.ID.IsZero() || len(fake.taken) != 0 {
		t.Fatalf("dry run: %+v, %v, %d accepted", receipt, err, len(fake.taken))
	}
	receipt, err := rc.Release(t.Context(), src, rejected, false)
	if err != nil || receipt.Duplicate || receipt.EventID != "evt_7" || receipt.Type != "invoice.paid" {
		t.Fatalf("released: %+v, %v", receipt, err)
	}
	a := fake.taken[0]
	e := a.Event
	if string(e.Body) != body || e.Size != len(body) || e.Source != "stripe" || e.Provider != "stripe" || e.Key.IsZero() || a.Window != time.Hour {
		t.Errorf("event %+v", e)
	}
	if !e.ReceivedAt.Equal(later) || !e.ID.Time().Equal(later) {
		t.Errorf("received %s as %s, want the time of the release", e.ReceivedAt, e.ID)
	}
	if a.Rejected != rejected.ID {
		t.Errorf("the write takes %s out of the quarantine, want %s", a.Rejected, rejected.ID)
	}
	if e.Verification.Result != event.ReleasedResult || e.Verification.Secret != 1 || !e.Verification.SignedAt.Equal(noon) {
		t.Errorf("verification %+v", e.Verification)
	}
	if len(a.Deliveries) != 1 || a.Deliveries[0].Route.Name != "billing" || a.Deliveries[0].ID != e.ID.Delivery(0) || !a.Deliveries[0].NextAttemptAt.Equal(later) {
		t.Errorf("deliveries %+v", a.Deliveries)
	}
	if again, err := rc.Release(t.Context(), src, rejected, false); err != nil || !again.Duplicate || again.ID != receipt.ID {
		t.Errorf("again: %+v, %v; want a duplicate", again, err)
	}
	rc.Now = func() time.Time { return noon }
	if resent, err := rc.Receive(t.Context(), src, signed(t, "stripe", body)); err != nil || !resent.Duplicate || resent.ID != receipt.ID {
		t.Errorf("sent again by the provider: %+v, %v; want a duplicate", resent, err)
	}
	if _, err := rc.Receive(t.Context(), src, signed(t, "stripe", `{"id":"evt_8"}`)); err != nil || !fake.taken[1].Rejected.IsZero() {
		t.Errorf("another request takes %s out of the quarantine: %v", fake.taken[1].Rejected, err)
	}
}

func TestWhatIsNotReleased(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*event.Rejected, *Source, *fakeStore, *Receiver)
		code   string
	}{
		"still wrong": {func(r *event.Rejected, _ *Source, _ *fakeStore, _ *Receiver) { r.Body = []byte("{}") }, "signature_mismatch"},
		"too old when it arrived": {func(r *event.Rejected, _ *Source, _ *fakeStore, _ *Receiver) {
			r.ReceivedAt = noon.Add(time.Hour)
		}, "timestamp_too_old"},
		"no key": {func(_ *event.Rejected, src *Source, _ *fakeStore, _ *Receiver) {
			src.Verifier = brokenVerifier{}
		}, "key_unavailable"},
		"backlog": {func(_ *event.Rejected, src *Source, s *fakeStore, _ *Receiver) {
			src.MaxPending, s.pending = 5, 5
			src.Routes = []event.Route{{Source: "stripe", Name: "app"}}
		}, "backlog_full"},
		"store": {func(_ *event.Rejected, _ *Source, s *fakeStore, _ *Receiver) { s.err = store.ErrDiskLow }, "disk_low"},
	} {
		t.Run(name, func(t *testing.T) {
			rc, src, rejected, fake := reject(t, "stripe", `{"id":"evt_7"}`)
			c.change(rejected, src, fake, rc)
			_, err := rc.Release(t.Context(), src, rejected, false)
			if refusal := refusalOf(t, err); refusal.Code != c.code || refusal.Quarantined {
				t.Errorf("%+v, want %s", refusal, c.code)
			}
			if len(fake.taken) != 0 {
				t.Error("an event was stored")
			}
		})
	}
}

// A handshake that was signed wrongly becomes no event, and a dry run does not answer it: answers
// may reach out.
func TestReleasedHandshakeIsNoEvent(t *testing.T) {
	rc, src, rejected, fake := reject(t, "slack", `{"type":"url_verification","challenge":"c-1"}`)
	answered := 0
	handshake := *src.Handshake
	answer := handshake.Answer
	handshake.Answer = func(r *verifier.Request) *verifier.Answer {
		answered++
		return answer(r)
	}
	src.Handshake = &handshake
	if _, err := rc.Release(t.Context(), src, rejected, true); err != nil || answered != 0 {
		t.Errorf("dry run: %v, answered %d times", err, answered)
	}
	receipt, err := rc.Release(t.Context(), src, rejected, false)
	if err != nil || receipt.Handshake == nil || receipt.Handshake.Status != http.StatusOK || answered != 1 {
		t.Errorf("released: %+v, %v, answered %d times", receipt, err, answered)
	}
	if len(fake.taken) != 0 {
		t.Error("an event was stored")
	}
}

// What need not be genuine to be answered has no effect any more when it is released: the secret of
// an enrolment that a stranger sent would be taken.
func TestReleaseAnswersNoUnsignedHandshake(t *testing.T) {
	rc, src, rejected, fake := reject(t, "stripe", `{"id":"evt_7"}`)
	rejected.Body = []byte("{}") // what the signature does not cover
	src.Handshake = &verifier.Handshake{BeforeVerify: true, Answer: func(*verifier.Request) *verifier.Answer {
		t.Error("answered")
		return &verifier.Answer{Status: http.StatusOK}
	}}
	receipt, err := rc.Release(t.Context(), src, rejected, false)
	if refusal := refusalOf(t, err); refusal.Code != "signature_mismatch" || receipt.Handshake != nil || len(fake.taken) != 0 {
		t.Errorf("%+v, %+v", receipt, refusal)
	}
}

// A request of many events is split when it is released, as it would have been when it arrived.
func TestReleasedRequestIsSplit(t *testing.T) {
	rc, src, rejected, fake := reject(t, "stripe", `{"events":[{"id":"a","type":"paid"},{"id":"b"}]}`)
	src.Split = newSplitSource(t, "body.events", byID).Split
	rc.Now = func() time.Time { return noon.Add(time.Hour) }
	if receipt, err := rc.Release(t.Context(), src, rejected, true); err != nil || receipt.Parts != 0 || len(fake.taken) != 0 {
		t.Fatalf("dry run: %+v, %v, %d accepted", receipt, err, len(fake.taken))
	}
	receipt, err := rc.Release(t.Context(), src, rejected, false)
	if err != nil || receipt.Parts != 2 || receipt.Duplicate || receipt.EventID != "a" || len(fake.taken) != 2 {
		t.Fatalf("released: %+v, %v, %d accepted", receipt, err, len(fake.taken))
	}
	for i, a := range fake.taken {
		e := a.Event
		if a.Rejected != rejected.ID || e.Part != i+1 || e.EventID != string("ab"[i]) || e.Verification.Result != event.ReleasedResult || !e.ReceivedAt.Equal(rc.Now()) {
			t.Errorf("event %+v", e)
		}
	}
	if again, err := rc.Release(t.Context(), src, rejected, false); err != nil || !again.Duplicate || again.ID != receipt.ID {
		t.Errorf("again: %+v, %v; want a duplicate", again, err)
	}
}
