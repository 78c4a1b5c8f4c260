package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
	"github.com/gatepost/gatepost/verifier"
)

// fakeQuarantine keeps rejected requests in memory. Those whose body says so verify by now.
type fakeQuarantine struct {
	kept       []*event.Rejected // oldest first
	quarantine error             // what every call fails with
	stuck      error             // what removals fail with
	released   []event.RejectedID
	ids        event.IDs
}

func (f *fakeQuarantine) KeepRejected(r *event.Rejected) bool {
	f.kept = append(f.kept, r)
	return true
}

func (f *fakeQuarantine) Rejected(_ context.Context, id event.RejectedID) (*event.Rejected, error) {
	if f.quarantine != nil {
		return nil, f.quarantine
	}
	for _, r := range f.kept {
		if r.ID == id {
			return r, nil
		}
	}
	return nil, fmt.Errorf("rejected request %s: %w", id, store.ErrNotFound)
}

func (f *fakeQuarantine) ListRejected(ctx context.Context, q store.RejectedQuery, visit func(*event.Rejected) bool) error {
	if f.quarantine != nil {
		return f.quarantine
	}
	all := slices.Clone(f.kept)
	if !q.Oldest {
		slices.Reverse(all)
	}
	for _, r := range all {
		at := bytes.Compare(r.ID[:], q.After[:])
		behind := q.After.IsZero() || q.Oldest && at > 0 || !q.Oldest && at < 0
		if !behind || q.Source != "" && r.Source != q.Source ||
			r.ReceivedAt.Before(q.Since) || !q.Until.IsZero() && !r.ReceivedAt.Before(q.Until) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		c := *r
		if !q.Body {
			c.Body = nil
		}
		if !visit(&c) {
			break
		}
	}
	return nil
}

func (f *fakeQuarantine) RemoveRejected(ctx context.Context, id event.RejectedID) error {
	if f.stuck != nil {
		return f.stuck
	}
	if _, err := f.Rejected(ctx, id); err != nil {
		return err
	}
	f.kept = slices.DeleteFunc(f.kept, func(r *event.Rejected) bool { return r.ID == id })
	return nil
}

func (f *fakeQuarantine) Release(_ context.Context, r *event.Rejected, dryRun bool) Release {
	if !dryRun {
		f.released = append(f.released, r.ID)
	}
	switch outcome := Outcome(r.Body); {
	case r.Source == "gone":
		return Release{Outcome: OutcomeUnknownSource}
	case outcome == OutcomeFailed || outcome == OutcomeError:
		return Release{Outcome: outcome, Code: "code_of_" + string(outcome)}
	case dryRun:
		return Release{Outcome: OutcomeReleased}
	case outcome == OutcomeHandshake:
		return Release{Outcome: outcome}
	default:
		n := len(f.kept)
		if f.kept = slices.DeleteFunc(f.kept, func(k *event.Rejected) bool { return k.ID == r.ID }); len(f.kept) == n {
			return Release{Outcome: OutcomeNotFound}
		}
		return Release{Outcome: outcome, Event: f.ids.Event(start)}
	}
}

func (f *fakeQuarantine) Explain(r *event.Rejected) *verifier.Explanation {
	if r.Source == "gone" {
		return nil
	}
	return &verifier.Explanation{Code: verifier.SignatureMismatch, Findings: []verifier.Finding{{Code: verifier.OtherSource, Proven: true, Text: "a text", Advice: "an advice"}}}
}

// reject quarantines a request that arrived so long after start and will have this outcome.
func (w *world) reject(after time.Duration, source string, o Outcome) event.RejectedID {
	at := start.Add(after)
	r := &event.Rejected{
		ID: w.IDs.Rejected(at), Source: source, Provider: "stripe", ReceivedAt: at, Code: "signature_mismatch", Message: "no",
		Size: len(o), Body: []byte(o),
		Request: event.Request{
			Method: "POST", URI: "/stripe?token=hush", ClientIP: "192.0.2.1",
			Header: http.Header{"Content-Type": {"text/plain"}, "X-Pass": {"hush"}, "X-Api-Key": {"hush"}},
		},
	}
	w.engine.KeepRejected(r)
	return r.ID
}

func decoded[T any](t *testing.T, text []byte) (v T) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

