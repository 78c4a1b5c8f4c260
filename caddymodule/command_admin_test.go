package caddymodule

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/replay"
)

var received = time.Date(2026, 11, 21, 6, 35, 9, 123e6, time.UTC)

// storedIDs makes an event's ID and one of its deliveries'.
func storedIDs() (event.ID, event.DeliveryID) {
	var ids event.IDs
	return ids.Event(received), ids.Delivery(received.Add(time.Second))
}

func list[T any](next string, items ...T) replay.List[T] {
	return replay.List[T]{Items: items, Next: next}
}

// lines is the output with its time zone's times as they are shown.
func lines(r result) []string { return strings.Split(strings.TrimSuffix(r.stdout, "\n"), "\n") }

func shownTime(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }

func TestEventsTable(t *testing.T) {
	id, delivery := storedIDs()
	stub := newAdminStub(t)
	stub.answers["GET /webhooks/events?limit=50&source=stripe&type=invoice.%2A"] = list("", replay.Event{
		ID: id, Source: "stripe", Type: "invoice.paid\n", Status: "dead", ReceivedAt: replay.Time{Time: received},
		Deliveries: []replay.Delivery{{ID: delivery, Route: "app", State: "delivered"}, {ID: delivery, Route: "crm", State: "dead"}},
	})
	r := stub.run(t, "events", "--source", "stripe", "--type", "invoice.*").succeed(t)
	want := []string{
		"EVENT                           RECEIVED             SOURCE  TYPE            STATUS  DELIVERIES",
		id.String() + "  " + shownTime(received) + `  stripe  invoice.paid\n  dead    app=delivered crm=dead`,
	}
	if got := lines(r); !slices.Equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if r.stderr != "" {
		t.Errorf("said %q", r.stderr)
	}
}

func TestEventFiltersArePassedOn(t *testing.T) {
	stub := newAdminStub(t)
	const call = "GET /webhooks/events?limit=3&since=2h&source=a&status=dead&type=b&until=1h&where=body.x+%3E+1"
	stub.answers[call] = list[replay.Event]("")
	stub.run(t, "events", "--limit", "3", "--since", "2h", "--until", "1h", "--source", "a", "--type", "b", "--status", "dead", "--where", "body.x > 1").succeed(t)

	const deliveries = "GET /webhooks/deliveries?limit=50&route=c&source=a&state=held"
	stub.answers[deliveries] = list[replay.Delivery]("")
	stub.run(t, "deliveries", "--source", "a", "--route", "c", "--state", "held").succeed(t)
}

// What nothing was found for is said to be unknown, if it is.
func TestHintsWhereNothingIsFound(t *testing.T) {
	stub := newAdminStub(t)
	stub.answers["GET /webhooks/sources"] = list("",
		replay.Source{Name: "stripe", OnUnverified: "reject", Routes: []string{"billing"}},
		replay.Source{Name: "github", OnUnverified: "quarantine", Routes: []string{"ci"}})
	for line, hint := range map[string]string{
		"events --source strpie":                `No source named "strpie" is configured: did you mean stripe? ` + "`gatepost webhooks sources`",
		"events --source stripe":                "",
		"events":                                "",
		"events --json --source x":              `"x"`,
		"deliveries --route bills":              `No route named "bills"`,
		"deliveries --route billing":            "",
		"deliveries --source github --route ci": "",
		"deliveries --source stripe --route ci": `No route named "ci" is configured: ` + "`gatepost webhooks routes`",
		"deliveries --source nobody --route ci": `No source named "nobody"`,
		"rejected --source gitub":               "did you mean github?",
		"rejected --source stripe":              "stripe keeps no rejected requests",
		"rejected --source github":              "",
		"rejected":                              "",
		"reverify --source stripe":              "stripe keeps no rejected requests",
		"reverify --source nobody":              `No source named "nobody"`,
		"reverify --source github":              "",
	} {
		args := strings.Fields(line)
		stub.answer = list[replay.Event]("")
		r := stub.run(t, args...).succeed(t)
		if (r.stderr == "") != (hint == "") || !strings.Contains(r.stderr, hint) {
			t.Errorf("%s says %q, want %q", line, r.stderr, hint)
		}
	}
}

