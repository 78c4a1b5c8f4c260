package caddymodule

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"
)

// result is what a command line printed and how it ended.
type result struct {
	stdout, stderr string
	status         int
}

// runCommand runs `gatepost webhooks` with the arguments.
func runCommand(t *testing.T, args ...string) result {
	t.Helper()
	return runCommandWith(t, "", args...)
}

func runCommandWith(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	root, webhooks := &cobra.Command{Use: "gatepost", SilenceUsage: true}, &cobra.Command{Use: "webhooks"}
	addCommands(webhooks)
	root.AddCommand(webhooks)
	var out, errs bytes.Buffer
	root.SetIn(strings.NewReader(stdin))
	root.SetOut(&out)
	root.SetErr(&errs)
	root.SetArgs(append([]string{"webhooks"}, args...))
	status := 0
	if err := root.ExecuteContext(t.Context()); err != nil {
		status = 1
		if e := (*commandError)(nil); errors.As(err, &e) {
			status = 2
		}
	}
	return result{out.String(), errs.String(), status}
}

// succeed fails the test if the command did not end with status 0.
func (r result) succeed(t *testing.T) result {
	t.Helper()
	if r.status != 0 {
		t.Fatalf("status %d: %s", r.status, r.stderr)
	}
	return r
}

// fail fails the test if the command did not end with the status and this in its error.
func (r result) fail(t *testing.T, status int, texts ...string) result {
	t.Helper()
	if r.status != status {
		t.Errorf("status %d, want %d: %s", r.status, status, r.stderr)
	}
	for _, text := range texts {
		if !strings.Contains(r.stderr, text) {
			t.Errorf("the error does not say %q: %s", text, r.stderr)
		}
	}
	return r
}

// decode reads the output as one JSON document.
func decode[T any](t *testing.T, r result) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(r.stdout), &v); err != nil {
		t.Fatalf("%v in:\n%s", err, r.stdout)
	}
	return v
}

// adminStub is an admin endpoint that gives prepared answers.
type adminStub struct {
	address string
	answers map[string]any // by method, path and query; bytes as they are, errorAnswer as 404
	answer  any            // to all else; nil: an errorAnswer
	calls   []string       // with the body, if there is one
}

type errorAnswer string

func newAdminStub(t *testing.T) *adminStub {
	t.Helper()
	stub := &adminStub{answers: make(map[string]any)}
	server := httptest.NewServer(stub)
	t.Cleanup(server.Close)
	stub.address = server.Listener.Addr().String()
	return stub
}

func (s *adminStub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := r.Method + " " + r.RequestURI
	body, _ := io.ReadAll(r.Body)
	s.calls = append(s.calls, strings.TrimSpace(key+" "+string(body)))
	if r.Header.Get("Origin") != "http://"+s.address {
		http.Error(w, `{"error":"origin not allowed"}`, http.StatusForbidden)
		return
	}
	answer, ok := s.answers[key]
	if !ok {
		answer = s.answer
	}
	if answer == nil {
		answer = errorAnswer("nothing prepared for " + key)
	}
	switch a := answer.(type) {
	case errorAnswer:
		w.WriteHeader(http.StatusNotFound)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": string(a)})
	case []byte:
		_, _ = w.Write(a)
	default:
		_ = json.NewEncoder(w).Encode(a)
	}
}

// run runs a command against the stub.
func (s *adminStub) run(t *testing.T, args ...string) result {
	t.Helper()
	s.calls = nil
	return runCommand(t, append(args, "--address", s.address)...)
}

// The process's own exit status, which Caddy's main function decides.
func TestExitStatus(t *testing.T) {
	const variable = "GATEPOST_TEST_COMMAND"
	if line := os.Getenv(variable); line != "" {
		os.Args = strings.Fields(line)
		caddycmd.Main()
		os.Exit(0)
	}
	for line, want := range map[string]int{
		"gatepost webhooks providers": 0,
		"gatepost webhooks":           0,
		"gatepost webhooks send github --secret s --to http://127.0.0.1:1/":     1,
		"gatepost webhooks sources --address unix//nowhere/caddy.sock":          1,
		"gatepost webhooks providers strype":                                    2,
		"gatepost webhooks nonsense":                                            2,
		"gatepost webhooks events --nonsense":                                   2,
		"gatepost webhooks show":                                                2,
		"gatepost webhooks send github --secret s --to ftp://127.0.0.1/example": 2,
	} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestExitStatus$")
		cmd.Env = append(os.Environ(), variable+"="+line)
		text, err := cmd.CombinedOutput()
		if e := (*exec.ExitError)(nil); err != nil && !errors.As(err, &e) {
			t.Fatal(err)
		}
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("%s: status %d, want %d:\n%s", line, got, want, text)
		}
	}
}

