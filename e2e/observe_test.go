package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/verifier"
)

// A secret must be found nowhere: not in logs, not in what the process says of its configuration,
// not in metrics, errors or answers.
func TestSecretsAreNowhere(t *testing.T) {
	t.Parallel()
	const (
		canary = "canary-of-a-secret-4f1b"
		token  = "canary-of-a-token-77aa"
	)
	a := newApp(t, answers(500, 422))
	g := install(t, config{})
	g.env = append(g.env, "E2E_SECRET="+canary, "E2E_TOKEN="+token)
	g.configure(config{global: "debug", site: `
		log
		webhooks /stripe stripe {
			secret {env.E2E_SECRET}
			on_unverified quarantine
			route app {
				when body.type != "canary"
				to ` + a.URL + `
				` + quickly + `
			}
		}
		webhooks /gitlab gitlab {
			secret {env.E2E_TOKEN}
			on_unverified quarantine
			route app ` + a.URL + `
		}
		webhooks /query token query {
			secret {env.E2E_TOKEN}
			query key
		}
		webhooks /pass token pass {
			secret {env.E2E_TOKEN}
			header X-Pass
		}
		log_append id {webhooks.event_id}
	`})
	g.start()
	stripe := newSource("/stripe", "stripe", verifier.Settings{Secrets: []string{canary}})
	gitlab := newSource("/gitlab", "gitlab", verifier.Settings{Secrets: []string{token}})
	id := g.accept(stripe.sample("invoice.paid", "1"))
	withToken := g.accept(gitlab.sample("", "1"))

	var said []string
	say := func(a answer) { said = append(said, a.String()) }
	say(g.send(newSource("/stripe", "stripe", verifier.Settings{Secrets: []string{"wrong"}}).sample("", "2")))
	say(g.send(request{Path: "/stripe", Body: []byte("{")}))
	wrong := gitlab.sample("", "3")
	say(g.send(wrong.with("X-Gitlab-Token", "wrong")))
	misled := gitlab.sample("", "4").with("X-Pass", token) // to the wrong address, with the right token
	misled.Path = "/stripe?key=" + token
	say(g.send(misled))
	for _, r := range g.awaitRejected(4) {
		explained := g.get("/webhooks/rejected/" + r.ID.String())
		if !strings.Contains(explained.Body, `"findings":[{`) {
			t.Errorf("not explained: %v", explained)
		}
		say(explained)
		said = append(said, g.webhooks(0, "show", r.ID.String()))
	}
	say(g.get("/webhooks/rejected"))
	g.awaitState(id, "dead")
	if refusal := g.load(config{site: "webhooks /stripe stripe {\n secret {env.E2E_SECRET}\n secret {env.E2E_UNSET}\n}"}); refusal == "" {
		t.Error("an unset secret was taken")
	} else {
		said = append(said, refusal)
	}
	if refusal := g.load(config{site: "webhooks /s standard_webhooks {\n secret {env.E2E_SECRET}\n}"}); refusal == "" {
		t.Error("a secret that is no key was taken")
	} else {
		said = append(said, refusal)
	}
	for _, path := range []string{
		"/config/", "/metrics", "/webhooks/sources", "/webhooks/events", "/webhooks/events/" + id.String(),
		"/webhooks/events/" + withToken.String(), "/webhooks/deliveries", "/webhooks/stats", "/webhooks/routes",
	} {
		got := g.get(path)
		if got.Status != http.StatusOK {
			t.Errorf("%s: %v", path, got)
		}
		say(got)
	}
	g.restart()
	log := accessLogRemoved(g.logText())
	for _, secret := range []string{canary, token} {
		if strings.Contains(log, secret) {
			t.Errorf("%s is in the log", secret)
		}
		for _, text := range said {
			if strings.Contains(text, secret) {
				t.Errorf("%s is in %s", secret, text)
			}
		}
	}
	if config := g.get("/config/"); !strings.Contains(config.Body, "{env.E2E_SECRET}") {
		t.Errorf("the configuration does not show where the secret is: %v", config)
	}
}

// accessLogRemoved leaves out the lines in which Caddy logs requests with all their headers, the ones
// that it passes on too: what keeps a token out of those is a filter in the configuration.
func accessLogRemoved(log string) string {
	var kept strings.Builder
	for line := range strings.Lines(log) {
		var fields struct{ Logger string }
		if json.Unmarshal([]byte(line), &fields) == nil &&
			(strings.HasPrefix(fields.Logger, "http.log.") || strings.HasPrefix(fields.Logger, "http.handlers.reverse_proxy")) {
			continue
		}
		kept.WriteString(line)
	}
	return kept.String()
}

