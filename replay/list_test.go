package replay

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatepost/gatepost/delivery"
	"github.com/gatepost/gatepost/event"
)

func page[T any](t *testing.T, rec *httptest.ResponseRecorder) List[T] {
	t.Helper()
	wantStatus(t, rec, http.StatusOK)
	var l List[T]
	if err := json.Unmarshal(rec.Body.Bytes(), &l); err != nil {
		t.Fatal(err)
	}
	if l.Items == nil {
		t.Fatalf("items is not a list: %s", rec.Body)
	}
	return l
}

func TestEventFilters(t *testing.T) {
	w := newWorld() // now is an hour after start
	paid := w.add(0)
	failed := w.add(10*time.Minute, "billing")
	failed.Type, failed.Body = "invoice.failed", []byte(`{"amount":100,"tags":["a"]}`)
	w.engine.deliveries[0].State = event.Dead
	push := w.add(20*time.Minute, "billing")
	push.Source, push.Provider, push.Type, push.Body = "github", "github", "push", []byte("not JSON")
	push.Request.URI = "/gh?env=test"
	names := map[event.ID]string{paid.ID: "paid", failed.ID: "failed", push.ID: "push"}

	escape := strings.NewReplacer(" ", "%20", "#", "%23", `"`, "%22") // leaves a + that stands for a space
	all := []string{"push", "failed", "paid"}
	for _, tt := range []struct {
		query string
		want  []string
	}{
		{"", all},
		{"source=stripe", []string{"failed", "paid"}},
		{"source=strip", nil},
		{"type=invoice.paid", []string{"paid"}},
		{"type=invoice", nil},
		{"type=invoice.*", []string{"failed", "paid"}},
		{"type=*", all},
		{"type=*i*ed", []string{"failed"}},
		{"type=invoice?paid", nil},
		{"status=unrouted", []string{"paid"}},
		{"status=dead", []string{"failed"}},
		{"status=pending", []string{"push"}},
		{"status=delivered", nil},
		{"since=2026-11-21T06:45:09.123456789Z", []string{"push", "failed"}},
		{"since=2026-11-21T06:45:09.123456790Z", []string{"push"}},
		{"until=2026-11-21T06:45:09.123456789Z", []string{"paid"}},
		{"until=2026-11-21T06:45:09.123456790Z", []string{"failed", "paid"}},
		{"since=2026-11-21T07:45:09.124+01:00", []string{"push"}}, // its + arrives as a space
		{"since=50m", []string{"push", "failed"}},
		{"since=1d1h", all},
		{"since=1h&until=45m", []string{"failed", "paid"}},
		{"where=body.amount > 50", []string{"failed"}},
		{"where=body.amount in [9, 100]", []string{"failed", "paid"}},
		{`where=any(body.tags, # == "a")`, []string{"failed"}}, // an error on the others
		{`where=type == "push" and id == "evt_1P" and source == provider`, []string{"push"}},
		{`where=query("env") == "test" and path == "/gh"`, []string{"push"}},
		{"where=size > 0 and body == nil", []string{"push"}},
		{"where=nil", nil},
		{"source=stripe&type=*&status=dead&since=1d&until=1m&where=true&limit=1000", []string{"failed"}},
		{"source=&type=&status=&since=&until=&where=&limit=&cursor=", all},
	} {
		got := page[Event](t, w.do("GET", "/webhooks/events?"+escape.Replace(tt.query), ""))
		var found []string
		for _, e := range got.Items {
			found = append(found, names[e.ID])
		}
		if !slices.Equal(found, tt.want) || got.Next != "" {
			t.Errorf("%s: got %v and next %q, want %v", tt.query, found, got.Next, tt.want)
		}
	}
}

// An expression that is no rule, or fails, would else look like one that no event matches.
func TestWhereThatFailsIsToldOf(t *testing.T) {
	w := newWorld()
	w.add(0)
	w.add(time.Minute).Body = []byte(`{"amount":"1"}`)
	for query, want := range map[string]string{
		"where=body.amount":               "2 of the 2",
		"where=body.amount%20%2B%201%3E0": "1 of the 2",
		"where=body.amount%20%3E%200":     "1 of the 2",
		"where=body.amount%20!=%20nil":    "",
		"where=nil":                       "",
		"where=body.amount&source=github": "",
	} {
		got := page[Event](t, w.do("GET", "/webhooks/events?"+query, ""))
		if (got.Warning == "") != (want == "") || !strings.Contains(got.Warning, want) {
			t.Errorf("%s warns %q, want %q", query, got.Warning, want)
		}
	}
}

func TestDeliveryFilters(t *testing.T) {
	w := newWorld()
	w.add(0, "billing", "crm")
	w.add(time.Second, "crm", "billing", "crm")
	w.engine.deliveries[3].State = event.Dead
	w.engine.deliveries[4].Route.Source = "github"
	w.deliverer.delivering[w.engine.deliveries[0].ID] = true
	w.deliverer.routes = []delivery.RouteStatus{{Route: event.Route{Source: "stripe", Name: "crm"}, Held: true}}
	for query, want := range map[string]int{
		"": 5, "state=pending": 1, "state=held": 2, "state=delivering": 1, "state=dead": 1, "state=delivered": 0,
		"source=stripe": 4, "source=github": 1, "route=crm": 3, "route=crm&source=stripe": 2, "source=stripe&state=dead&route=billing": 1,
	} {
		got := page[Delivery](t, w.do("GET", "/webhooks/deliveries?"+query, ""))
		if len(got.Items) != want || got.Next != "" {
			t.Errorf("%q: %d items, want %d", query, len(got.Items), want)
		}
		for _, d := range got.Items {
			if d.Attempts != nil || (d.State == "held") != (d.Reason == "route is held") || d.NextAttemptAt.IsZero() != (d.State != "pending") {
				t.Errorf("%q: %+v", query, d)
			}
		}
	}
}

