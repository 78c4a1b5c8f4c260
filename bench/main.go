// Command bench measures, side by side and in one run, what it costs to take a webhook:
//
//	respond        Caddy answers 200 and looks at nothing
//	proxy          Caddy's reverse_proxy passes the request to a trivial application
//	proxy-kept     the same, with as many idle connections to it as it can use
//	hmac           a Caddy handler checks the signature and stores nothing
//	gatepost       Gatepost verifies, de-duplicates, stores and syncs, then acknowledges
//
// All get the same requests: 1 KiB of JSON, signed as GitHub signs, each an event of its own. The
// events take no route, so nothing is delivered meanwhile. Samples of all servers alternate, in
// reversed order every other round, so that what else the machine does meets all of them alike; it
// is the ratios that can be compared. At the end Gatepost is killed and started again: if it does
// not hold exactly what it acknowledged, the run has failed.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"
)

// plan is what to measure.
type plan struct {
	connections []int
	rounds      int
	duration    time.Duration
	dir         string
}

func main() {
	switch os.Getenv(roleVariable) {
	case roleLoad:
		exit(loadMain())
	case roleUpstream:
		exit(upstreamMain())
	}
	p := plan{connections: []int{1, 16, 64, 256}}
	flag.Func("c", "numbers of `connections`, separated by commas (default 1,16,64,256)", func(text string) (err error) {
		p.connections, err = numbers(text)
		return err
	})
	flag.IntVar(&p.rounds, "rounds", 5, "samples of each server at each number of connections")
	flag.DurationVar(&p.duration, "duration", 2*time.Second, "length of a sample")
	flag.StringVar(&p.dir, "dir", "", "`directory` on the disk to measure (default the system's for temporary files)")
	smoke := flag.Bool("smoke", false, "only see that everything works: one short round")
	asJSON := flag.Bool("json", false, "print JSON instead of tables")
	flag.Parse()
	if *smoke {
		p.connections, p.rounds, p.duration = []int{1, 16}, 1, 300*time.Millisecond
	}
	if flag.NArg() > 0 || p.rounds < 1 || p.duration <= 0 {
		flag.Usage()
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	result, err := run(ctx, p)
	if err != nil {
		exit(err)
	}
	if *asJSON {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		err = e.Encode(result)
	} else {
		result.print(os.Stdout)
	}
	exit(errors.Join(err, result.Check.failure()))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "FAIL:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func numbers(text string) (all []int, err error) {
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 1 || n > 10_000 {
			return nil, fmt.Errorf("%q is not a number of connections", part)
		}
		all = append(all, n)
	}
	return all, nil
}

// run measures everything that the plan asks for.
func run(ctx context.Context, p plan) (*result, error) {
	dir, err := os.MkdirTemp(p.dir, "gatepost-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)

	progress("building")
	servers, err := startServers(ctx, dir)
	defer servers.stop()
	if err != nil {
		return nil, err
	}
	r := &result{Machine: describeMachine(), Sync: probeSync(dir)}
	var ids uint64
	sampled := func(s *server, connections int, d time.Duration) (sample, error) {
		got, err := servers.sample(ctx, s, connections, d, ids)
		ids += 1 << 32
		if s.name == gatepost {
			r.Check.acknowledged(got)
		}
		return got, err
	}
	for _, s := range servers.all { // the first requests of a process are not like the others
		if _, err := sampled(s, p.connections[len(p.connections)-1], min(p.duration, 500*time.Millisecond)); err != nil {
			return nil, err
		}
	}
	for round := range p.rounds {
		for _, connections := range p.connections {
			for i := range servers.all {
				if round%2 == 1 {
					i = len(servers.all) - 1 - i
				}
				s := servers.all[i]
				progress(fmt.Sprintf("round %d of %d, %d connections: %s", round+1, p.rounds, connections, s.name))
				got, err := sampled(s, connections, p.duration)
				if err != nil {
					return nil, err
				}
				got.Round = round
				r.Samples = append(r.Samples, got)
			}
		}
	}
	progress("checking what is stored")
	err = r.Check.run(ctx, servers.byName(gatepost))
	progress("")
	return r, err
}

// progress shows what is going on, to people only.
func progress(text string) {
	if info, err := os.Stderr.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		fmt.Fprintf(os.Stderr, "\r\x1b[K%s", text)
	}
}