func TestRejectedList(t *testing.T) {
	w := newWorld()
	var newest []event.RejectedID
	for n := range 7 {
		source := []string{"stripe", "gone"}[n%2]
		newest = slices.Insert(newest, 0, w.reject(time.Duration(n)*time.Minute, source, OutcomeFailed))
	}
	w.engine.kept[6].Code = "token_mismatch"
	at := func(n int) string { return start.Add(time.Duration(n) * time.Minute).Format(time.RFC3339Nano) }
	for query, want := range map[string][]event.RejectedID{
		"":                                   newest,
		"source=gone":                        {newest[1], newest[3], newest[5]},
		"code=token_mismatch":                {newest[0]},
		"code=nothing":                       {},
		"since=" + at(5):                     newest[:2],
		"until=" + at(2):                     newest[5:],
		"since=" + at(2) + "&until=" + at(3): newest[4:5],
	} {
		var got []event.RejectedID
		cursor := ""
		for {
			rec := w.do("GET", "/webhooks/rejected?limit=2&"+query+"&cursor="+cursor, "")
			wantStatus(t, rec, http.StatusOK)
			page := decoded[List[Rejected]](t, rec.Body.Bytes())
			for _, r := range page.Items {
				got = append(got, r.ID)
				if r.Request != nil || r.Explanation != nil || r.RemoteIP != "192.0.2.1" || r.Message != "no" || r.Size != 6 || r.Provider != "stripe" {
					t.Errorf("in a list: %+v", r)
				}
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
}

func TestRejectedOne(t *testing.T) {
	w := newWorld()
	id, orphan := w.reject(0, "stripe", OutcomeFailed), w.reject(0, "gone", OutcomeFailed)
	rec := w.do("GET", "/webhooks/rejected/"+id.String(), "")
	wantStatus(t, rec, http.StatusOK)
	text := rec.Body.String()
	got := decoded[Rejected](t, []byte(text))
	if got.Explanation == nil || got.Explanation.Findings[0].Code != verifier.OtherSource || got.Request.Path != "/stripe" {
		t.Errorf("%s", text)
	}
	if strings.Contains(text, "hush") || got.Request.Headers["X-Pass"][0] != redacted || got.Request.Headers["Content-Type"][0] != "text/plain" {
		t.Errorf("headers are shown as %v", got.Request.Headers)
	}
	rec = w.do("GET", "/webhooks/rejected/"+orphan.String(), "")
	wantStatus(t, rec, http.StatusOK)
	if text := rec.Body.String(); strings.Contains(text, "explanation") || strings.Contains(text, "hush") {
		t.Errorf("explained although its source is not configured, or with the secret header of another: %s", text)
	}
	rec = w.do("GET", "/webhooks/rejected/"+id.String()+"/body", "")
	wantStatus(t, rec, http.StatusOK)
	if rec.Body.String() != "failed" || rec.Header().Get("Content-Type") != "application/octet-stream" || !strings.Contains(rec.Header().Get("Content-Disposition"), id.String()) {
		t.Errorf("body %q with %v", rec.Body, rec.Header())
	}
	wantStatus(t, w.do("DELETE", "/webhooks/rejected/"+id.String(), ""), http.StatusNoContent)
	if !strings.Contains(w.log.String(), id.String()) {
		t.Error("the removal is not logged")
	}
	for _, path := range []string{id.String(), event.ID(id).String(), "rej_x", "rej_x/body", id.String() + "/body"} {
		wantStatus(t, w.do("GET", "/webhooks/rejected/"+path, ""), http.StatusNotFound)
	}
	wantStatus(t, w.do("DELETE", "/webhooks/rejected/"+id.String(), ""), http.StatusNotFound)
	w.engine.quarantine = store.ErrClosed
	for _, path := range []string{"", "/" + orphan.String()} {
		wantStatus(t, w.do("GET", "/webhooks/rejected"+path, ""), http.StatusServiceUnavailable)
	}
}

// verify calls for pages until there are no more, and returns all items with the last counts.
func (w *world) verify(t *testing.T, in VerifyRequest) (items []VerifyItem, sum VerifyResult) {
	t.Helper()
	for {
		text, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		rec := w.do("POST", "/webhooks/rejected/verify", string(text))
		wantStatus(t, rec, http.StatusOK)
		page := decoded[VerifyResult](t, rec.Body.Bytes())
		items = append(items, page.Items...)
		sum.Checked += page.Checked
		for _, item := range page.Items {
			*sum.count(item.Outcome)++
		}
		if in.Limit > 0 && page.Checked > in.Limit {
			t.Errorf("%d were checked at once, want at most %d", page.Checked, in.Limit)
		}
		if in.Cursor = page.Next; in.Cursor == "" {
			return items, sum
		}
	}
}

func TestVerifyReleasesInOrderOfArrival(t *testing.T) {
	w := newWorld()
	outcomes := []Outcome{OutcomeReleased, OutcomeFailed, OutcomeDuplicate, OutcomeHandshake, OutcomeError, OutcomeReleased}
	var ids []event.RejectedID
	for n, o := range outcomes {
		ids = append(ids, w.reject(time.Duration(n)*time.Minute, "stripe", o))
	}
	ids = append(ids, w.reject(time.Hour, "gone", OutcomeReleased))

	items, sum := w.verify(t, VerifyRequest{DryRun: true, Limit: 2})
	if sum.Checked != 7 || sum.Released != 4 || sum.Failed != 1 || sum.Error != 1 || sum.UnknownSource != 1 {
		t.Errorf("dry run: %+v", sum)
	}
	if len(w.engine.kept) != 7 || len(w.engine.released) != 0 {
		t.Fatal("a dry run changed something")
	}
	for i, item := range items {
		if item.ID != ids[i] || !item.Event.IsZero() {
			t.Errorf("item %d of a dry run is %+v", i, item)
		}
	}

	items, sum = w.verify(t, VerifyRequest{Limit: 2})
	want := VerifyResult{Checked: 7, Released: 2, Duplicate: 1, Handshake: 1, Failed: 1, Error: 1, UnknownSource: 1}
	if fmt.Sprint(sum) != fmt.Sprint(want) {
		t.Errorf("%+v, want %+v", sum, want)
	}
	if !slices.Equal(w.engine.released, ids) {
		t.Errorf("released in the order %v, want %v", w.engine.released, ids)
	}
	if items[0].Event.IsZero() || items[1].Code != "code_of_failed" || items[0].Source != "stripe" {
		t.Errorf("items %+v", items)
	}
	var left []event.RejectedID
	for _, r := range w.engine.kept {
		left = append(left, r.ID)
	}
	if !slices.Equal(left, []event.RejectedID{ids[1], ids[4], ids[6]}) {
		t.Errorf("%v are left", left)
	}
	if _, sum = w.verify(t, VerifyRequest{}); sum.Checked != 3 || sum.Released != 0 {
		t.Errorf("the second time: %+v", sum)
	}
}

func TestVerifySelects(t *testing.T) {
	w := newWorld()
	var ids []event.RejectedID
	for n := range 4 {
		ids = append(ids, w.reject(time.Duration(n)*time.Minute, []string{"stripe", "github"}[n%2], OutcomeFailed))
	}
	w.engine.kept[2].Code = "timestamp_too_old"
	missing := w.IDs.Rejected(start)
	at := start.Add(time.Minute).Format(time.RFC3339Nano)
	for name, c := range map[string]struct {
		in   VerifyRequest
		want []event.RejectedID
	}{
		"source":         {VerifyRequest{Source: "github"}, []event.RejectedID{ids[1], ids[3]}},
		"code":           {VerifyRequest{Code: "timestamp_too_old"}, ids[2:3]},
		"since":          {VerifyRequest{Since: at}, ids[1:]},
		"until":          {VerifyRequest{Until: at}, ids[:1]},
		"ids":            {VerifyRequest{IDs: []event.RejectedID{ids[3], ids[0], ids[3]}}, []event.RejectedID{ids[0], ids[3]}},
		"ids in pages":   {VerifyRequest{IDs: []event.RejectedID{ids[3], ids[1], ids[0]}, Limit: 1}, []event.RejectedID{ids[0], ids[1], ids[3]}},
		"ids of another": {VerifyRequest{IDs: ids, Source: "github"}, []event.RejectedID{ids[1], ids[3]}},
		"an ID of none":  {VerifyRequest{IDs: []event.RejectedID{missing}}, []event.RejectedID{missing}},
		"nothing":        {VerifyRequest{Source: "nothing"}, nil},
	} {
		items, _ := w.verify(t, c.in)
		var got []event.RejectedID
		for _, item := range items {
			got = append(got, item.ID)
			if want := map[bool]Outcome{true: OutcomeNotFound, false: OutcomeFailed}[item.ID == missing]; item.Outcome != want {
				t.Errorf("%s: %+v", name, item)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	w := newWorld()
	id := w.reject(0, "stripe", OutcomeReleased)
	many, err := json.Marshal(VerifyRequest{IDs: slices.Repeat([]event.RejectedID{id}, maxLimit+1)})
	if err != nil {
		t.Fatal(err)
	}
	for body, status := range map[string]int{
		`{"ids":["evt_1"]}`:           400,
		`{"since":"yesterday"}`:       400,
		`{"limit":1001}`:              400,
		`{"limit":-1}`:                400,
		`{"cursor":"x"}`:              400,
		`{"all":true}`:                400,
		`{"since":"1h","until":"2h"}`: 400,
		string(many):                  400,
	} {
		wantStatus(t, w.do("POST", "/webhooks/rejected/verify", body), status)
	}
	if len(w.engine.released) != 0 {
		t.Error("a refused call released something")
	}
	rec := w.do("GET", "/webhooks/rejected/verify", "")
	wantStatus(t, rec, http.StatusMethodNotAllowed)
	if allow := rec.Header().Get("Allow"); allow != "POST" {
		t.Errorf("Allow: %s", allow)
	}
	w.engine.quarantine = store.ErrUnavailable
	wantStatus(t, w.do("POST", "/webhooks/rejected/verify", ""), http.StatusServiceUnavailable)
	wantStatus(t, w.do("POST", "/webhooks/rejected/verify", `{"ids":["`+id.String()+`"]}`), http.StatusServiceUnavailable)
}

// A handshake that stays in the quarantine is no error of the release.
func TestVerifySurvivesAFailedRemoval(t *testing.T) {
	w := newWorld()
	w.reject(0, "stripe", OutcomeHandshake)
	w.engine.stuck = errors.New("no")
	if _, sum := w.verify(t, VerifyRequest{}); sum.Handshake != 1 {
		t.Errorf("%+v", sum)
	}
	if !strings.Contains(w.log.String(), "cannot be removed") {
		t.Error("it is not logged")
	}
}

func TestRejectedClient(t *testing.T) {
	w := newWorld()
	ids := []event.RejectedID{w.reject(0, "stripe", OutcomeReleased), w.reject(time.Minute, "stripe", OutcomeFailed)}
	c := newClient(t, w.handler)
	var listed []event.RejectedID
	for r, err := range c.Rejected(t.Context(), RejectedFilter{Source: "stripe", Limit: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, r.ID)
	}
	if !slices.Equal(listed, []event.RejectedID{ids[1], ids[0]}) {
		t.Errorf("listed %v", listed)
	}
	if r, err := c.RejectedRequest(t.Context(), ids[0]); err != nil || r.ID != ids[0] || r.Explanation == nil {
		t.Errorf("%+v, %v", r, err)
	}
	if body, err := c.RejectedBody(t.Context(), ids[0]); err != nil || string(body) != "released" {
		t.Errorf("%q, %v", body, err)
	}
	n := 0
	for result, err := range c.VerifyRejected(t.Context(), VerifyRequest{Limit: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		n += result.Checked
	}
	if n != 2 || len(w.engine.kept) != 1 {
		t.Errorf("%d checked, %d left", n, len(w.engine.kept))
	}
	if err := c.DeleteRejected(t.Context(), ids[1]); err != nil || len(w.engine.kept) != 0 {
		t.Errorf("removed: %v, %d left", err, len(w.engine.kept))
	}
	w.engine.quarantine = store.ErrClosed
	for _, err := range c.VerifyRejected(t.Context(), VerifyRequest{}) {
		if e := (*Error)(nil); !errors.As(err, &e) || e.Status != http.StatusServiceUnavailable {
			t.Errorf("got %v, want 503", err)
		}
	}
}
