package event

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func TestIDsRiseAndLeaveRoomForDeliveries(t *testing.T) {
	var g IDs
	last := g.Event(noon)
	seen := map[[14]byte]bool{[14]byte(last[:14]): true}
	for range 100_000 {
		id := g.Event(noon)
		if string(id[:]) <= string(last[:]) {
			t.Fatalf("%s does not come after %s", id, last)
		}
		if id[14] != 0 || id[15] != 0 {
			t.Fatalf("%s has an ordinal", id)
		}
		if prefix := [14]byte(id[:14]); seen[prefix] {
			t.Fatalf("%s repeats a prefix", id)
		} else {
			seen[prefix] = true
		}
		last = id
	}
	first, second := last.Delivery(0), last.Delivery(1)
	if string(first[:]) >= string(second[:]) || string(last[:]) >= string(first[:]) {
		t.Errorf("want %s < %s < %s", last, first, second)
	}
	if got := last.Time(); got.Before(noon) || got.After(noon.Add(time.Second)) {
		t.Errorf("time %s, want about %s", got, noon)
	}
	if b := Before(noon); string(b[:]) >= string(seenFirst(g.Event(noon))) {
		t.Errorf("%s is not before the IDs of its time", b)
	}
}

func seenFirst(id ID) []byte { return id[:] }

func TestIDText(t *testing.T) {
	var g IDs
	id := g.Event(noon)
	b, err := json.Marshal(map[string]any{"id": id, "delivery": id.Delivery(0)})
	if err != nil {
		t.Fatal(err)
	}
	var back struct {
		ID       ID
		Delivery DeliveryID
	}
	if err := json.Unmarshal(b, &back); err != nil || back.ID != id || back.Delivery != id.Delivery(0) {
		t.Errorf("%s gives %+v, %v", b, back, err)
	}
	for _, bad := range []string{"", "evt_", id.String()[4:], strings.ToLower(id.String())[:29] + "!", id.String() + "0", "dlv_" + id.String()[4:]} {
		if _, err := ParseID(bad); err == nil {
			t.Errorf("%q was taken for an event ID", bad)
		}
	}
}

// The table in state.go, each step from each state.
func TestSteps(t *testing.T) {
	attempt := Attempt{StartedAt: noon, Duration: time.Second, Status: 200}
	later := noon.Add(time.Minute)
	steps := map[string]func(*Delivery) error{
		"succeed": func(d *Delivery) error { return d.Succeed(attempt) },
		"fail":    func(d *Delivery) error { return d.Fail(attempt, later, "") },
		"exhaust": func(d *Delivery) error { return d.Fail(attempt, time.Time{}, "no more") },
		"die":     func(d *Delivery) error { return d.Die(noon, "gone") },
		"cancel":  func(d *Delivery) error { return d.Cancel(noon) },
		"retry":   func(d *Delivery) error { return d.Retry(noon) },
	}
	want := map[string]map[State]State{
		"succeed": {Pending: Delivered},
		"fail":    {Pending: Pending},
		"exhaust": {Pending: Dead},
		"die":     {Pending: Dead},
		"cancel":  {Pending: Cancelled, Dead: Cancelled},
		"retry":   {Pending: Pending, Dead: Pending, Cancelled: Pending},
	}
	for name, step := range steps {
		for _, from := range []State{Pending, Delivered, Dead, Cancelled} {
			d := Delivery{State: from, BudgetAttempts: 4, BudgetSince: noon}
			err := step(&d)
			to, allowed := want[name][from]
			switch {
			case allowed && (err != nil || d.State != to):
				t.Errorf("%s from %s: %s, %v; want %s", name, from, d.State, err, to)
			case !allowed && (!errors.Is(err, ErrState) || d.State != from):
				t.Errorf("%s from %s: %s, %v; want it refused", name, from, d.State, err)
			}
			if allowed && name == "retry" && (d.BudgetAttempts != 0 || !d.BudgetSince.IsZero() || !d.NextAttemptAt.Equal(noon)) {
				t.Errorf("retry from %s left the budget: %+v", from, d)
			}
			if allowed && to != Pending && !d.NextAttemptAt.IsZero() {
				t.Errorf("%s from %s is still due at %s", name, from, d.NextAttemptAt)
			}
		}
	}
}

func TestAttemptsAreBounded(t *testing.T) {
	d := Delivery{State: Pending}
	for range MaxAttemptsKept + 5 {
		if err := d.Fail(Attempt{StartedAt: noon, Response: make([]byte, 2*MaxResponseKept)}, noon, ""); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.Attempts) != MaxAttemptsKept || d.AttemptCount != MaxAttemptsKept+5 {
		t.Errorf("kept %d of %d", len(d.Attempts), d.AttemptCount)
	}
	last := d.Attempts[len(d.Attempts)-1]
	if last.Number != d.AttemptCount || len(last.Response) != MaxResponseKept {
		t.Errorf("the last kept is number %d with %d bytes", last.Number, len(last.Response))
	}
}

func TestStatusIsTheFirstThatApplies(t *testing.T) {
	for want, states := range map[Status][]State{
		StatusPending:   {Dead, Delivered, Held},
		StatusDead:      {Cancelled, Delivered, Dead},
		StatusDelivered: {Cancelled, Delivered},
		StatusCancelled: {Cancelled},
		StatusUnrouted:  {},
	} {
		var ds []*Delivery
		for _, s := range states {
			ds = append(ds, &Delivery{State: s})
		}
		if got := StatusOf(ds); got != want {
			t.Errorf("%v gives %s, want %s", states, got, want)
		}
		if got, err := ParseStatus(string(want)); got != want || err != nil {
			t.Errorf("ParseStatus(%s) = %s, %v", want, got, err)
		}
	}
	for s := Pending; s <= Held; s++ {
		if got, err := ParseState(s.String()); got != s || err != nil {
			t.Errorf("ParseState(%s) = %s, %v", s, got, err)
		}
	}
}
