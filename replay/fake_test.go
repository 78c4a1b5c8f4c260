package replay

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatepost/gatepost/delivery"
	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

var (
	_ Engine    = store.Engine(nil)
	_ Deliverer = (*delivery.Dispatcher)(nil)
)

var start = time.Date(2026, 11, 21, 6, 35, 9, 123456789, time.UTC)

// fakeEngine keeps everything in memory.
type fakeEngine struct {
	fakeQuarantine
	mu         sync.Mutex
	events     []*event.Event // oldest first
	deliveries []*event.Delivery
	err        error                     // what every call fails with
	damaged    event.ID                  // this record is
	health     []string                  // reasons
	visited    func(ctx context.Context) // called before each row, if set
	stats      store.Stats
}

func (f *fakeEngine) put(e *event.Event, ds ...*event.Delivery) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = append(f.events, e)
	f.deliveries = append(f.deliveries, ds...)
	slices.SortFunc(f.deliveries, func(a, b *event.Delivery) int { return bytes.Compare(a.ID[:], b.ID[:]) })
}

func (f *fakeEngine) Event(_ context.Context, id event.ID) (*event.Event, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return nil, f.err
	}
	for _, e := range f.events {
		if e.ID == id {
			if id == f.damaged {
				return nil, fmt.Errorf("event %s: %w", id, store.ErrDamaged)
			}
			c := *e
			return &c, nil
		}
	}
	return nil, fmt.Errorf("event %s: %w", id, store.ErrNotFound)
}

func (f *fakeEngine) of(id event.ID) (ds []*event.Delivery) {
	for _, d := range f.deliveries {
		if d.Event == id {
			c := *d
			ds = append(ds, &c)
		}
	}
	return ds
}