func TestBadUsage(t *testing.T) {
	for line, want := range map[string]string{
		"evnts":                                 "did you mean events?",
		"frobnicate":                            "--help",
		"sources extra":                         "gatepost webhooks sources",
		"hold stripe":                           "hold <source> <route>",
		"show evt_nonsense":                     "webhooks events",
		"retry evt_01KAJ00000000000000000000Z":  "webhooks deliveries",
		"events --limit -1":                     "--limit",
		"events --limit many":                   "--limit",
		"events --address a:1-3":                "host:port",
		"replay --since 2h":                     "unknown flag",
		"send":                                  "send <provider>",
		"send stripe --secret s":                "--to is missing",
		"send stripe --secret s --to localhost": "--to is not a URL",
		"send stripe --to http://localhost/":    "--secret is missing",
		"send strip --secret s --to http://h/":  "did you mean stripe?",
		"send basic --secret s --to http://h/":  "user:password",
	} {
		if r := runCommand(t, strings.Fields(line)...).fail(t, 2, want); r.stdout != "" {
			t.Errorf("%s: printed %q", line, r.stdout)
		}
	}
}

func TestCellsCannotSteerATerminal(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "-",
		"invoice.paid":           "invoice.paid",
		`["a\b","ü"]`:            `["a\b","ü"]`,
		"a\tb\nc":                `a\tb\nc`,
		"\x1b[2Jgone":            `\x1b[2Jgone`,
		"\u202eright to left":    `\u202eright to left`,
		"no \xff UTF-8":          `no \xff UTF-8`,
		strings.Repeat("ä", 101): strings.Repeat("ä", 99) + "…",
	} {
		if got := cell(text); got != want {
			t.Errorf("cell(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestLists(t *testing.T) {
	type item struct {
		A string `json:"a"`
	}
	v := view[item]{columns: []string{"A", "B"}, row: func(i *item) []string { return []string{i.A, "x"} }}
	items := func(n int, err error) iter.Seq2[*item, error] {
		return func(yield func(*item, error) bool) {
			for i := range n {
				if !yield(&item{fmt.Sprint("<", i)}, nil) {
					return
				}
			}
			if err != nil {
				yield(nil, err)
			}
		}
	}
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		items iter.Seq2[*item, error]
		json  bool
		want  string
		err   error
	}{
		"table":                  {items(2, nil), false, "A   B\n<0  x\n<1  x\n", nil},
		"empty table":            {items(0, nil), false, "A  B\n", nil},
		"table that fails":       {items(1, broken), false, "A   B\n<0  x\n", broken},
		"table that fails early": {items(0, broken), false, "", broken},
		"array":                  {items(2, nil), true, "[\n{\"a\":\"<0\"},\n{\"a\":\"<1\"}\n]\n", nil},
		"empty array":            {items(0, nil), true, "[]\n", nil},
		"array that fails":       {items(1, broken), true, "[\n{\"a\":\"<0\"}", broken},
		"array that fails early": {items(0, broken), true, "", broken},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			cmd := new(cobra.Command)
			cmd.Flags().Bool("json", c.json, "")
			cmd.SetOut(&out)
			if _, err := v.list(cmd, c.items); !errors.Is(err, c.err) {
				t.Errorf("error %v, want %v", err, c.err)
			}
			if out.String() != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", out.String(), c.want)
			}
		})
	}
}

func TestEveryCommandHasHelp(t *testing.T) {
	webhooks := &cobra.Command{Use: "webhooks"}
	addCommands(webhooks)
	var names []string
	for _, c := range webhooks.Commands() {
		names = append(names, c.Name())
		if c.Short == "" || c.Args == nil {
			t.Errorf("%s has no help, or takes any arguments", c.Name())
		}
		r := runCommand(t, c.Name(), "--help").succeed(t)
		if !strings.Contains(r.stdout, "--json") {
			t.Errorf("%s has no --json", c.Name())
		}
	}
	want := []string{"cancel", "deliveries", "events", "hold", "providers", "rejected", "replay", "resume", "retry", "reverify", "routes", "send", "show", "sources", "stats", "verify"}
	if slices.Sort(names); !slices.Equal(names, want) {
		t.Errorf("commands %v, want %v", names, want)
	}
}