func TestHintWhereNoSourceKeepsRejectedRequests(t *testing.T) {
	stub := newAdminStub(t)
	stub.answers["GET /webhooks/sources"] = list("", replay.Source{Name: "stripe", OnUnverified: "reject"})
	stub.answer = list[replay.Event]("")
	if r := stub.run(t, "rejected").succeed(t); !strings.HasPrefix(r.stderr, "No source keeps rejected requests: ") {
		t.Errorf("said %q", r.stderr)
	}
}

func TestHintsWhereARouteIsUnknown(t *testing.T) {
	stub := newAdminStub(t)
	stub.answers["GET /webhooks/sources"] = list("", replay.Source{Name: "stripe", Routes: []string{"billing"}})
	stub.answer = errorAnswer("not found")
	stub.run(t, "hold", "stripe", "biling").fail(t, 1, "did you mean billing?", "Error: not found")
	stub.run(t, "resume", "strpie", "billing").fail(t, 1, "did you mean stripe?")
}

func TestWarningOfAList(t *testing.T) {
	stub := newAdminStub(t)
	warned := func(next string) replay.List[replay.Event] {
		return replay.List[replay.Event]{Items: []replay.Event{}, Next: next, Warning: "some are left out"}
	}
	stub.answers["GET /webhooks/events?limit=50"] = warned("abc")
	stub.answers["GET /webhooks/events?cursor=abc&limit=50"] = warned("")
	if r := stub.run(t, "events", "--json").succeed(t); r.stderr != "Warning: some are left out\n" {
		t.Errorf("said %q", r.stderr)
	}
}

func TestLimitAndPages(t *testing.T) {
	stub := newAdminStub(t)
	page := func(next string, from, n int) replay.List[replay.Event] {
		l := list[replay.Event](next)
		for i := range n {
			l.Items = append(l.Items, replay.Event{Source: fmt.Sprint("s", from+i)})
		}
		return l
	}
	stub.answers["GET /webhooks/events?limit=1000"] = page("abc", 0, 1000)
	stub.answers["GET /webhooks/events?cursor=abc&limit=1000"] = page("", 1000, 500)
	stub.answers["GET /webhooks/events?limit=7"] = page("abc", 0, 4)
	stub.answers["GET /webhooks/events?cursor=abc&limit=7"] = page("def", 4, 7)
	for _, c := range []struct {
		limit       string
		want, calls int
		more        bool
	}{
		{"0", 1500, 2, false},    // all
		{"1200", 1200, 2, true},  // more than one page can have
		{"1000", 1000, 1, true},  // the next page is not asked for
		{"2000", 1500, 2, false}, // fewer than that
		{"7", 7, 2, true},        // from a page that holds less than it might
	} {
		r := stub.run(t, "events", "--limit", c.limit).succeed(t)
		if got := len(lines(r)) - 1; got != c.want || len(stub.calls) != c.calls {
			t.Errorf("limit %s: %d events in %d calls, want %d in %d", c.limit, got, len(stub.calls), c.want, c.calls)
		}
		if got := strings.Contains(r.stderr, "--limit 0"); got != c.more {
			t.Errorf("limit %s: says %q", c.limit, r.stderr)
		}
		r = stub.run(t, "events", "--json", "--limit", c.limit).succeed(t)
		if all := decode[[]replay.Event](t, r); len(all) != c.want || r.stderr != "" {
			t.Errorf("limit %s: %d events in JSON, said %q", c.limit, len(all), r.stderr)
		}
	}
}