func (f *fakeEngine) Events(ctx context.Context, q store.EventQuery, visit func(*event.Event, []*event.Delivery) bool) error {
	f.mu.Lock()
	events, failure := slices.Clone(f.events), f.err
	f.mu.Unlock()
	if failure != nil {
		return failure
	}
	for _, e := range slices.Backward(events) {
		if !q.Before.IsZero() && bytes.Compare(e.ID[:], q.Before[:]) >= 0 || !q.Until.IsZero() && !e.ReceivedAt.Before(q.Until) {
			continue
		}
		if e.ReceivedAt.Before(q.Since) {
			break
		}
		if f.visited != nil {
			f.visited(ctx)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		c := *e
		if !q.Body {
			c.Body = nil
		}
		f.mu.Lock()
		ds := f.of(e.ID)
		f.mu.Unlock()
		if !visit(&c, ds) {
			break
		}
	}
	return nil
}

func (f *fakeEngine) Delivery(_ context.Context, id event.DeliveryID) (*event.Delivery, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, d := range f.deliveries {
		if d.ID == id {
			c := *d
			return &c, f.err
		}
	}
	return nil, cmp.Or(f.err, fmt.Errorf("delivery %s: %w", id, store.ErrNotFound))
}

func (f *fakeEngine) DeliveriesOf(_ context.Context, id event.ID) ([]*event.Delivery, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.of(id), f.err
}

func (f *fakeEngine) Deliveries(ctx context.Context, q store.DeliveryQuery, visit func(*event.Delivery) bool) error {
	f.mu.Lock()
	deliveries, failure := slices.Clone(f.deliveries), f.err
	f.mu.Unlock()
	if failure != nil {
		return failure
	}
	for _, d := range slices.Backward(deliveries) {
		if !q.Before.IsZero() && bytes.Compare(d.ID[:], q.Before[:]) >= 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		c := *d
		if !visit(&c) {
			break
		}
	}
	return nil
}

func (f *fakeEngine) Add(ctx context.Context, id event.ID, ds []*event.Delivery) error {
	if _, err := f.Event(ctx, id); err != nil {
		return err
	}
	for _, d := range ds {
		c := *d
		f.mu.Lock()
		f.deliveries = append(f.deliveries, &c)
		f.mu.Unlock()
	}
	return nil
}

func (f *fakeEngine) Remove(ctx context.Context, id event.ID) error {
	if _, err := f.Event(ctx, id); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = slices.DeleteFunc(f.events, func(e *event.Event) bool { return e.ID == id })
	f.deliveries = slices.DeleteFunc(f.deliveries, func(d *event.Delivery) bool { return d.Event == id })
	return nil
}

func (f *fakeEngine) Health() []string   { return f.health }
func (f *fakeEngine) Stats() store.Stats { return f.stats }

// fakeDeliverer steps the engine's deliveries and holds routes; it attempts nothing.
type fakeDeliverer struct {
	engine     *fakeEngine
	now        func() time.Time
	delivering map[event.DeliveryID]bool
	routes     []delivery.RouteStatus
}

func (f *fakeDeliverer) step(ctx context.Context, id event.DeliveryID, step func(*event.Delivery) error) (*event.Delivery, error) {
	if _, err := f.engine.Delivery(ctx, id); err != nil {
		return nil, err
	}
	for _, d := range f.engine.deliveries {
		if d.ID == id {
			if f.delivering[id] {
				return nil, fmt.Errorf("%w: an attempt runs", event.ErrState)
			}
			if err := step(d); err != nil {
				return nil, err
			}
			c := *d
			return &c, nil
		}
	}
	panic("it was there")
}

func (f *fakeDeliverer) Retry(ctx context.Context, id event.DeliveryID) (*event.Delivery, error) {
	return f.step(ctx, id, func(d *event.Delivery) error { return d.Retry(f.now()) })
}

func (f *fakeDeliverer) Cancel(ctx context.Context, id event.DeliveryID) (*event.Delivery, error) {
	return f.step(ctx, id, func(d *event.Delivery) error { return d.Cancel(f.now()) })
}

func (f *fakeDeliverer) set(r event.Route, held bool) (delivery.RouteStatus, error) {
	for i := range f.routes {
		if f.routes[i].Route == r {
			f.routes[i].Held = held
			return f.routes[i], f.engine.err
		}
	}
	return delivery.RouteStatus{}, fmt.Errorf("route %s: %w", r, store.ErrNotFound)
}

func (f *fakeDeliverer) Hold(_ context.Context, r event.Route) (delivery.RouteStatus, error) {
	return f.set(r, true)
}

func (f *fakeDeliverer) Resume(_ context.Context, r event.Route) (delivery.RouteStatus, error) {
	return f.set(r, false)
}

func (f *fakeDeliverer) Show(d *event.Delivery) {
	if d.State != event.Pending {
		return
	}
	if f.delivering[d.ID] {
		d.State = event.Delivering
	}
	for _, r := range f.routes {
		if r.Route == d.Route && r.Held {
			d.State, d.Reason = event.Held, "route is held"
		}
	}
}

func (f *fakeDeliverer) Routes(context.Context) ([]delivery.RouteStatus, error) {
	return slices.Clone(f.routes), f.engine.err
}

// fakeConfig has the source stripe, of whose routes those in matching take every event. It releases
// what is quarantined.
type fakeConfig struct {
	*fakeQuarantine
	matching []string
}

func (fakeConfig) Sources() []Source {
	return []Source{
		{
			Name: "stripe", Provider: "stripe", DedupeWindow: Duration(168 * time.Hour), OnUnverified: "quarantine", Routes: []string{"billing", "crm"},
			Policies: map[string]Policy{"billing": {
				Timeout: Duration(30 * time.Second), Concurrency: 16,
				Retry: Retry{Initial: Duration(5 * time.Second), Max: Duration(time.Hour), For: Duration(72 * time.Hour), NoRetry: []int{400}},
			}},
		},
		{Name: "github", Provider: "github", OnUnverified: "reject"},
	}
}

func (c fakeConfig) Match(e *event.Event) ([]string, bool) {
	return c.matching, e.Source == "stripe" || e.Source == "github"
}

func (fakeConfig) SecretHeader(source, provider, header string) bool {
	return source == "stripe" && provider == "stripe" && header == "X-Pass"
}

// world is a service over fakes, with its handler.
type world struct {
	*Service
	engine    *fakeEngine
	deliverer *fakeDeliverer
	config    *fakeConfig
	handler   http.Handler
	log       *bytes.Buffer
}

func newWorld() *world {
	w := &world{engine: &fakeEngine{}, log: new(bytes.Buffer)}
	w.config = &fakeConfig{&w.engine.fakeQuarantine, []string{"billing", "crm"}}
	now := func() time.Time { return start.Add(time.Hour) }
	w.deliverer = &fakeDeliverer{engine: w.engine, now: now, delivering: make(map[event.DeliveryID]bool), routes: []delivery.RouteStatus{
		{Route: event.Route{Source: "stripe", Name: "crm"}, Configured: true},
		{Route: event.Route{Source: "stripe", Name: "billing"}, Configured: true, Pending: 3, Delivering: 1, Dead: 2, OldestPendingAt: start},
		{Route: event.Route{Source: "gone", Name: "app"}, Pending: 4},
	}}
	w.Service = &Service{
		Engine: w.engine, Deliverer: w.deliverer, Config: w.config, IDs: new(event.IDs), Now: now, Since: start,
		Counts: func() RequestCounts {
			return RequestCounts{Accepted: 7, Duplicate: 6, Rejected: 5, Quarantined: 2, Handshake: 4, Failed: 3}
		},
		Logger: slog.New(slog.NewTextHandler(w.log, nil)),
	}
	w.handler = NewHandler(func() *Service { return w.Service })
	return w
}

// add stores an event that arrived so long after start, with a pending delivery to each route.
func (w *world) add(after time.Duration, routes ...string) *event.Event {
	at := start.Add(after)
	e := &event.Event{
		ID: w.IDs.Event(at), Source: "stripe", Provider: "stripe", EventID: "evt_1P", Type: "invoice.paid",
		DedupeKey: "evt_1P", ReceivedAt: at, Size: 12, Body: []byte(`{"amount":9}`),
		Request: event.Request{
			Method: "POST", URI: "/stripe?token=hush", ClientIP: "192.0.2.1",
			Header: http.Header{"Content-Type": {"application/json"}},
		},
		Verification: event.Verification{Result: event.VerifiedResult, SignedAt: at},
	}
	ds := make([]*event.Delivery, len(routes))
	for i, name := range routes {
		ds[i] = &event.Delivery{
			ID: e.ID.Delivery(i), Event: e.ID, Route: event.Route{Source: "stripe", Name: name},
			State: event.Pending, NextAttemptAt: at, ChangedAt: at,
		}
	}
	w.engine.put(e, ds...)
	return e
}

// do sends a request, with application/json unless it is a GET, and returns the answer.
func (w *world) do(method, target, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return rec
}

func wantStatus(t *testing.T, rec *httptest.ResponseRecorder, status int) {
	t.Helper()
	if rec.Code != status {
		body, _ := io.ReadAll(rec.Body)
		t.Fatalf("status %d, want %d: %s", rec.Code, status, body)
	}
}
