package ingest

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/dedupe"
	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/expression"
	"github.com/gatepost/gatepost/router"
	"github.com/gatepost/gatepost/store"
)

// newSplitSource is the source stripe, whose requests are split by list.
func newSplitSource(t *testing.T, list string, identity dedupe.Config, rules ...router.Rule) *Source {
	t.Helper()
	src := newSource(t, "stripe", rules...)
	src.MaxBody = 1 << 20
	program, err := expression.Compile(list)
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := dedupe.Compile(identity)
	if err != nil {
		t.Fatal(err)
	}
	src.Split = &Split{List: program, Identity: compiled}
	return src
}

var byID = dedupe.Config{EventID: "body.id", EventType: "body.type", Dedupe: "body.id"}

// take accepts what must not be refused.
func take(t *testing.T, rc *Receiver, src *Source, body string) Receipt {
	t.Helper()
	receipt, err := rc.Receive(t.Context(), src, signed(t, "stripe", body))
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

func (s *fakeStore) bodies() (bodies []string) {
	for _, a := range s.taken {
		bodies = append(bodies, string(a.Event.Body))
	}
	return bodies
}

func TestSplit(t *testing.T) {
	fake := new(fakeStore)
	src := newSplitSource(t, "body.events", byID,
		router.Rule{Name: "paid", On: []string{"paid"}},
		router.Rule{Name: "large", When: `body.n > 1 and header("X-Tenant") == "acme"`},
		router.Rule{Name: "rest", Otherwise: true})
	const first, second, third = `{"id":"a", "type":"paid","n":1.0}`, `{ "type":"paid","id":"b","n":2}`, `{"id":"c","n":"x"}`
	body := `{"tenant":1,"events":[` + first + ` , ` + second + `,` + third + `]}`
	in := signed(t, "stripe", body)
	for name, value := range map[string]string{
		"X-Tenant": "acme", "Content-Type": "application/json; charset=utf-8", "Content-Length": "99", "Content-Encoding": "identity",
		"Content-Md5": "x", "Digest": "x", "Content-Digest": "x", "Repr-Digest": "x",
	} {
		in.Header.Set(name, value)
	}
	arrived := in.Header.Clone()
	rc := newReceiver(fake)
	var failed []string
	rc.RouteError = func(r event.Route, _ string) { failed = append(failed, r.Name) }
	receipt, err := rc.Receive(t.Context(), src, in)
	if err != nil {
		t.Fatal(err)
	}
	if got := fake.bodies(); !slices.Equal(got, []string{first, second, third}) {
		t.Fatalf("bodies %q", got)
	}
	if receipt.ID != fake.taken[0].Event.ID || receipt.Parts != 3 || receipt.Duplicate || receipt.EventID != "a" || receipt.Type != "paid" || !slices.Equal(receipt.NewTypes, []string{"paid", "paid", ""}) {
		t.Errorf("receipt %+v", receipt)
	}
	routes := []string{"paid", "paid large", "rest"}
	for i, a := range fake.taken {
		e := a.Event
		if e.Part != i+1 || e.Parts != 3 || e.SplitError != "" || e.EventID != string("abc"[i]) || e.DedupeKey != e.EventID || e.Key.IsZero() || e.Size != len(e.Body) || a.Window != time.Hour {
			t.Errorf("event %+v", e)
		}
		if e.Source != "stripe" || !e.ReceivedAt.Equal(noon) || e.Verification.Result != event.VerifiedResult || e.Verification.Secret != 1 {
			t.Errorf("event %+v", e)
		}
		want := arrived.Clone()
		maps.DeleteFunc(want, func(name string, _ []string) bool {
			return strings.HasPrefix(name, "Content-") || strings.HasSuffix(name, "Digest")
		})
		want.Set("Content-Type", "application/json")
		if !maps.EqualFunc(e.Request.Header, want, slices.Equal) {
			t.Errorf("header %v, want %v", e.Request.Header, want)
		}
		var names []string
		for n, d := range a.Deliveries {
			names = append(names, d.Route.Name)
			if d.ID != e.ID.Delivery(n) || d.Event != e.ID {
				t.Errorf("delivery %+v", d)
			}
		}
		if got := strings.Join(names, " "); got != routes[i] {
			t.Errorf("part %d goes to %q, want %q", i+1, got, routes[i])
		}
	}
	if !slices.Equal(failed, []string{"large"}) || len(fake.taken[2].Event.RouteErrors) != 1 {
		t.Errorf("told of %v; want the rule that failed on the third", failed)
	}
	if !maps.EqualFunc(in.Header, arrived, slices.Equal) {
		t.Error("the request's own header was changed")
	}
}

func TestSplitDuplicates(t *testing.T) {
	fake := new(fakeStore)
	src, rc := newSplitSource(t, "body", byID), newReceiver(fake)
	const a, b, c, anonymous = `{"id":"a"}`, `{"id":"b"}`, `{"id":"c"}`, `{"n":1}`
	steps := []struct {
		body      string
		want      []string // what is new
		duplicate bool
	}{
		{"[" + a + "," + b + "," + a + "]", []string{a, b}, false},
		{"[" + a + "," + b + "," + a + "]", nil, true},
		{"[" + b + "," + c + "]", []string{c}, false}, // grouped anew
		{"[" + c + "]", nil, true},
		{"[" + anonymous + "," + anonymous + "]", []string{anonymous, anonymous}, false},           // equal, and two
		{"[" + anonymous + "," + anonymous + "]", nil, true},                                       // the same request
		{"[" + a + "," + anonymous + "," + anonymous + "]", []string{anonymous, anonymous}, false}, // another request
	}
	for i, s := range steps {
		before := len(fake.taken)
		receipt := take(t, rc, src, s.body)
		if got := fake.bodies()[before:]; !slices.Equal(got, s.want) || receipt.Duplicate != s.duplicate || len(receipt.NewTypes) != len(s.want) {
			t.Errorf("%d: %s: %q are new, receipt %+v; want %q", i, s.body, got, receipt, s.want)
		}
	}
	if receipt := take(t, rc, src, "["+b+","+a+"]"); receipt.ID != fake.taken[1].Event.ID || !receipt.Duplicate {
		t.Errorf("%+v; want the first copy of the first part", receipt)
	}
	off := newSplitSource(t, "body", dedupe.Config{Dedupe: dedupe.Off})
	for range 2 {
		if receipt := take(t, rc, off, "["+a+","+a+"]"); receipt.Duplicate || len(receipt.NewTypes) != 2 {
			t.Errorf("without dedupe: %+v", receipt)
		}
	}
}

// What cannot be split is stored whole, with the reason, under the identity of the whole request.
func TestSplitErrors(t *testing.T) {
	for name, c := range map[string]struct{ list, body, want string }{
		"nothing there":   {"body.events", `{"id":"w","type":"t"}`, "it yields nil, not a list"},
		"no list":         {"body.events", `{"id":"w","type":"t","events":{}}`, "it yields an object, not a list"},
		"empty":           {"body.events", `{"id":"w","type":"t","events":[]}`, ""},
		"error":           {"body.events + 1", `{"id":"w","type":"t"}`, "invalid operation: <nil> + int (1:13)"},
		"too many":        {"body.events", `{"id":"w","type":"t","events":[` + strings.Repeat("1,", 1000) + `1]}`, "it yields 1001 elements; at most 1000 are made events of"},
		"too many steps":  {"map(body.events, {any(body.events, false)})", `{"id":"w","type":"t","events":[` + strings.Repeat("1,", 500) + `1]}`, "the rules of this request take too many steps (1:19)"},
		"not for a write": {"body.events", `{"id":"w","type":"t","events":["too large"]}`, "its parts are too much for one write: too large to store"},
		"no payload":      {"body", `{"id":`, "there is no body to look at: neither JSON nor a form: unexpected end at byte 6"},
	} {
		t.Run(name, func(t *testing.T) {
			fake := &fakeStore{tooLarge: true}
			src, rc := newSplitSource(t, c.list, byID, router.Rule{Name: "all"}), newReceiver(fake)
			var told []string
			rc.SplitError = func(text string) { told = append(told, text) }
			first := take(t, rc, src, c.body)
			if len(fake.taken) != 1 {
				t.Fatalf("stored %q", fake.bodies())
			}
			e := fake.taken[0].Event
			if e.SplitError != c.want || e.Part != 0 || e.Parts != 0 || string(e.Body) != c.body || len(fake.taken[0].Deliveries) != 1 {
				t.Errorf("part %d of %d, %q; want %q", e.Part, e.Parts, e.SplitError, c.want)
			}
			if name != "no payload" && (e.EventID != "w" || e.Type != "t" || e.DedupeKey != "w") {
				t.Errorf("event %+v, want the identity of the request", e)
			}
			if first.Parts != 0 || first.ID != e.ID || first.Type != e.Type {
				t.Errorf("receipt %+v", first)
			}
			if again := take(t, rc, src, c.body); !again.Duplicate || again.ID != e.ID {
				t.Errorf("again: %+v", again)
			}
			if got := strings.Join(told, " "); got != c.want {
				t.Errorf("told %q, want it once", told)
			}
		})
	}
}

func TestSplitMeetsAFault(t *testing.T) {
	fake := &fakeStore{err: store.ErrDiskLow}
	_, err := newReceiver(fake).Receive(t.Context(), newSplitSource(t, "body", byID), signed(t, "stripe", `[{"id":"a"}]`))
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Status != http.StatusServiceUnavailable || refusal.Code != "disk_low" {
		t.Errorf("got %v, want 503 disk_low", err)
	}
}

// The steps of a request are for all of its parts, in equal shares: one that is dear takes nothing
// from the others, and a part gets the same answer when it is replayed.
func TestPartsShareTheSteps(t *testing.T) {
	fake := new(fakeStore)
	src := newSplitSource(t, "body", dedupe.Config{}, router.Rule{Name: "found", When: "any(body.list, # == 1)"})
	dear := `{"list":[` + strings.Repeat("0,", 49) + `1]}`
	cheap := `{"list":[1]}`
	take(t, newReceiver(fake), src, "["+strings.Repeat(dear+","+cheap+",", 499)+dear+"]")
	if len(fake.taken) != 999 {
		t.Fatalf("%d events", len(fake.taken))
	}
	for i, a := range fake.taken {
		e := a.Event
		if isCheap := i%2 == 1; (len(e.RouteErrors) == 0) != isCheap || (len(a.Deliveries) == 1) != isCheap {
			t.Fatalf("part %d: %d deliveries, %v", e.Part, len(a.Deliveries), e.RouteErrors)
		}
		if taken, failed := src.Router.Match(router.ScopeOf(e), e.Type); len(taken) != len(a.Deliveries) || len(failed) != len(e.RouteErrors) {
			t.Fatalf("part %d, replayed: %v, %v", e.Part, taken, failed)
		}
	}
	if take(t, newReceiver(fake), src, "["+dear+"]"); len(fake.taken[999].Deliveries) != 1 {
		t.Error("alone it has all the steps")
	}
}