// Every event that was there when paging began is found exactly once, whatever arrives meanwhile.
func TestPagingWhileEventsArrive(t *testing.T) {
	w := newWorld()
	const n = 3000
	var want []event.ID
	for i := range n {
		want = append(want, w.add(time.Duration(i/3)*time.Millisecond).ID) // several in one millisecond
	}
	slices.Reverse(want)
	for _, limit := range []string{"1000", "50", "7"} {
		var got []event.ID
		cursor := ""
		for {
			l := page[Event](t, w.do("GET", "/webhooks/events?limit="+limit+"&cursor="+cursor, ""))
			for _, e := range l.Items {
				got = append(got, e.ID)
			}
			w.add(30 * time.Minute)
			if cursor = l.Next; cursor == "" {
				break
			}
		}
		if i := slices.Index(got, want[0]); i < 0 || !slices.Equal(got[i:], want) {
			t.Errorf("limit %s: not every event exactly once", limit)
		}
	}
}

func TestNextIsAbsentOnTheLastPage(t *testing.T) {
	w := newWorld()
	if l := page[Event](t, w.do("GET", "/webhooks/events", "")); len(l.Items) != 0 || l.Next != "" {
		t.Errorf("empty: %d items and next %q", len(l.Items), l.Next)
	}
	for i := range defaultLimit {
		w.add(time.Duration(i)*time.Second, "billing")
	}
	for _, list := range []string{"events", "deliveries"} {
		if l := page[struct{}](t, w.do("GET", "/webhooks/"+list, "")); len(l.Items) != defaultLimit || l.Next != "" {
			t.Errorf("%s that fill one page: %d items and next %q", list, len(l.Items), l.Next)
		}
		l := page[struct{}](t, w.do("GET", "/webhooks/"+list+"?limit=49", ""))
		if len(l.Items) != 49 || l.Next == "" {
			t.Errorf("%s: %d items and next %q", list, len(l.Items), l.Next)
		}
		rest := page[struct{}](t, w.do("GET", "/webhooks/"+list+"?limit=49&cursor="+l.Next, ""))
		if len(rest.Items) != 1 || rest.Next != "" {
			t.Errorf("the rest of %s: %d items and next %q", list, len(rest.Items), rest.Next)
		}
	}
}

func TestPagingRoutes(t *testing.T) {
	w := newWorld()
	var names []string
	cursor := ""
	for range 3 {
		l := page[Route](t, w.do("GET", "/webhooks/routes?limit=1&cursor="+cursor, ""))
		for _, r := range l.Items {
			names = append(names, r.Source+"/"+r.Name)
		}
		cursor = l.Next
	}
	if want := []string{"gone/app", "stripe/billing", "stripe/crm"}; !slices.Equal(names, want) || cursor != "" {
		t.Errorf("got %v and next %q, want %v", names, cursor, want)
	}
}

// A filter that matches next to nothing costs a bounded time a page; following next finds it all.
func TestScanIsBoundedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		rare := w.add(0)
		rare.Type = "rare"
		for i := range 99 {
			w.add(time.Duration(i+1) * time.Second)
		}
		w.engine.visited = func(context.Context) { time.Sleep(maxScanTime / 10) }
		pages, found := 0, 0
		for cursor := ""; ; pages++ {
			began := time.Now()
			l := page[Event](t, w.do("GET", "/webhooks/events?where=type+==+%22rare%22&cursor="+cursor, ""))
			if took := time.Since(began); took > maxScanTime+maxScanTime/10 {
				t.Fatalf("a page took %v", took)
			}
			found += len(l.Items)
			if cursor = l.Next; cursor == "" {
				break
			}
		}
		if pages < 9 || found != 1 {
			t.Errorf("%d found on %d pages with a next", found, pages)
		}
	})
}

func TestScanIsBoundedInRows(t *testing.T) {
	s := newScan[int](t.Context(), 10)
	rows := 0
	for s.take([16]byte{}) {
		rows++
	}
	if l, err := s.list(eventCursor, nil); rows != maxScanRows || err != nil || l.Next == "" || l.Items == nil {
		t.Errorf("%d rows: %+v, %v", rows, l, err)
	}
}

// A cursor that would not move is not handed out: it would be followed for ever.
func TestScanWithoutProgressFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.add(0)
		w.engine.visited = func(ctx context.Context) { <-ctx.Done() }
		rec := w.do("GET", "/webhooks/events", "")
		wantStatus(t, rec, http.StatusServiceUnavailable)
		wantError(t, rec, "slow")
	})
}

func TestScanEndsWithItsCaller(t *testing.T) {
	w := newWorld()
	w.add(0)
	w.add(time.Second)
	ctx, cancel := context.WithCancel(t.Context())
	rows := 0
	w.engine.visited = func(context.Context) { rows++; cancel() }
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, httptest.NewRequestWithContext(ctx, "GET", "/webhooks/events", nil))
	wantStatus(t, rec, http.StatusServiceUnavailable)
	if rows != 1 {
		t.Errorf("%d rows were read for nobody", rows)
	}
}
