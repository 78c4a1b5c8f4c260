package e2e

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/replay"
)

// Caddy's commands work beside a server that runs, and leave it alone.
func TestCommandsBesideAServer(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	g := start(t, githubSite("route app "+a.URL))
	g.accept(push("1", nil))
	config := []string{"--config", g.caddyfile(), "--adapter", "caddyfile"}
	tests := []struct {
		args   []string
		output []string
	}{
		{append([]string{"validate"}, config...), []string{"Valid configuration"}},
		{append([]string{"adapt"}, config...), []string{`"webhooks"`, `"provider":"github"`}},
		{append([]string{"adapt", "--validate"}, config...), []string{`"provider":"github"`}},
		{[]string{"list-modules"}, []string{"http.handlers.webhooks", "http.handlers.webhooks_admin", "admin.api.webhooks"}},
		{[]string{"fmt", "--overwrite", g.caddyfile()}, nil},
		{append([]string{"reload", "--address", g.admin}, config...), nil},
		{append([]string{"validate"}, config...), []string{"Valid configuration"}},
	}
	for _, tt := range tests {
		output, status := g.run(tt.args...)
		if status != 0 {
			t.Errorf("%v: status %d: %s", tt.args, status, output)
		}
		for _, want := range tt.output {
			if !strings.Contains(output, want) {
				t.Errorf("%v: no %s in %s", tt.args, want, output)
			}
		}
	}
	g.accept(push("2", nil))
	a.await(2)
}

// Configurations that cannot work are refused where somebody looks, with what to write instead.
func TestValidateRefuses(t *testing.T) {
	t.Parallel()
	g := install(t, config{})
	tests := map[string]struct {
		c    config
		want []string
	}{
		"an unset secret": {config{site: "webhooks /github github {\n secret {env.E2E_UNSET}\n}"}, []string{"github", "secret", "E2E_UNSET"}},
		"an empty secret": {config{site: "webhooks /github github {\n secret {env.E2E_EMPTY}\n}"}, []string{"github", "secret", "empty"}},
		"a misspelt name": {config{site: "webhooks /github githbu {\n secret x\n}"}, []string{"githbu", "github"}},
		"a later option":  {githubSite("route app {\n to http://127.0.0.1:1\n rate 5/s\n}"), []string{"rate"}},
		"a wrong rule":    {githubSite("route app {\n to http://127.0.0.1:1\n when body.a ==\n}"), []string{"when", "^"}},
		"a gap": {
			config{site: "webhooks /docurift docurift {\n secret x\n}"},
			[]string{"docurift", "header", "encoding", "signed"},
		},
		"two sources of one name": {config{site: "webhooks /a github {\n secret x\n}\nwebhooks /b github {\n secret y\n}"}, []string{"github"}},
	}
	g.env = append(g.env, "E2E_EMPTY=")
	for name, tt := range tests {
		g.configure(tt.c)
		output, status := g.run("validate", "--config", g.caddyfile(), "--adapter", "caddyfile")
		if status == 0 {
			t.Errorf("%s: accepted", name)
		}
		for _, want := range tt.want {
			if !strings.Contains(output, want) {
				t.Errorf("%s: no %q in %s", name, want, output)
			}
		}
	}
	if _, err := os.Stat(g.data); !os.IsNotExist(err) {
		t.Errorf("validating touched the store: %v", err)
	}
}

// Two processes never share a directory: the second says so and what to do, and the first goes on.
func TestTwoProcessesOnOneDirectory(t *testing.T) {
	t.Parallel()
	first := start(t, githubSite(""))
	second := install(t, config{})
	second.data = first.data
	second.configure(githubSite(""))
	second.launch()
	select {
	case <-second.exited:
	case <-time.After(patience):
		t.Fatal("the second process goes on")
	}
	if status := second.cmd.ProcessState.ExitCode(); status == 0 {
		t.Error("the second process ended with status 0")
	}
	if log := second.logText(); !strings.Contains(log, first.data) || !strings.Contains(log, fmt.Sprint("process ", first.cmd.Process.Pid)) || !strings.Contains(log, "stop it") {
		t.Errorf("the second process says: %s", tail(log, 3))
	}
	first.accept(push("1", nil))
}

// A process that starts while the one before is still ending waits for it.
func TestStartWhileTheOldOneEnds(t *testing.T) {
	t.Parallel()
	g := start(t, githubSite(""))
	id := g.accept(push("1", []byte("body")))
	next := install(t, config{})
	next.data = g.data
	next.configure(githubSite(""))
	next.launch()
	eventually(t, "the next one is on its way", func() error {
		if !strings.Contains(next.logText(), "adapted config") {
			return errors.New("nothing of it in the log")
		}
		return nil
	})
	g.stop()
	next.awaitHealth(replay.HealthOK)
	if again := next.send(push("1", []byte("body"))); !again.duplicate() || again.id() != id.String() {
		t.Errorf("the next process answers %v", again)
	}
}

// Only the user who runs the process can read what is stored.
func TestFilesArePrivate(t *testing.T) {
	t.Parallel()
	g := start(t, githubSite(""))
	g.accept(push("1", nil))
	info, err := os.Stat(g.data)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o700 {
		t.Errorf("the store's directory has mode %o", mode)
	}
}

// The command line sends, lists, shows and replays.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	g := start(t, githubSite("route app "+a.URL))
	command := func(want int, args ...string) string {
		t.Helper()
		output, status := g.run(append([]string{"webhooks"}, args...)...)
		if status != want {
			t.Errorf("%v: status %d, want %d: %s", args, status, want, output)
		}
		return output
	}
	send := []string{"send", "github", "--secret", secret, "--to", "http://" + g.site + "/github"}
	command(0, append(send, "--type", "push", "--duplicate", "2")...)
	command(1, append(send, "--tamper")...)
	command(2, "send", "github", "--no-such-flag")
	a.await(1)

	stored := g.events(replay.EventFilter{})
	if len(stored) != 1 {
		t.Fatalf("%d events are stored", len(stored))
	}
	id := stored[0].ID.String()
	at := []string{"--address", g.admin}
	if output := command(0, append([]string{"events", "--type", "pu*"}, at...)...); !strings.Contains(output, id) {
		t.Errorf("events: %s", output)
	}
	if output := command(0, append([]string{"events", "--source", "githbu"}, at...)...); !strings.Contains(output, "did you mean github?") {
		t.Errorf("events of an unknown source: %s", output)
	}
	if output := command(0, append([]string{"events", "--where", "type"}, at...)...); !strings.Contains(output, "not true or false") {
		t.Errorf("events where no rule is: %s", output)
	}
	if output := command(1, append([]string{"hold", "github", "ap"}, at...)...); !strings.Contains(output, "did you mean app?") {
		t.Errorf("hold of an unknown route: %s", output)
	}
	if output := command(0, append([]string{"show", id}, at...)...); !strings.Contains(output, "push") {
		t.Errorf("show: %s", output)
	}
	command(0, append([]string{"replay", id}, at...)...)
	if got := a.await(2)[1]; got.Header.Get("Gatepost-Replay") != "true" || got.id() != id {
		t.Errorf("replayed as %v", got.Header)
	}
	command(1, append([]string{"show", "evt_01ARZ3NDEKTSV4RRFFQ69G5FAV"}, at...)...)
	if output := command(0, "providers", "stripe"); !strings.Contains(output, "Stripe-Signature") {
		t.Errorf("providers: %s", output)
	}
}
