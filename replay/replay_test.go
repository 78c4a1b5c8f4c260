package replay

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

func TestReplay(t *testing.T) {
	for _, tt := range []struct {
		name            string
		matching, named []string
		want            []string
	}{
		{"those that match now", []string{"crm"}, nil, []string{"crm"}},
		{"none matches now", nil, nil, nil},
		{"the named, each once, matching or not", []string{"crm"}, []string{"billing", "crm", "billing"}, []string{"billing", "crm"}},
	} {
		w := newWorld()
		e := w.add(0, "billing")
		w.config.matching = tt.matching
		got, err := w.Replay(t.Context(), e.ID, tt.named)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		var routes []string
		for _, d := range got {
			routes = append(routes, d.Route.Name)
			if d.Event != e.ID || d.Route.Source != "stripe" || d.State != event.Pending || !d.Replay || !d.NextAttemptAt.Equal(w.Now()) || !d.ChangedAt.Equal(w.Now()) {
				t.Errorf("%s: made %+v", tt.name, d)
			}
			if stored, err := w.engine.Delivery(t.Context(), d.ID); err != nil || stored.Event != e.ID {
				t.Errorf("%s: stored %+v, %v", tt.name, stored, err)
			}
		}
		if !slices.Equal(routes, tt.want) || len(w.engine.deliveries) != 1+len(tt.want) {
			t.Errorf("%s: to %v with %d deliveries in all, want to %v", tt.name, routes, len(w.engine.deliveries), tt.want)
		}
	}
}

// Deliveries made together and one after another never share an ID.
func TestReplayTwice(t *testing.T) {
	w := newWorld()
	e := w.add(0, "billing")
	seen := map[event.DeliveryID]bool{e.ID.Delivery(0): true}
	for range 3 {
		ds, err := w.Replay(t.Context(), e.ID, []string{"billing", "crm"})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range ds {
			if seen[d.ID] {
				t.Errorf("%s is given twice", d.ID)
			}
			seen[d.ID] = true
		}
	}
}

func TestReplayRefusals(t *testing.T) {
	for _, tt := range []struct {
		name    string
		spoil   func(w *world, e *event.Event)
		routes  []string
		status  int
		message string
	}{
		{"unknown route", func(*world, *event.Event) {}, []string{"billing", "nope"}, 400, `no route "nope": it has billing, crm`},
		{"a source without routes", func(_ *world, e *event.Event) { e.Source = "github" }, []string{"app"}, 400, "it has none"},
		{"source gone", func(_ *world, e *event.Event) { e.Source = "gone" }, nil, 400, `source "gone" is not configured`},
		{"source gone, route named", func(_ *world, e *event.Event) { e.Source = "gone" }, []string{"billing"}, 400, `source "gone" is not configured`},
		{"damaged", func(w *world, e *event.Event) { w.engine.damaged = e.ID }, nil, 500, store.ErrDamaged.Error()},
		{"removed", func(w *world, e *event.Event) { w.engine.events = nil }, nil, 404, "not found"},
	} {
		w := newWorld()
		e := w.add(0)
		tt.spoil(w, e)
		_, err := w.Replay(t.Context(), e.ID, tt.routes)
		if err == nil || statusOf(err) != tt.status || !strings.Contains(err.Error(), tt.message) {
			t.Errorf("%s: got %v with %d, want %d and %q", tt.name, err, statusOf(err), tt.status, tt.message)
		}
		if len(w.engine.deliveries) > 0 {
			t.Errorf("%s: something was made", tt.name)
		}
	}
}

// What has become of a delivery shows in the answer to its replay.
func TestReplayAnswer(t *testing.T) {
	w := newWorld()
	e := w.add(0)
	w.deliverer.routes[0].Held = true
	rec := w.do("POST", "/webhooks/events/"+e.ID.String()+"/replay", `{"routes":["crm"]}`)
	wantStatus(t, rec, http.StatusCreated)
	id := w.engine.deliveries[0].ID.String()
	want := `{"deliveries":[{"id":"` + id + `","event":"` + e.ID.String() + `","source":"stripe","route":"crm","state":"held","attempt_count":0,` +
		`"next_attempt_at":null,"reason":"route is held","replay":true,"attempts":[]}]}`
	if got := strings.TrimSpace(rec.Body.String()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !strings.Contains(w.log.String(), id) {
		t.Error("nothing in the log tells of it")
	}

	w.config.matching = nil
	rec = w.do("POST", "/webhooks/events/"+e.ID.String()+"/replay", "")
	wantStatus(t, rec, http.StatusCreated)
	if got := strings.TrimSpace(rec.Body.String()); got != `{"deliveries":[]}` {
		t.Errorf("without a matching route: %s", got)
	}
}

func TestParseTime(t *testing.T) {
	now := start
	for text, want := range map[string]time.Time{
		"": {}, "2h": now.Add(-2 * time.Hour), "7d": now.AddDate(0, 0, -7), "1d12h": now.Add(-36 * time.Hour), "0d": now, "0s": now,
		"1d1h1m1.5s":           now.Add(-25*time.Hour - time.Minute - 1500*time.Millisecond),
		"2026-11-21T06:35:09Z": time.Date(2026, 11, 21, 6, 35, 9, 0, time.UTC),
	} {
		if got, err := parseTime(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%q: got %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"d", "-2h", "1d-30h", "1d-1h", "7", "7days", "1h1d", "1w", "999999d", "99999d9999999h", "2026-11-21", "now", "٣d"} {
		if got, err := parseTime(text, now); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

func TestErrorsKeepTheirStatus(t *testing.T) {
	var e *Error
	if err := badRequest("%d", 1); !errors.As(err, &e) || e.Status != http.StatusBadRequest || e.Message != "1" {
		t.Errorf("got %v", err)
	}
}
