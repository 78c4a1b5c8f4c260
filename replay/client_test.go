package replay

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/event"
)

func newClient(t *testing.T, h http.Handler) *Client {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return &Client{Base: server.URL + "/", Do: server.Client().Do}
}

// Each call through a real connection gives what the handler wrote.
func TestClient(t *testing.T) {
	w := newWorld()
	e := w.add(0, "billing", "crm")
	c, ctx := newClient(t, w.handler), t.Context()

	if h, err := c.Health(ctx); err != nil || h.Status != HealthOK {
		t.Errorf("health: %+v, %v", h, err)
	}
	if s, err := c.Stats(ctx); err != nil || s.Requests.Accepted != 7 || s.Deliveries.Held != 4 || !s.Since.Equal(start.Truncate(time.Millisecond)) {
		t.Errorf("stats: %+v, %v", s, err)
	}
	if s, err := c.Sources(ctx); err != nil || len(s) != 2 || !reflect.DeepEqual(s[1], w.config.Sources()[0]) {
		t.Errorf("sources: %+v, %v", s, err)
	}
	if r, err := c.Routes(ctx); err != nil || len(r) != 3 || r[1].Dead != 2 || !r[0].OldestPendingAt.IsZero() {
		t.Errorf("routes: %+v, %v", r, err)
	}
	shown, err := c.Event(ctx, e.ID)
	if err != nil || shown.ID != e.ID || shown.Status != event.StatusPending || shown.Request.Path != "/stripe" || len(shown.Deliveries) != 2 || shown.Deliveries[0].Attempts == nil {
		t.Errorf("event: %+v, %v", shown, err)
	}
	if b, err := c.Body(ctx, e.ID); err != nil || !bytes.Equal(b, e.Body) {
		t.Errorf("body: %q, %v", b, err)
	}
	if r, err := c.Hold(ctx, "stripe", "crm"); err != nil || !r.Held || r.Name != "crm" {
		t.Errorf("hold: %+v, %v", r, err)
	}
	if r, err := c.Resume(ctx, "stripe", "crm"); err != nil || r.Held {
		t.Errorf("resume: %+v, %v", r, err)
	}
	if d, err := c.Cancel(ctx, e.ID.Delivery(1)); err != nil || d.State != "cancelled" || d.Reason == "" || !d.NextAttemptAt.IsZero() {
		t.Errorf("cancel: %+v, %v", d, err)
	}
	if d, err := c.Retry(ctx, e.ID.Delivery(1)); err != nil || d.State != "pending" || d.NextAttemptAt.IsZero() {
		t.Errorf("retry: %+v, %v", d, err)
	}
	if ds, err := c.Replay(ctx, e.ID); err != nil || len(ds) != 2 || !ds[0].Replay {
		t.Errorf("replay: %+v, %v", ds, err)
	}
	if ds, err := c.Replay(ctx, e.ID, "crm"); err != nil || len(ds) != 1 || ds[0].Route != "crm" {
		t.Errorf("replay to one route: %+v, %v", ds, err)
	}
	if err := c.Delete(ctx, e.ID); err != nil {
		t.Errorf("delete: %v", err)
	}
	w.engine.health = []string{"disk_low"}
	if h, err := c.Health(ctx); err != nil || h.Status != HealthFailing || len(h.Reasons) != 1 {
		t.Errorf("failing health: %+v, %v", h, err)
	}
}

func TestClientFollowsPages(t *testing.T) {
	w := newWorld()
	for i := range 25 {
		w.add(time.Duration(i)*time.Second, "billing")
	}
	w.engine.events[3].Type = "rare"
	c := newClient(t, w.handler)

	var last event.ID
	events := 0
	for e, err := range c.Events(t.Context(), EventFilter{Limit: 4, Source: "stripe", Since: "2d", Where: `type != "rare"`}) {
		if err != nil {
			t.Fatal(err)
		}
		if !last.IsZero() && bytes.Compare(e.ID[:], last[:]) >= 0 {
			t.Errorf("%s after %s", e.ID, last)
		}
		last = e.ID
		events++
	}
	deliveries := 0
	for _, err := range c.Deliveries(t.Context(), DeliveryFilter{Limit: 4, State: "pending", Route: "billing"}) {
		if err != nil {
			t.Fatal(err)
		}
		if deliveries++; deliveries == 9 {
			break
		}
	}
	if events != 24 || deliveries != 9 {
		t.Errorf("%d events and %d deliveries", events, deliveries)
	}
}

func TestClientErrors(t *testing.T) {
	w := newWorld()
	e := w.add(0, "billing")
	c, ctx := newClient(t, w.handler), t.Context()
	gone := w.IDs.Event(start.Add(time.Minute))
	_, routeErr := c.Hold(ctx, "stripe", "a/b")
	_, eventErr := c.Event(ctx, gone)
	_, bodyErr := c.Body(ctx, gone)
	_, replayErr := c.Replay(ctx, e.ID, "nope")
	var listErr error
	for _, listErr = range c.Events(ctx, EventFilter{Status: "odd"}) {
	}
	for _, tt := range []struct {
		err     error
		status  int
		message string
	}{
		{eventErr, 404, "not found"},
		{bodyErr, 404, "not found"},
		{c.Delete(ctx, gone), 404, "not found"},
		{routeErr, 404, "nothing"},
		{replayErr, 400, "billing, crm"},
		{listErr, 400, "unknown status"},
	} {
		var refused *Error
		if !errors.As(tt.err, &refused) || refused.Status != tt.status || !strings.Contains(refused.Message, tt.message) {
			t.Errorf("got %v, want %d with %q", tt.err, tt.status, tt.message)
		}
	}
}

// What answers may be something else than Gatepost.
func TestClientAndStrangers(t *testing.T) {
	for _, tt := range []struct {
		status     int
		body, want string
	}{
		{502, "<html>", "502 Bad Gateway"},
		{404, `{"error":""}`, "404"},
		{401, "", "401 Unauthorized"},
		{200, "<html>", "reading the answer"},
		{200, "", "reading the answer"},
	} {
		c := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(tt.status)
			_, _ = w.Write([]byte(tt.body))
		}))
		if _, err := c.Stats(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%d %q: %v, want %q", tt.status, tt.body, err, tt.want)
		}
		if _, err := c.Health(t.Context()); err == nil {
			t.Errorf("%d %q: taken for healthy", tt.status, tt.body)
		}
	}
	if _, err := (&Client{Base: "http://127.0.0.1:1", Do: func(*http.Request) (*http.Response, error) { return nil, http.ErrHandlerTimeout }}).Stats(t.Context()); !errors.Is(err, http.ErrHandlerTimeout) {
		t.Errorf("got %v", err)
	}
}
