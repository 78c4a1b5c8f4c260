// Command bench measures what it costs to receive webhooks the durable way, and prints it as a ratio to
// what Caddy does without: the two run side by side, because absolute figures of one machine say
// nothing about another.
//
// One process serves four sites: bare respond, reverse_proxy to a trivial upstream, a handler that
// only checks the HMAC, and Gatepost, which verifies, de-duplicates, stores and syncs every event
// before it acknowledges it, and delivers none. They take turns, forward in one round and backward in
// the next. Afterwards the process is killed and started again, and exactly the acknowledged events
// must be there; if not, the run prints FAIL and no number counts.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	if play := roles[os.Getenv(roleVar)]; play != nil {
		exit(play(os.Stdin, os.Stdout))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func exit(err error) {
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		os.Exit(0)
	default:
		fmt.Fprintln(os.Stderr, "FAIL:", err)
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	conns    []int
	rounds   int
	duration time.Duration
	dir      string
	keep     bool
	json     bool
	profile  string
}

func parse(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	conns := flags.String("c", "1,16,64,256", "numbers of connections")
	flags.IntVar(&o.rounds, "rounds", 4, "samples of each case at each number of connections")
	flags.DurationVar(&o.duration, "duration", 2*time.Second, "length of a sample")
	flags.StringVar(&o.dir, "dir", "", "where to make the data directory, to choose the disk (default: the user's cache directory)")
	flags.BoolVar(&o.keep, "keep-dir", false, "leave the data directory, with the server's log, behind")
	flags.BoolVar(&o.json, "json", false, "print all samples as JSON instead of tables")
	flags.StringVar(&o.profile, "profile", "", "after the last round, profile Gatepost under load into this directory")
	smoke := flags.Bool("smoke", false, "a few seconds in all: shows that everything works, measures nothing")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if *smoke {
		*conns, o.rounds, o.duration = "1,16", 1, 200*time.Millisecond
	}
	for text := range strings.SplitSeq(*conns, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 1 || n > 10_000 {
			return o, fmt.Errorf("-c: %q is not a number of connections from 1 to 10000", text)
		}
		o.conns = append(o.conns, n)
	}
	if o.rounds < 1 || o.duration <= 0 {
		return o, errors.New("-rounds and -duration must be positive")
	}
	if o.dir == "" {
		// Not the system's directory for temporary files: that one is often in memory.
		if o.dir, err = os.UserCacheDir(); err != nil {
			return o, fmt.Errorf("name a directory with -dir: %w", err)
		}
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(o.dir, "gatepost-bench-")
	if err != nil {
		return err
	}
	b := &bench{options: o, dir: dir, progress: stderr}
	defer func() { err = errors.Join(err, b.leave(err)) }()
	defer b.stop()
	if err := b.start(ctx); err != nil {
		return err
	}
	if err := b.measure(ctx); err != nil {
		return err
	}
	if o.profile != "" {
		if err := b.takeProfiles(ctx); err != nil {
			return err
		}
	}
	stored, err := b.checkStored(ctx)
	if err != nil {
		return err
	}
	b.result.Stored = stored
	if o.json {
		encoder := json.NewEncoder(stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(b.result)
	}
	b.result.print(stdout)
	return nil
}

// The cases, by their sites' names.
const (
	caseRespond  = "respond"
	caseProxy    = "reverse_proxy"
	caseHMAC     = "hmac"
	caseGatepost = "gatepost"
)

var cases = []string{caseRespond, caseProxy, caseHMAC, caseGatepost}

// bench is one run.
type bench struct {
	options
	dir      string
	progress io.Writer

	upstream *child
	load     *child
	server   *server
	sent     int // events that Gatepost acknowledged; they are numbered from 0
	result   result
}

func (b *bench) start(ctx context.Context) (err error) {
	b.say("probing the disk")
	if b.result.Disk, err = probeDisk(b.dir, min(b.duration, time.Second)); err != nil {
		return err
	}
	b.result.Machine = machine{OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.NumCPU(), Go: runtime.Version()}
	b.result.Duration = b.duration.Seconds()
	if b.upstream, err = startChild(ctx, roleUpstream); err != nil {
		return err
	}
	if b.load, err = startChild(ctx, roleLoad); err != nil {
		return err
	}
	var upstream string
	if err := b.upstream.receive(&upstream); err != nil {
		return err
	}
	b.say("building the server")
	binary, err := build(ctx, b.dir)
	if err != nil {
		return err
	}
	b.server, err = startServer(ctx, binary, b.dir, upstream)
	return err
}

func (b *bench) stop() {
	b.server.kill()
	b.load.kill()
	b.upstream.kill()
}

// leave removes the data directory, unless it is to be kept. Of a run that failed the server's log stays,
// and its end is shown.
func (b *bench) leave(failure error) error {
	if b.keep {
		b.say("data directory: %s", b.dir)
	}
	if failure != nil && b.server != nil {
		log := b.server.log()
		b.say("the server's last lines:\n%s", b.server.lastLines())
		if !b.keep {
			kept := b.dir + ".log"
			if err := os.Rename(log, kept); err == nil {
				log = kept
			}
		}
		b.say("all of them: %s", log)
	}
	if b.keep {
		return nil
	}
	return os.RemoveAll(b.dir)
}

// measure takes all samples. The first of each case at each number of connections is not counted.
func (b *bench) measure(ctx context.Context) error {
	for _, conns := range b.conns {
		for round := range b.rounds + 1 {
			b.say("%d connections, round %d of %d", conns, round, b.rounds)
			order, duration := slices.Clone(cases), b.duration
			if round == 0 {
				duration = min(duration, 500*time.Millisecond)
			}
			if round%2 == 0 {
				slices.Reverse(order)
			}
			for _, name := range order {
				s, err := b.sample(ctx, name, conns, duration)
				if err != nil {
					return fmt.Errorf("%s at %d connections: %w", name, conns, err)
				}
				if round > 0 {
					s.Round = round
					b.result.Samples = append(b.result.Samples, s)
				}
			}
		}
	}
	return nil
}

// sample puts load on one case.
func (b *bench) sample(ctx context.Context, name string, conns int, duration time.Duration) (sample, error) {
	commitsBefore, err := b.server.commits(ctx)
	if err != nil {
		return sample{}, err
	}
	pids := []int{b.server.pid(), b.upstream.pid(), b.load.pid(), os.Getpid()}
	before := readUsage(pids)
	if err := b.load.send(task{Address: b.server.sites[name], Conns: conns, Duration: duration, First: b.sent}); err != nil {
		return sample{}, err
	}
	var got outcome
	if err := b.load.receive(&got); err != nil {
		return sample{}, err
	}
	after := readUsage(pids)
	if got.Error != "" {
		return sample{}, errors.New(got.Error)
	}
	s := sample{
		Case: name, Conns: conns, Requests: got.Requests, Rate: float64(got.Requests) / got.Elapsed.Seconds(),
		P50: microseconds(got.P50), P99: microseconds(got.P99),
	}
	if before.known && after.known {
		s.CPU = microseconds(after.first-before.first) / float64(got.Requests)
		others := max(0, (after.others-before.others).Seconds()/after.at.Sub(before.at).Seconds())
		s.Others = &others
	}
	if name == caseGatepost {
		b.sent += got.Requests
		commits, err := b.server.commits(ctx)
		if err != nil {
			return sample{}, err
		}
		s.PerCommit = float64(got.Requests) / float64(commits-commitsBefore)
	}
	return s, nil
}

// takeProfiles puts load on Gatepost once more while its process is profiled.
func (b *bench) takeProfiles(ctx context.Context) error {
	if err := os.MkdirAll(b.profile, 0o700); err != nil {
		return err
	}
	conns := b.conns[len(b.conns)-1]
	seconds := max(1, int(b.duration.Seconds()))
	b.say("profiling at %d connections", conns)
	kinds := map[string]string{"cpu": "profile", "allocs": "allocs"}
	errs := make(chan error, len(kinds))
	for name, path := range kinds {
		go func() {
			errs <- b.server.save(ctx, fmt.Sprintf("/debug/pprof/%s?seconds=%d", path, seconds), filepath.Join(b.profile, name+".pprof"))
		}()
	}
	_, err := b.sample(ctx, caseGatepost, conns, time.Duration(seconds)*time.Second+500*time.Millisecond)
	for range kinds {
		err = errors.Join(err, <-errs)
	}
	return err
}

func (b *bench) say(format string, args ...any) { fmt.Fprintf(b.progress, format+"\n", args...) }

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