func TestShow(t *testing.T) {
	id, delivery := storedIDs()
	body := []byte("{\"a\":1}\r\n\x00\xff")
	stub := newAdminStub(t)
	shown := &replay.Event{
		ID: id, Source: "stripe", Provider: "stripe", EventID: "evt_1P", Type: "invoice.paid", Status: "dead", Size: 2048,
		ReceivedAt: replay.Time{Time: received}, DedupeKey: `"evt_1P"`,
		RouteErrors:  []event.RouteError{{Route: "crm", Error: "no number"}},
		Request:      &replay.Request{Method: "POST", Path: "/stripe", RemoteIP: "192.0.2.7", Headers: map[string][]string{"X-B": {"\x1b[1m"}, "X-A": {"1", "2"}}},
		Verification: replay.Verification{Result: event.VerifiedResult, Secret: 1, SignedAt: replay.Time{Time: received}},
		Deliveries: []replay.Delivery{{
			ID: delivery, Event: id, Route: "app", State: "dead", Reason: "no_retry 410", AttemptCount: 1, Replay: true,
			Attempts: []replay.Attempt{{Number: 1, StartedAt: replay.Time{Time: received}, DurationMS: 12, Status: 410, Response: "gone\naway"}},
		}},
	}
	stub.answers["GET /webhooks/events/"+id.String()] = shown
	stub.answers["GET /webhooks/events/"+id.String()+"/body"] = body

	r := stub.run(t, "show", id.String()).succeed(t)
	for _, want := range []string{
		"Event         " + id.String(),
		"Source        stripe (stripe)",
		"Received      " + shownTime(received) + " from 192.0.2.7",
		"Body          2.0 KiB",
		"Verification  verified by secret 2, signed " + shownTime(received),
		"Route error   crm: no number",
		"  X-A: 1",
		`  X-B: \x1b[1m`,
		"Replay " + delivery.String() + " to app: dead (no_retry 410)",
		"  1        " + shownTime(received) + `  12ms  410     -      gone\naway`,
	} {
		if !slices.Contains(lines(r), want) {
			t.Errorf("no line %q in:\n%s", want, r.stdout)
		}
	}
	got := decode[replay.Event](t, stub.run(t, "show", id.String(), "--json").succeed(t))
	gotText, _ := json.Marshal(got)
	if want, _ := json.Marshal(shown); string(gotText) != string(want) {
		t.Errorf("got  %s\nwant %s", gotText, want)
	}
	if r := stub.run(t, "show", id.String(), "--body").succeed(t); r.stdout != string(body) {
		t.Errorf("body %q, want %q", r.stdout, body)
	}
	stub.run(t, "show", id.String(), "--body", "--json").fail(t, 2, "--json")
}

func TestReplay(t *testing.T) {
	id, delivery := storedIDs()
	stub := newAdminStub(t)
	call := "POST /webhooks/events/" + id.String() + "/replay"
	stub.answers[call] = replay.ReplayResult{Deliveries: []replay.Delivery{{ID: delivery, Event: id, Source: "stripe", Route: "app", State: "pending"}}}

	r := stub.run(t, "replay", id.String(), "--route", "app", "--route", "crm").succeed(t)
	if want := call + ` {"routes":["app","crm"]}`; !slices.Equal(stub.calls, []string{want}) {
		t.Errorf("called %q, want %q", stub.calls, want)
	}
	if !strings.Contains(r.stdout, delivery.String()) {
		t.Errorf("got:\n%s", r.stdout)
	}
	if all := decode[[]replay.Delivery](t, stub.run(t, "replay", id.String(), "--json").succeed(t)); len(all) != 1 || all[0].ID != delivery {
		t.Errorf("got %v", all)
	}
	if want := call + " {}"; !slices.Equal(stub.calls, []string{want}) {
		t.Errorf("called %q, want %q", stub.calls, want)
	}

	stub.answers[call] = replay.ReplayResult{Deliveries: []replay.Delivery{}}
	if r := stub.run(t, "replay", id.String()).succeed(t); !strings.Contains(r.stderr, "--route") {
		t.Errorf("a replay to nowhere says %q", r.stderr)
	}
}

