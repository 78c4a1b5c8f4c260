package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatepost/gatepost/replay"
	"github.com/gatepost/gatepost/verifier"
)

// quarantined is a site with a source of GitHub that quarantines, and one beside it.
func quarantined(secretOfSource, app, bounds string) config {
	return config{
		global: "servers {\n trusted_proxies static 127.0.0.1/32\n}",
		site: fmt.Sprintf(`
			log
			log_append outcome {webhooks.outcome}
			webhooks /github github {
				secret "%s"
				on_unverified quarantine %s
				route app {
					to %s
					concurrency 1
				}
			}
			webhooks /ci github ci {
				secret "%s"
			}
		`, secretOfSource, bounds, app, secret),
	}
}

// from is the request as a proxy passes it on for that client.
func (r request) from(client string) request { return r.with("X-Forwarded-For", client) }

func (g *gatepost) rejected(f replay.RejectedFilter) (all []*replay.Rejected) {
	g.t.Helper()
	for r, err := range g.api.Rejected(g.t.Context(), f) {
		if err != nil {
			g.t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// awaitRejected waits until so many requests are in the quarantine, whose writes nobody waits for.
func (g *gatepost) awaitRejected(n int) (all []*replay.Rejected) {
	g.t.Helper()
	eventually(g.t, fmt.Sprintf("%d requests are quarantined", n), func() error {
		if all = g.rejected(replay.RejectedFilter{}); len(all) != n {
			return fmt.Errorf("there are %d", len(all))
		}
		return nil
	})
	return all
}

func (g *gatepost) webhooks(status int, args ...string) string {
	g.t.Helper()
	output, got := g.run(append(append([]string{"webhooks"}, args...), "--address", g.admin)...)
	if got != status {
		g.t.Errorf("%v: status %d, want %d: %s", args, got, status, output)
	}
	return output
}

// A secret was wrong for a while: what arrived meanwhile is refused, found, explained, and released
// once the secret is mended, each of it once and in order.
func TestQuarantine(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	g := start(t, quarantined(otherSecret, a.URL, ""))
	var sent []request
	for _, id := range []string{"1", "2", "3"} {
		r := push(id, []byte(`{"n":`+id+`}`))
		sent = append(sent, r)
		refused := g.refuse(r, http.StatusUnauthorized, "signature_mismatch")
		plain := g.refuse(request{Path: "/ci", Header: r.Header, Body: []byte("{}")}, http.StatusUnauthorized, "signature_mismatch")
		if refused.Body != plain.Body || len(refused.Header) != len(plain.Header) {
			t.Errorf("the sender is told %v; without a quarantine %v", refused, plain)
		}
	}
	listed := g.awaitRejected(3)
	if events := g.events(replay.EventFilter{}); len(events) != 0 {
		t.Errorf("stored: %v", events)
	}
	id := listed[2].ID.String() // the oldest
	if output := g.webhooks(0, "rejected", "--source", "github", "--code", "signature_mismatch", "--since", "1h"); strings.Count(output, "rej_") != 3 || !strings.Contains(output, id) {
		t.Errorf("rejected: %s", output)
	}
	if output := g.webhooks(0, "rejected", "--code", "timestamp_too_old"); strings.Contains(output, "rej_") {
		t.Errorf("rejected with another code: %s", output)
	}
	shown := g.webhooks(0, "show", id)
	for _, want := range []string{"signature_mismatch", "other_source (proven)", "the secret of the source ci", "X-Hub-Signature-256"} {
		if !strings.Contains(shown, want) {
			t.Errorf("show does not say %q: %s", want, shown)
		}
	}
	if strings.Contains(shown, secret) || strings.Contains(shown, otherSecret) {
		t.Errorf("show tells a secret: %s", shown)
	}
	if body := g.webhooks(0, "show", id, "--body"); body != `{"n":1}` {
		t.Errorf("its body: %s", body)
	}
	if output := g.webhooks(0, "reverify", "--source", "github"); !strings.Contains(output, "Still not verified  3") {
		t.Errorf("before the secret is mended: %s", output)
	}

	g.reload(quarantined(secret, a.URL, ""))
	if output := g.webhooks(0, "show", id); !strings.Contains(output, "reverify --id "+id) {
		t.Errorf("show after the secret is mended: %s", output)
	}
	if output := g.webhooks(0, "reverify", "--source", "github", "--dry-run"); !strings.Contains(output, "Would be released  3") {
		t.Errorf("dry run: %s", output)
	}
	g.awaitRejected(3)
	g.webhooks(2, "reverify")
	g.webhooks(1, "reverify", "--id", "rej_01ARZ3NDEKTSV4RRFFQ69G5FAV")
	if output := g.webhooks(0, "reverify", "--source", "github"); !strings.Contains(output, "Released  3") {
		t.Errorf("released: %s", output)
	}
	for i, got := range a.await(3) {
		if want := fmt.Sprintf(`{"n":%d}`, i+1); string(got.Body) != want || got.Header.Get("X-Github-Delivery") != strconv.Itoa(i+1) || got.Header.Get("Gatepost-Replay") != "" {
			t.Errorf("delivery %d: %s %v, want %s", i+1, got.Body, got.Header, want)
		}
	}
	g.awaitRejected(0)
	if output := g.webhooks(0, "reverify", "--source", "github"); !strings.Contains(output, "Checked   0") {
		t.Errorf("the second time: %s", output)
	}
	for _, r := range sent { // the provider tries again
		if again := g.send(r); again.Status != http.StatusOK || !again.duplicate() {
			t.Errorf("sent again: %v", again)
		}
	}
	events := g.events(replay.EventFilter{})
	if len(events) != 3 || events[0].Verification.Result != "released" || events[0].Type != "push" {
		t.Errorf("stored: %+v", events)
	}
	if got := len(a.all()); got != 3 {
		t.Errorf("%d deliveries, want 3", got)
	}

	for name, want := range map[string]string{
		`caddy_webhooks_requests_total{reason="signature_mismatch",result="quarantined",source="github"}`: "3",
		`caddy_webhooks_requests_total{reason="signature_mismatch",result="rejected",source="ci"}`:        "3",
		`caddy_webhooks_events_total{source="github",type="push"}`:                                        "3",
		`caddy_webhooks_quarantined_requests{source="github"}`:                                            "0",
		`caddy_webhooks_quarantined_bytes{source="github"}`:                                               "0",
	} {
		if got, _ := metric(g.get("/metrics").Body, name); got != want {
			t.Errorf("%s is %q, want %s", name, got, want)
		}
	}
	stats, err := g.api.Stats(t.Context())
	if err != nil || stats.Requests.Quarantined != 3 || stats.Requests.Rejected != 3 || stats.Requests.Accepted != 0 || stats.Requests.Duplicate != 3 {
		t.Errorf("stats: %+v, %v", stats, err)
	}
	sources, err := g.api.Sources(t.Context())
	if err != nil || sources[0].Name != "ci" || sources[0].OnUnverified != "reject" || sources[1].OnUnverified != "quarantine" {
		t.Errorf("sources: %+v, %v", sources, err)
	}
	eventually(t, "the access log tells them apart", func() error {
		var outcomes []any
		for _, line := range g.logged("handled request") {
			outcomes = append(outcomes, line["outcome"])
		}
		if want := []any{"quarantined", "rejected", "quarantined", "rejected", "quarantined", "rejected", "duplicate", "duplicate", "duplicate"}; !slices.Equal(outcomes, want) {
			return fmt.Errorf("%v", outcomes)
		}
		return nil
	})
	if lines := g.logged("request quarantined"); len(lines) != 1 || lines[0]["level"] != "warn" || lines[0]["code"] != "signature_mismatch" {
		t.Errorf("logged: %v", lines)
	}
}

// A rejected request becomes one event however many release it at the same time, also where copies
// are not looked for.
func TestReleasedOnce(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	site := func(secret string) config {
		return config{site: fmt.Sprintf(`
			webhooks /github github {
				secret "%s"
				dedupe off
				on_unverified quarantine
				route app %s
			}
		`, secret, a.URL)}
	}
	g := start(t, site(otherSecret))
	const requests, callers = 20, 8
	for n := range requests {
		g.refuse(push(strconv.Itoa(n), []byte("{}")), http.StatusUnauthorized, "signature_mismatch")
	}
	g.awaitRejected(requests)
	g.reload(site(secret))
	var mu sync.Mutex
	var sum replay.VerifyResult
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for result, err := range g.api.VerifyRejected(t.Context(), replay.VerifyRequest{}) {
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				sum.Add(result)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if sum.Released != requests || sum.Released+sum.NotFound != sum.Checked {
		t.Errorf("%d of %d were released: %+v", sum.Released, requests, sum)
	}
	if events := g.events(replay.EventFilter{}); len(events) != requests {
		t.Errorf("%d events are stored, want %d", len(events), requests)
	}
	a.await(requests)
	g.awaitRejected(0)
}

// A stranger's flood fills no more than its place, pushes out nothing of the provider's, and keeps
// nobody's event away; over a restart, too.
func TestQuarantineStaysBounded(t *testing.T) {
	t.Parallel()
	const (
		provider = "198.51.100.7"
		stranger = "203.0.113.9"
	)
	a := newApp(t, nil)
	bounds := "{\n max_requests 20\n max_bytes 64KiB\n}"
	g := start(t, quarantined(otherSecret, a.URL, bounds))
	for _, id := range []string{"1", "2", "3"} {
		g.send(push(id, []byte(id)).from(provider))
	}
	flood := func(name string) {
		t.Helper()
		garbage := newSource("/github", "github", verifier.Settings{Secrets: []string{"made up"}})
		for i := range 150 {
			body := []byte(strings.Repeat("x", i*100))
			r := garbage.sign(request{Header: http.Header{}, Body: body}, strconv.Itoa(i), time.Now()).from(stranger)
			g.refuse(r, http.StatusUnauthorized, "signature_mismatch")
			if i%50 == 0 {
				g.accept(request{Path: "/ci", Header: push(name+strconv.Itoa(i), body).Header, Body: body})
			}
		}
	}
	check := func() {
		t.Helper()
		eventually(t, "the provider's three and some of the flood are there", func() error {
			page := g.get("/metrics").Body
			n, _ := metric(page, `caddy_webhooks_quarantined_requests{source="github"}`)
			size, _ := metric(page, `caddy_webhooks_quarantined_bytes{source="github"}`)
			if requests, err := strconv.Atoi(n); err != nil || requests < 4 || requests > 20 {
				return fmt.Errorf("%s requests are kept", n)
			}
			if bytes, err := strconv.ParseFloat(size, 64); err != nil || bytes > 64<<10 {
				return fmt.Errorf("%s bytes are kept", size)
			}
			mine := 0
			for _, r := range g.rejected(replay.RejectedFilter{}) {
				if r.RemoteIP == provider {
					mine++
				}
			}
			if mine != 3 {
				return fmt.Errorf("%d of the provider's are there", mine)
			}
			return nil
		})
	}
	flood("a")
	check()
	g.restart()
	check()
	flood("b")
	check()
	g.reload(quarantined(secret, a.URL, bounds))
	var sum replay.VerifyResult
	for result, err := range g.api.VerifyRejected(t.Context(), replay.VerifyRequest{Source: "github", Limit: 3}) {
		if err != nil {
			t.Fatal(err)
		}
		sum.Add(result)
	}
	if sum.Released != 3 || sum.Failed < 1 || sum.Failed+3 != sum.Checked {
		t.Errorf("verified again: %+v", sum)
	}
	a.await(3)
	if err := g.api.DeleteRejected(t.Context(), g.rejected(replay.RejectedFilter{Limit: 1})[0].ID); err != nil {
		t.Errorf("removing one: %v", err)
	}
}

// Without a word in the configuration nothing of a refused request is kept, and what was kept is of
// a source that is gone.
func TestRejectKeepsNothing(t *testing.T) {
	t.Parallel()
	g := start(t, githubSite(""))
	forged := push("1", []byte("{}")).with("X-Hub-Signature-256", "sha256="+strings.Repeat("0", 64))
	g.refuse(forged, http.StatusUnauthorized, "signature_mismatch")
	g.accept(push("2", nil)) // whatever was written before it is there
	if kept := g.rejected(replay.RejectedFilter{}); len(kept) != 0 {
		t.Errorf("kept: %v", kept)
	}
	g.reload(githubSite("on_unverified quarantine"))
	g.refuse(forged, http.StatusUnauthorized, "signature_mismatch")
	id := g.awaitRejected(1)[0].ID
	g.reload(config{})
	if output := g.webhooks(0, "show", id.String()); !strings.Contains(output, "its source is not configured") {
		t.Errorf("show: %s", output)
	}
	if output := g.webhooks(1, "reverify", "--source", "github"); !strings.Contains(output, "Source not configured  1") {
		t.Errorf("reverify: %s", output)
	}
	var refused *replay.Error
	if _, err := g.api.Event(t.Context(), [16]byte(id)); !errors.As(err, &refused) || refused.Status != http.StatusNotFound {
		t.Errorf("as an event: %v", err)
	}
}
