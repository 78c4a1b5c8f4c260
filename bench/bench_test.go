package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary play the children too.
func TestMain(m *testing.M) {
	if play := roles[os.Getenv(roleVar)]; play != nil {
		exit(play(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

func TestSmoke(t *testing.T) {
	var out, progress bytes.Buffer
	err := run(t.Context(), []string{"-smoke", "-dir", t.TempDir()}, &out, &progress)
	if err != nil {
		t.Fatalf("%v\n%s", err, progress.Bytes())
	}
	for _, want := range []string{"\n16 connections\n", "| reverse_proxy |", "each of them is stored, once"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %q:\n%s", want, out.Bytes())
		}
	}
}

// A run that fails shows the end of the server's log and leaves the log; nothing else stays.
func TestWhatARunLeavesBehind(t *testing.T) {
	for _, failure := range []error{nil, errors.New("answered 503")} {
		dir := filepath.Join(t.TempDir(), "run")
		if err := os.MkdirAll(filepath.Join(dir, "events"), 0o700); err != nil {
			t.Fatal(err)
		}
		var progress bytes.Buffer
		b := &bench{dir: dir, progress: &progress, server: &server{dir: dir}}
		log := "long ago\n" + strings.Repeat("and then\n", 18) + "the last line but one\nthe last line\n"
		if err := os.WriteFile(b.server.log(), []byte(log), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := b.leave(failure); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("after %v the data directory is still there", failure)
		}
		kept, _ := os.ReadFile(dir + ".log")
		shown := progress.String()
		failed := failure != nil
		if got := string(kept) == log; got != failed {
			t.Errorf("after %v the log was kept: %v", failure, got)
		}
		if got := strings.Contains(shown, "the last line\n"); got != failed || strings.Contains(shown, "long ago") {
			t.Errorf("after %v it shows %q", failure, shown)
		}
	}
}

func TestFlagsThatMakeNoSense(t *testing.T) {
	for _, args := range [][]string{{"-c", "0"}, {"-c", "1,x"}, {"-rounds", "0"}, {"-duration", "0s"}, {"more"}, {"-unknown"}} {
		if _, err := parse(args, io.Discard); err == nil {
			t.Errorf("%q was accepted", args)
		}
	}
}

// A run counts for nothing if an event is missing, there twice, or was never sent.
func TestStoredEventsAreHeldAgainstAcknowledgedOnes(t *testing.T) {
	cases := map[string]struct {
		stored []int64
		want   bool
	}{
		"all":      {[]int64{2, 1, 0}, true},
		"one lost": {[]int64{2, 0}, false},
		"a copy":   {[]int64{2, 1, 1}, false},
		"unsent":   {[]int64{3, 1, 0}, false},
		"one more": {[]int64{3, 2, 1, 0}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			// One event a page: the cursor is the place in the list.
			admin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				at := len(r.FormValue("cursor"))
				next := strings.Repeat("x", at+1)
				if at+1 == len(c.stored) {
					next = ""
				}
				fmt.Fprintf(w, `{"items":[{"event_id":%q}],"next":%q}`, appendID(nil, c.stored[at]), next)
			}))
			defer admin.Close()
			s := &server{admin: strings.TrimPrefix(admin.URL, "http://")}
			stored, err := s.stored(t.Context(), 3)
			if (err == nil) != c.want || stored != len(c.stored) {
				t.Errorf("%d stored, %v", stored, err)
			}
		})
	}
}

// Anything but a 200 ends a run: what is refused quickly must not look like speed.
func TestLoad(t *testing.T) {
	templates := makeTemplates()
	seen := make(chan string, 1<<16)
	status := http.StatusOK
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if len(body) != bodySize {
			t.Errorf("a body of %d bytes", len(body))
		}
		seen <- r.Header.Get("X-GitHub-Delivery")
		w.WriteHeader(status)
		fmt.Fprint(w, "ok")
	}))
	defer site.Close()
	const conns, first = 3, 7
	work := task{Address: site.Listener.Addr().String(), Conns: conns, Duration: 20 * time.Millisecond, First: first}
	got, err := work.do(templates)
	if err != nil {
		t.Fatal(err)
	}
	if got.Requests < conns || got.P50 <= 0 || got.P99 < got.P50 || got.Elapsed < work.Duration {
		t.Errorf("outcome %+v", got)
	}
	ids := make(map[string]bool)
	for range got.Requests {
		ids[<-seen] = true
	}
	for n := range got.Requests {
		if id := string(appendID(nil, int64(first+n))); !ids[id] {
			t.Errorf("event %s was not sent", id)
		}
	}
	status = http.StatusServiceUnavailable
	if _, err := work.do(templates); err == nil {
		t.Error("503 was taken for an acknowledgement")
	}
}

func TestRatiosAreOfTheSameRoundAndOfCleanSamples(t *testing.T) {
	quiet, busy := 0.1, 0.9
	r := result{}
	for round, rates := range [][2]float64{{100, 50}, {200, 150}, {300, 30}} {
		r.Samples = append(r.Samples,
			sample{Case: caseRespond, Conns: 1, Round: round, Rate: rates[0], Others: &quiet},
			sample{Case: caseGatepost, Conns: 1, Round: round, Rate: rates[1], Others: &quiet})
	}
	for i, want := range []ratio{{0.5, 0.1, 0.75}, {0.625, 0.5, 0.75}, {0.5, 0.1, 0.75}} {
		// One round after the other, from the last, is disturbed; with two of three all count again.
		if i > 0 {
			r.Samples[2*(3-i)+1].Others = &busy
		}
		if got := r.ratio(caseGatepost, caseRespond, 1); got != want {
			t.Errorf("%d of 3 rounds disturbed: %+v, want %+v", i, got, want)
		}
	}
}

func TestUsageOfAProcess(t *testing.T) {
	before := readUsage([]int{os.Getpid()})
	if !before.known {
		if _, err := os.Stat("/proc/stat"); err == nil {
			t.Fatal("not known although there is /proc")
		}
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		if readUsage([]int{os.Getpid()}).first > before.first { // reading itself takes time
			return
		}
	}
	t.Error("a minute of work was not seen")
}