func TestSteering(t *testing.T) {
	id, delivery := storedIDs()
	stub := newAdminStub(t)
	aDelivery := &replay.Delivery{ID: delivery, Event: id, Source: "stripe", Route: "app", State: "pending", NextAttemptAt: replay.Time{Time: received}}
	aRoute := &replay.Route{Source: "stripe", Name: "app", Configured: true, Held: true, Pending: 3}
	for line, c := range map[string]struct {
		call   string
		answer any
		want   []string
	}{
		"retry " + delivery.String():  {"POST /webhooks/deliveries/" + delivery.String() + "/retry", aDelivery, []string{delivery.String(), "pending", shownTime(received)}},
		"cancel " + delivery.String(): {"POST /webhooks/deliveries/" + delivery.String() + "/cancel", aDelivery, []string{delivery.String()}},
		"hold stripe app":             {"POST /webhooks/routes/stripe/app/hold", aRoute, []string{"stripe", "app", "held", "3"}},
		"resume stripe app":           {"POST /webhooks/routes/stripe/app/resume", aRoute, []string{"stripe"}},
	} {
		stub.answers[c.call] = c.answer
		r := stub.run(t, strings.Fields(line)...).succeed(t)
		if !slices.Equal(stub.calls, []string{c.call + " {}"}) {
			t.Errorf("%s: called %q", line, stub.calls)
		}
		for _, want := range c.want {
			if !strings.Contains(r.stdout, want) {
				t.Errorf("%s: no %q in:\n%s", line, want, r.stdout)
			}
		}
		got := decode[json.RawMessage](t, stub.run(t, append(strings.Fields(line), "--json")...).succeed(t))
		if got[0] != '{' {
			t.Errorf("%s: JSON is no object:\n%s", line, got)
		}
	}
}

func TestOverviews(t *testing.T) {
	stub := newAdminStub(t)
	stub.answers["GET /webhooks/sources"] = list("", replay.Source{Name: "stripe", Provider: "stripe", DedupeWindow: replay.Duration(168 * time.Hour), Routes: []string{"app", "crm"}})
	stub.answers["GET /webhooks/routes"] = list("",
		replay.Route{Source: "stripe", Name: "app", Configured: true, Pending: 1, OldestPendingAt: replay.Time{Time: received}},
		replay.Route{Source: "stripe", Name: "gone", Held: true, Dead: 2})
	stub.answers["GET /webhooks/stats"] = replay.Stats{Since: replay.Time{Time: received}, Requests: replay.RequestCounts{Rejected: 17}, StoreBytes: 3 << 20}
	for command, want := range map[string][]string{
		"sources": {"stripe  stripe    168h           app crm"},
		"routes": {
			"stripe  app    active          1        0           0     " + shownTime(received),
			"stripe  gone   not configured  0        0           2     -",
		},
		"stats": {"Requests rejected     17", "Store size            3.0 MiB"},
	} {
		r := stub.run(t, command).succeed(t)
		for _, line := range want {
			if !slices.Contains(lines(r), line) {
				t.Errorf("%s: no line %q in:\n%s", command, line, r.stdout)
			}
		}
		decode[json.RawMessage](t, stub.run(t, command, "--json").succeed(t))
	}
}

func TestServerRefuses(t *testing.T) {
	id, _ := storedIDs()
	stub := newAdminStub(t)
	stub.answers["GET /webhooks/events/"+id.String()] = errorAnswer("no such event")
	stub.run(t, "show", id.String()).fail(t, 1, "Error: no such event")
}

func TestServerIsNotThere(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	r := runCommand(t, "events", "--address", address).fail(t, 1, address, "refused", "start", "--address")
	if r.stdout != "" {
		t.Errorf("printed %q", r.stdout)
	}
}

func TestAddressFromConfig(t *testing.T) {
	stub := newAdminStub(t)
	stub.answers["GET /webhooks/sources"] = list("", replay.Source{Name: "stripe"})
	caddyfile := filepath.Join(t.TempDir(), "Caddyfile")
	if err := os.WriteFile(caddyfile, []byte("{\n\tadmin "+stub.address+"\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	runCommand(t, "sources", "--config", caddyfile).succeed(t)
	runCommand(t, "sources", "--config", caddyfile+".missing").fail(t, 1, "missing")
}

func TestUnixSocket(t *testing.T) {
	dir, err := os.MkdirTemp("", "gp") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Skip("no unix sockets here:", err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") != "" || r.Host != "127.0.0.1" {
			http.Error(w, "not as Caddy's own commands call it", http.StatusForbidden)
			return
		}
		_ = json.NewEncoder(w).Encode(list("", replay.Source{Name: "stripe"}))
	})}}
	server.Start()
	t.Cleanup(server.Close)
	for _, address := range []string{"unix/" + socket, "unix/" + socket + "|0222"} {
		if r := runCommand(t, "sources", "--address", address).succeed(t); !strings.Contains(r.stdout, "stripe") {
			t.Errorf("%s: got:\n%s", address, r.stdout)
		}
	}
}
