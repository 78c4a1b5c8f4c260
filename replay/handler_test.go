package replay

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// Each answer, to the letter. {e} is an event's ID without its prefix, {d} that of its delivery.
func TestAnswers(t *testing.T) {
	const (
		delivery = `{"id":"dlv_{d}","event":"evt_{e}","source":"stripe","route":"billing","state":"pending","attempt_count":1,` +
			`"next_attempt_at":"2026-11-21T07:35:09.123Z","reason":"","replay":false`
		attempts = `,"attempts":[{"number":1,"started_at":"2026-11-21T06:35:09.123Z","duration_ms":12,"status":503,"error":"","response":"\u003cno\u003e"}]}`
		head     = `{"id":"evt_{e}","source":"stripe","provider":"stripe","event_id":"evt_1P","type":"invoice.paid","status":"pending",` +
			`"received_at":"2026-11-21T06:35:09.123Z","size":12,"dedupe_key":"evt_1P","body_error":"","route_errors":[{"route":"crm","error":"no"}],`
		request = `"request":{"method":"POST","path":"/stripe","remote_ip":"192.0.2.1","headers":{"Content-Type":["application/json"],` +
			`"Stripe-Signature":["v1=00"],"X-Gitlab-Token":["REDACTED"],"X-Pass":["REDACTED","REDACTED"]}},`
		verification = `"verification":{"result":"verified","secret":0,"signed_at":"2026-11-21T06:35:09.123Z"},`
		billing      = `{"source":"stripe","name":"billing","configured":true,"held":%t,"pending":3,"delivering":1,"dead":2,"oldest_pending_at":"2026-11-21T06:35:09.123Z"}`
	)
	for _, tt := range []struct{ method, path, want string }{
		{"GET", "health", `{"status":"ok"}`},
		{"GET", "sources", `{"items":[{"name":"github","provider":"github","dedupe_window":"0s","on_unverified":"reject","routes":[],"policies":{}},` +
			`{"name":"stripe","provider":"stripe","dedupe_window":"168h0m0s","on_unverified":"quarantine","routes":["billing","crm"],"policies":{"billing":` +
			`{"timeout":"30s","retry":{"initial":"5s","max":"1h0m0s","for":"72h0m0s","attempts":0,"no_retry":[400]},"concurrency":16}}}]}`},
		{"GET", "events", `{"items":[` + head + verification + `"deliveries":[` + delivery + `}]}]}`},
		{"GET", "events/evt_{e}", head + request + verification + `"deliveries":[` + delivery + attempts + `]}`},
		{"GET", "deliveries", `{"items":[` + delivery + `}]}`},
		{"POST", "deliveries/dlv_{d}/retry", delivery + attempts},
		{"GET", "routes", `{"items":[{"source":"gone","name":"app","configured":false,"held":false,"pending":4,"delivering":0,"dead":0,"oldest_pending_at":null},` +
			fmt.Sprintf(billing, false) + `,{"source":"stripe","name":"crm","configured":true,"held":false,"pending":0,"delivering":0,"dead":0,"oldest_pending_at":null}]}`},
		{"POST", "routes/stripe/billing/hold", fmt.Sprintf(billing, true)},
		{"POST", "routes/stripe/billing/resume", fmt.Sprintf(billing, false)},
		{"GET", "stats", `{"since":"2026-11-21T06:35:09.123Z","requests":{"accepted":7,"duplicate":6,"rejected":5,"quarantined":2,"handshake":4,"failed":3},` +
			`"deliveries":{"pending":3,"held":4,"delivering":1,"delivered":11,"dead":12,"cancelled":13},"store_bytes":99}`},
	} {
		t.Run(tt.path, func(t *testing.T) {
			w := newWorld()
			e := w.add(0, "billing")
			e.RouteErrors = []event.RouteError{{Route: "crm", Error: "no"}}
			e.Request.Header = http.Header{
				"Content-Type": {"application/json"}, "X-Pass": {"hush", "hush"},
				"X-Gitlab-Token": {"hush"}, "Stripe-Signature": {"v1=00"},
			}
			d := w.engine.deliveries[0]
			if err := d.Fail(event.Attempt{StartedAt: start, Duration: 12 * time.Millisecond, Status: 503, Response: []byte("<no>")}, start.Add(time.Hour), ""); err != nil {
				t.Fatal(err)
			}
			w.engine.stats = store.Stats{Bytes: 99, Ended: map[event.State]int64{event.Delivered: 11, event.Dead: 12, event.Cancelled: 13}}
			fill := strings.NewReplacer("{e}", e.ID.String()[4:], "{d}", d.ID.String()[4:])

			rec := w.do(tt.method, "/webhooks/"+fill.Replace(tt.path), "")
			wantStatus(t, rec, http.StatusOK)
			if got, want := strings.TrimSpace(rec.Body.String()), fill.Replace(tt.want); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			for name, want := range map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
				if got := rec.Header().Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if strings.Contains(rec.Body.String(), "hush") || strings.Contains(w.log.String(), "hush") {
				t.Error("a secret is shown")
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	fits := func(body string) string { return "POST /webhooks/events/{e}/replay " + body }
	for _, tt := range []struct {
		request string // method, path, body; {e} and {d} as above, {x} is an ID that names nothing
		status  int
		message string // a part of it
	}{
		{"GET /", 404, "nothing"},
		{"GET /webhooks/", 404, "nothing"},
		{"GET /webhooks/events/", 404, "nothing"},
		{"GET /webhooks/events/{e}/", 404, "nothing"},
		{"GET /webhooks//events", 404, "nothing"},
		{"GET /webhooks/replays", 404, "nothing"},
		{"POST /webhooks/replays {}", 404, "nothing"},
		{"GET /webhooks/deliveries/{d}", 404, "nothing"},
		{"GET /webhooks/events/evt_1", 404, "evt_"},
		{"GET /webhooks/events/{d}", 404, "evt_"},
		{"GET /webhooks/events/..", 404, "evt_"},
		{"GET /webhooks/events/%2e%2e%2fhealth", 404, "nothing"},
		{"GET /webhooks/events/evt_{x}", 404, "not found"},
		{"GET /webhooks/events/evt_{x}/body", 404, "not found"},
		{"DELETE /webhooks/events/evt_{x}", 404, "not found"},
		{"POST /webhooks/events/evt_{x}/replay", 404, "not found"},
		{"POST /webhooks/deliveries/dlv_{x}/retry", 404, "not found"},
		{"POST /webhooks/deliveries/{e}/retry", 404, "dlv_"},
		{"POST /webhooks/deliveries/dlv_{x}/cancel", 404, "not found"},
		{"POST /webhooks/routes/stripe/none/hold", 404, "not found"},
		{"POST /webhooks/routes/none/billing/resume", 404, "not found"},
		{"POST /webhooks/routes//billing/resume", 404, "nothing"},

		{"POST /webhooks/health {}", 405, "GET, HEAD"},
		{"PUT /webhooks/events/{e} {}", 405, "DELETE, GET, HEAD"},
		{"OPTIONS /webhooks/events", 405, "GET, HEAD"},
		{"GET /webhooks/events/{e}/replay", 405, "POST"},
		{"DELETE /webhooks/events", 405, "GET, HEAD"},
		{"GET /webhooks/deliveries/{d}/retry", 405, "POST"},
		{"HEAD /webhooks/routes/stripe/billing/hold", 405, ""},

		{"GET /webhooks/events?limit=0", 400, "limit"},
		{"GET /webhooks/events?limit=1001", 400, "1 to 1000"},
		{"GET /webhooks/events?limit=x", 400, "limit"},
		{"GET /webhooks/events?cursor=x", 400, "cursor"},
		{"GET /webhooks/events?cursor=ZQ", 400, "cursor"},
		{"GET /webhooks/routes?cursor=ZQ", 400, "cursor"},
		{"GET /webhooks/events?since=yesterday", 400, "2h or 7d"},
		{"GET /webhooks/events?until=-2h", 400, "until"},
		{"GET /webhooks/events?since=1h&until=2h", 400, "before until"},
		{"GET /webhooks/events?status=held", 400, "unknown status"},
		{"GET /webhooks/events?where=body.(", 400, "where"},
		{"GET /webhooks/events?where=" + strings.Repeat("x", 5000), 400, "longer"},
		{"GET /webhooks/events?source=a&source=b", 400, "once"},
		{"GET /webhooks/events?colour=red", 400, "colour"},
		{"GET /webhooks/events?source=%zz", 400, "bad query"},
		{"GET /webhooks/events/{e}?limit=1", 400, "takes none"},
		{"GET /webhooks/deliveries?state=unrouted", 400, "unknown state"},
		{"GET /webhooks/deliveries?status=dead", 400, "source, route, state"},
		{"DELETE /webhooks/events/{e}?force=1", 400, "takes none"},
		{fits(`{"routes":["billing","nope"]}`), 400, "billing, crm"},
		{fits(`{"routes":"billing"}`), 400, "body"},
		{fits(`{"route":["billing"]}`), 400, "unknown field"},
		{fits(`{} {}`), 400, "more than one"},
		{fits(`[`), 400, "body"},
		{"POST /webhooks/deliveries/{d}/retry {\"now\":true}", 400, "unknown field"},
		{fits(`{"routes":["` + strings.Repeat("x", 64<<10) + `"]}`), 413, "65536"},

		{"POST /webhooks/deliveries/{d}/cancel", 409, "delivered"},
		{"POST /webhooks/deliveries/{d}/retry", 409, "delivered"},
	} {
		t.Run(tt.request[:min(len(tt.request), 60)], func(t *testing.T) {
			w := newWorld()
			e := w.add(0, "billing")
			d := w.engine.deliveries[0]
			if err := d.Succeed(event.Attempt{StartedAt: start}); err != nil {
				t.Fatal(err)
			}
			request := strings.NewReplacer("evt_{x}", e.ID.String()[:29]+"1", "dlv_{x}", d.ID.String()[:29]+"9",
				"{e}", e.ID.String(), "{d}", d.ID.String()).Replace(tt.request)
			method, rest, _ := strings.Cut(request, " ")
			path, body, _ := strings.Cut(rest, " ")

			rec := w.do(method, path, body)
			wantStatus(t, rec, tt.status)
			if tt.status == 405 && (rec.Header().Get("Allow") == "" || !strings.Contains(rec.Header().Get("Allow"), tt.message)) {
				t.Errorf("Allow %q, want %q", rec.Header().Get("Allow"), tt.message)
			}
			wantError(t, rec, tt.message)
			if len(w.engine.events) != 1 || len(w.engine.deliveries) != 1 || d.State != event.Delivered {
				t.Error("a refused call changed something")
			}
		})
	}
}

// wantError checks that the answer is exactly an error with a message that contains part.
func wantError(t *testing.T, rec *httptest.ResponseRecorder, part string) {
	t.Helper()
	var answer map[string]string
	if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
		t.Fatalf("the answer is no error in JSON: %v: %s", err, rec.Body)
	}
	if len(answer) != 1 || answer["error"] == "" || !strings.Contains(answer["error"], part) {
		t.Errorf("got %s, want an error with %q", rec.Body, part)
	}
	for name, want := range map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
		if got := rec.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// No form that a page of another site can send changes anything.
func TestPostNeedsJSON(t *testing.T) {
	for contentType, status := range map[string]int{
		"": 415, "text/plain": 415, "application/x-www-form-urlencoded": 415, "text/plain; application/json": 415,
		"application/jsonp": 415, "application/json; =": 415,
		"application/json": 201, "application/json; charset=utf-8": 201, "Application/JSON": 201,
	} {
		for _, body := range []string{"", "{}"} {
			w := newWorld()
			e := w.add(0)
			r := httptest.NewRequest("POST", "/webhooks/events/"+e.ID.String()+"/replay", strings.NewReader(body))
			if contentType != "" {
				r.Header.Set("Content-Type", contentType)
			}
			r.Header.Set("Origin", "https://evil.example")
			rec := httptest.NewRecorder()
			w.handler.ServeHTTP(rec, r)
			if rec.Code != status {
				t.Errorf("%q with body %q: status %d, want %d", contentType, body, rec.Code, status)
			}
			for name := range rec.Header() {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("the answer has %s", name)
				}
			}
		}
	}
}

func TestErrorsOfTheStore(t *testing.T) {
	for _, tt := range []struct {
		err    error
		status int
	}{
		{store.ErrClosed, 503},
		{store.ErrUnavailable, 503},
		{store.ErrDiskLow, 503},
		{store.ErrOverloaded, 503},
		{store.ErrDamaged, 500},
		{errors.New("anything else"), 500},
	} {
		for _, path := range []string{
			"events", "events/{e}", "events/{e}/body", "deliveries", "routes", "stats",
			"POST events/{e}/replay", "DELETE events/{e}", "POST deliveries/{d}/retry", "POST routes/stripe/crm/hold",
		} {
			w := newWorld()
			e := w.add(0, "billing")
			w.engine.err = fmt.Errorf("while testing: %w", tt.err)
			method, rest, ok := strings.Cut(path, " ")
			if !ok {
				method, rest = "GET", path
			}
			rest = strings.NewReplacer("{e}", e.ID.String(), "{d}", e.ID.Delivery(0).String()).Replace(rest)
			rec := w.do(method, "/webhooks/"+rest, "")
			if rec.Code != tt.status {
				t.Errorf("%s with %v: status %d, want %d", path, tt.err, rec.Code, tt.status)
			}
			wantError(t, rec, tt.err.Error())
			if logged := w.log.Len() > 0; logged != (tt.status == 500) {
				t.Errorf("%s with %v: logged %q", path, tt.err, w.log)
			}
		}
	}
}

func TestHealthFailing(t *testing.T) {
	w := newWorld()
	w.engine.health = []string{"disk_low"}
	rec := w.do("GET", "/webhooks/health", "")
	wantStatus(t, rec, http.StatusServiceUnavailable)
	if got, want := strings.TrimSpace(rec.Body.String()), `{"status":"failing","reasons":["disk_low"]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNotConfigured(t *testing.T) {
	h := NewHandler(func() *Service { return nil })
	for target, status := range map[string]int{"/webhooks/health": 404, "/webhooks/nothing": 404} {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest("GET", target, nil))
		wantStatus(t, rec, status)
		wantError(t, rec, "")
	}
}

func TestServes(t *testing.T) {
	for path, want := range map[string]bool{
		"/webhooks/health": true, "/webhooks/events/x/body": true, "/webhooks/routes/a/b/hold": true,
		"/webhooks": false, "/webhooks/": false, "/webhooks/stripe": false, "/health": false,
		"/webhooks/events/": false, "/webhooks/events/x/y": false, "/a/webhooks/health": false,
	} {
		if got := Serves(path); got != want {
			t.Errorf("%s: %t, want %t", path, got, want)
		}
	}
}

func TestHead(t *testing.T) {
	w := newWorld()
	server := httptest.NewServer(w.handler)
	defer server.Close()
	resp, err := http.Head(server.URL + "/webhooks/stats")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.ContentLength <= 0 {
		t.Errorf("status %d, length %d", resp.StatusCode, resp.ContentLength)
	}
}

// What was stored is handed out byte for byte, in a form that no browser interprets.
func TestBody(t *testing.T) {
	for name, body := range map[string][]byte{"empty": nil, "hostile": []byte("<script>\x00\xff"), "large": make([]byte, 2<<20)} {
		w := newWorld()
		e := w.add(0)
		e.Body, e.Size = body, len(body)
		e.Request.Header.Set("Content-Type", "text/html")
		rec := w.do("GET", "/webhooks/events/"+e.ID.String()+"/body", "")
		wantStatus(t, rec, http.StatusOK)
		if rec.Body.String() != string(body) {
			t.Errorf("%s: other bytes", name)
		}
		for header, want := range map[string]string{
			"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
			"Content-Disposition": "attachment; filename=" + e.ID.String(), "Content-Length": fmt.Sprint(len(body)),
		} {
			if got := rec.Header().Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", name, header, got, want)
			}
		}
	}
}

func TestDelete(t *testing.T) {
	w := newWorld()
	e := w.add(0, "billing")
	target := "/webhooks/events/" + e.ID.String()
	rec := w.do("DELETE", target, "")
	wantStatus(t, rec, http.StatusNoContent)
	if rec.Body.Len() > 0 || rec.Header().Get("Content-Type") != "" {
		t.Errorf("the answer has a body: %q", rec.Body)
	}
	if len(w.engine.events) != 0 || len(w.engine.deliveries) != 0 {
		t.Error("it is still there")
	}
	if !strings.Contains(w.log.String(), e.ID.String()) {
		t.Error("nothing in the log tells of it")
	}
	wantStatus(t, w.do("DELETE", target, ""), http.StatusNotFound)
}

func TestHoldIsIdempotent(t *testing.T) {
	w := newWorld()
	for _, step := range []string{"hold", "hold", "resume", "resume"} {
		rec := w.do("POST", "/webhooks/routes/stripe/crm/"+step, "")
		wantStatus(t, rec, http.StatusOK)
		if want := fmt.Sprintf(`"held":%t`, step == "hold"); !strings.Contains(rec.Body.String(), want) {
			t.Errorf("%s: got %s, want %s", step, rec.Body, want)
		}
	}
}

func TestRetryWhileDelivering(t *testing.T) {
	w := newWorld()
	id := w.add(0, "billing").ID.Delivery(0)
	w.deliverer.delivering[id] = true
	wantStatus(t, w.do("POST", "/webhooks/deliveries/"+id.String()+"/retry", "{}"), http.StatusConflict)
}
