package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Asana's secret is taken once, kept over reloads and restarts, and in no log; a lost file does not
// open enrolment again.
func TestEnrolment(t *testing.T) {
	t.Parallel()
	const handedOut = "b537207f20cbfa02357cf448134da559"
	file := filepath.Join(t.TempDir(), "asana")
	enrolling := func(until time.Time) config {
		return config{site: fmt.Sprintf("log\nwebhooks /asana asana {\n\tenrol %s %s\n\troute app {\n\t\thandle {\n\t\t\trespond 204\n\t\t}\n\t}\n}\n",
			file, until.UTC().Format(time.RFC3339))}
	}
	open := enrolling(time.Now().Add(30 * time.Minute))
	g := start(t, open)
	post := func(secret string) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+g.site+"/asana", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Hook-Secret", secret)
		resp, err := g.http.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp
	}
	verifies := func(when, secret string, want int) {
		t.Helper()
		if output, status := g.run("webhooks", "send", "asana", "--secret", secret, "--to", "http://"+g.site+"/asana"); status != want {
			t.Errorf("%s: status %d, want %d: %s", when, status, want, output)
		}
	}

	verifies("before enrolment", handedOut, 1)
	if resp := post(handedOut); resp.StatusCode != http.StatusOK || resp.Header.Get("X-Hook-Secret") != handedOut {
		t.Fatalf("enrolment is answered %d %v", resp.StatusCode, resp.Header)
	}
	if resp := post("another"); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a second secret is answered %d", resp.StatusCode)
	}
	verifies("after enrolment", handedOut, 0)
	verifies("with another secret", "another", 1)
	g.reload(enrolling(time.Now().Add(-time.Hour)))
	verifies("after a reload", handedOut, 0)
	g.restart()
	verifies("after a restart", handedOut, 0)
	if log := g.logText(); strings.Contains(log, handedOut) || len(g.logged("handled request")) == 0 {
		t.Errorf("the secret is in the log, or there is no access log:\n%s", tail(log, 20))
	}

	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if refusal := g.load(enrolling(time.Now().Add(-time.Hour).Add(time.Second))); !strings.Contains(refusal, "enrolment ended") {
		t.Errorf("without the file and after the time: %q", refusal)
	}
}