// After some traffic every metric is there and counts what happened.
func TestMetrics(t *testing.T) {
	t.Parallel()
	a := newApp(t, answers(500, 200))
	g := start(t, githubSite(`
		route app {
			to `+a.URL+`
			`+quickly+`
		}
		route broken {
			when int(body.x) > 0
			to `+a.URL+`
		}
		route dead {
			handle {
				respond 410
			}
		}
	`))
	r := push("1", []byte(`{"x":"y"}`))
	id := g.accept(r)
	g.send(r)
	g.refuse(request{Path: "/github"}, http.StatusUnauthorized, "signature_missing")
	eventually(t, "both deliveries are over", func() error {
		if s := g.event(id).Status; s != "dead" {
			return fmt.Errorf("the event is %s", s)
		}
		return nil
	})
	want := map[string]string{
		`caddy_webhooks_requests_total{reason="",result="accepted",source="github"}`:                  "1",
		`caddy_webhooks_requests_total{reason="",result="duplicate",source="github"}`:                 "1",
		`caddy_webhooks_requests_total{reason="signature_missing",result="rejected",source="github"}`: "1",
		`caddy_webhooks_ack_duration_seconds_count{source="github"}`:                                  "3",
		`caddy_webhooks_events_total{source="github",type="push"}`:                                    "1",
		`caddy_webhooks_deliveries_total{route="app",source="github",state="delivered"}`:              "1",
		`caddy_webhooks_deliveries_total{route="dead",source="github",state="dead"}`:                  "1",
		`caddy_webhooks_attempts_total{code="500",route="app",source="github"}`:                       "1",
		`caddy_webhooks_attempts_total{code="200",route="app",source="github"}`:                       "1",
		`caddy_webhooks_attempts_total{code="410",route="dead",source="github"}`:                      "1",
		`caddy_webhooks_attempt_duration_seconds_count{route="app",source="github"}`:                  "2",
		`caddy_webhooks_pending_deliveries{route="app",source="github"}`:                              "0",
		`caddy_webhooks_oldest_pending_seconds{route="app",source="github"}`:                          "0",
		`caddy_webhooks_route_errors_total{route="broken",source="github"}`:                           "",
		`caddy_webhooks_store_commit_duration_seconds_count`:                                          "",
		`caddy_webhooks_store_size_bytes`:                                                             "",
		`caddy_webhooks_store_up`:                                                                     "1",
	}
	eventually(t, "the metrics show all that", func() error {
		metrics := g.get("/metrics").Body
		for name, value := range want {
			got, ok := metric(metrics, name)
			if !ok || value != "" && got != value || value == "" && got == "0" {
				return fmt.Errorf("%s is %q, want %s", name, got, value)
			}
		}
		return nil
	})

	// Counters go on over a reload.
	g.reload(githubSite(""))
	g.accept(push("2", nil))
	name := `caddy_webhooks_requests_total{reason="",result="accepted",source="github"}`
	if got, _ := metric(g.get("/metrics").Body, name); got != "2" {
		t.Errorf("after a reload %s is %s", name, got)
	}
}

func metric(page, name string) (value string, ok bool) {
	for line := range strings.Lines(page) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), name+" "); ok {
			return value, true
		}
	}
	return "", false
}

// The access log can tell what became of a request, and under which ID.
func TestPlaceholders(t *testing.T) {
	t.Parallel()
	g := start(t, config{site: githubDirective("") + "log\n log_append outcome {webhooks.outcome}\n log_append id {webhooks.event_id}\n"})
	r := push("1", nil)
	id := g.accept(r).String()
	g.send(r)
	g.send(request{Path: "/github"})
	want := [][2]string{{"accepted", id}, {"duplicate", id}, {"rejected", ""}}
	eventually(t, "the access log says so", func() error {
		lines := g.logged("handled request")
		if len(lines) != len(want) {
			return fmt.Errorf("%d lines", len(lines))
		}
		for i, line := range lines {
			if line["outcome"] != want[i][0] || line["id"] != want[i][1] {
				return fmt.Errorf("line %d: %v, want %v", i, line, want[i])
			}
		}
		return nil
	})
}

// A death is logged, and told to whoever subscribed to the event.
func TestDeathIsAnnounced(t *testing.T) {
	t.Parallel()
	g := start(t, config{global: "debug", site: githubDirective("route app {\n handle {\n respond 410\n}\n}")})
	id := g.accept(push("1", nil))
	d := g.awaitState(id, "dead")
	eventually(t, "the log has it", func() error {
		for _, line := range g.logged("event") {
			data, _ := line["data"].(map[string]any)
			if line["name"] != "webhooks.dead" || data["event"] != id.String() {
				continue
			}
			if data["source"] != "github" || data["route"] != "app" || data["delivery"] != d.ID.String() || data["reason"] == "" {
				t.Fatalf("the event's data: %v", data)
			}
			return nil
		}
		return fmt.Errorf("no such event")
	})
	dead := false
	for _, line := range g.logged("a delivery is dead") {
		dead = dead || line["level"] == "error" && line["delivery"] == d.ID.String()
	}
	if !dead {
		t.Error("there is no line of it at level error")
	}
}

// Whoever sends bad requests does not fill the log.
func TestRefusalsAreSampled(t *testing.T) {
	t.Parallel()
	g := start(t, githubSite(""))
	for range 100 {
		g.send(request{Path: "/github"})
	}
	lines := g.logged("request rejected")
	if len(lines) == 0 || len(lines) > 5 {
		t.Fatalf("%d lines for 100 refusals", len(lines))
	}
	if line := lines[0]; line["level"] != "warn" || line["source"] != "github" || line["code"] != "signature_missing" {
		t.Errorf("the line: %v", line)
	}
}
