package caddymodule

import (
	"slices"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/replay"
	"github.com/gatepost/gatepost/verifier"
)

func rejectedAt(id event.RejectedID) replay.Rejected {
	return replay.Rejected{
		ID: id, Source: "stripe", Provider: "stripe", ReceivedAt: replay.Time{Time: received}, RemoteIP: "192.0.2.7",
		Code: "signature_mismatch", Message: "no signature of the request matches", Size: 2048,
	}
}

func TestRejectedTable(t *testing.T) {
	id := new(event.IDs).Rejected(received)
	stub := newAdminStub(t)
	stub.answers["GET /webhooks/rejected?code=token_mismatch&limit=50&since=2h&source=a&until=1h"] = list("", rejectedAt(id))
	r := stub.run(t, "rejected", "--source", "a", "--code", "token_mismatch", "--since", "2h", "--until", "1h").succeed(t)
	want := []string{
		"REJECTED                        RECEIVED             SOURCE  CODE                FROM       SIZE",
		id.String() + "  " + shownTime(received) + "  stripe  signature_mismatch  192.0.2.7  2.0 KiB",
	}
	if got := lines(r); !slices.Equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestShowRejected(t *testing.T) {
	id := new(event.IDs).Rejected(received)
	stub := newAdminStub(t)
	call := "GET /webhooks/rejected/" + id.String()
	shown := rejectedAt(id)
	shown.Request = &replay.Request{Method: "POST", Path: "/stripe", RemoteIP: "192.0.2.7", Headers: map[string][]string{"X-B": {"\x1b[1m"}}}
	shown.Explanation = &verifier.Explanation{
		Code: "signature_mismatch", Message: "no signature of the request matches", SignedAt: received,
		Findings: []verifier.Finding{{Code: verifier.OtherSource, Proven: true, Text: "The secret of another.", Advice: "Look there."}},
	}
	for name, c := range map[string]struct {
		explanation *verifier.Explanation
		want        []string
	}{
		"explained": {shown.Explanation, []string{
			"Rejected      " + id.String(),
			"Source        stripe (stripe)",
			"Received      " + shownTime(received) + " from 192.0.2.7",
			"Request       POST /stripe",
			"Body          2.0 KiB",
			"Refused with  signature_mismatch: no signature of the request matches",
			"Verifies now  no, signature_mismatch: no signature of the request matches",
			"Signed at     2026-11-21T06:35:09Z",
			"other_source (proven)",
			"  The secret of another.",
			`  X-B: \x1b[1m`,
		}},
		"mended":         {&verifier.Explanation{Verified: true}, []string{"Verifies now  yes: `gatepost webhooks reverify --id " + id.String() + "` releases it"}},
		"not configured": {nil, []string{"Verifies now  its source is not configured"}},
	} {
		shown.Explanation = c.explanation
		stub.answers[call] = shown
		r := stub.run(t, "show", id.String()).succeed(t)
		for _, want := range c.want {
			if !slices.Contains(lines(r), want) {
				t.Errorf("%s: no line %q in:\n%s", name, want, r.stdout)
			}
		}
		if got := decode[replay.Rejected](t, stub.run(t, "show", id.String(), "--json").succeed(t)); got.ID != id {
			t.Errorf("%s: in JSON %+v", name, got)
		}
	}
	stub.answers[call+"/body"] = []byte("\x00\xff\n")
	if r := stub.run(t, "show", id.String(), "--body").succeed(t); r.stdout != "\x00\xff\n" {
		t.Errorf("body %q", r.stdout)
	}
	stub.run(t, "show", "rej_1").fail(t, 2, "gatepost webhooks rejected")
}

func TestReverify(t *testing.T) {
	id := new(event.IDs).Rejected(received)
	stub := newAdminStub(t)
	const call = "POST /webhooks/rejected/verify"
	page := func(outcomes ...replay.Outcome) (r replay.VerifyResult) {
		for _, o := range outcomes {
			r.Items = append(r.Items, replay.VerifyItem{ID: id, Outcome: o})
		}
		return r
	}
	done := []replay.Outcome{replay.OutcomeReleased, replay.OutcomeReleased, replay.OutcomeDuplicate, replay.OutcomeHandshake, replay.OutcomeFailed}
	named := []string{"--id", id.String()}
	all := []string{"--source", "stripe"}
	for name, c := range map[string]struct {
		answer replay.VerifyResult
		args   []string
		status int
		sent   string
		want   []string
	}{
		"released": {page(done...), all, 0, `{"source":"stripe","limit":500}`, []string{
			"Checked                  5", "Released                 2", "Copies of stored events  1", "Handshakes, no events    1", "Still not verified       1",
		}},
		"dry run": {
			page(replay.OutcomeReleased), append(all, "--dry-run", "--code", "c", "--since", "2h", "--until", "1h"), 0,
			`{"source":"stripe","code":"c","since":"2h","until":"1h","dry_run":true,"limit":500}`,
			[]string{"Would be released  1"},
		},
		"one":                   {page(replay.OutcomeReleased), named, 0, `{"ids":["` + id.String() + `"],"limit":500}`, []string{"Released  1"}},
		"one that is still not": {page(replay.OutcomeFailed), named, 1, "", []string{"Still not verified  1"}},
		"one that is gone":      {page(replay.OutcomeNotFound), named, 1, "", []string{"Not found  1"}},
		"source not configured": {page(replay.OutcomeUnknownSource), all, 1, "", []string{"Source not configured  1"}},
		"trouble":               {page(replay.OutcomeReleased, replay.OutcomeError), all, 1, "", []string{"Not judged or stored  1"}},
		"nothing":               {page(), all, 0, "", []string{"Checked   0", "Released  0"}},
	} {
		stub.answers[call] = c.answer
		r := stub.run(t, append([]string{"reverify"}, c.args...)...)
		if c.status == 0 {
			r.succeed(t)
		} else {
			r.fail(t, c.status, "could not be released")
		}
		if c.sent != "" && !slices.Equal(stub.calls, []string{call + " " + c.sent}) {
			t.Errorf("%s: called %q, want %s", name, stub.calls, c.sent)
		}
		for _, want := range c.want {
			if !strings.Contains(r.stdout, want) {
				t.Errorf("%s: no %q in:\n%s", name, want, r.stdout)
			}
		}
	}
	stub.answers[call] = page(done...)
	if got := decode[replay.VerifyResult](t, stub.run(t, "reverify", "--source", "stripe", "--json").succeed(t)); got.Checked != 5 || got.Released != 2 || len(got.Items) != 5 {
		t.Errorf("in JSON: %+v", got)
	}
	stub.answers[call] = errorAnswer("the store is closed")
	stub.run(t, "reverify", "--source", "stripe").fail(t, 1, "the store is closed")
	stub.run(t, "reverify").fail(t, 2, "--source")
	stub.run(t, "reverify", "--id", "evt_1").fail(t, 2, "rej_")
}
