package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// sample is one server under load for a while.
type sample struct {
	Server      string        `json:"server"`
	Connections int           `json:"connections"`
	Round       int           `json:"round"`
	Requests    int           `json:"requests"`
	Failed      int           `json:"failed"`
	Failure     string        `json:"failure,omitempty"`
	PerSecond   float64       `json:"per_second"`
	P50         time.Duration `json:"p50_ns"`
	P99         time.Duration `json:"p99_ns"`
	// CPU is what a request cost the server, with the work that it put off until after the sample.
	CPU time.Duration `json:"cpu_ns,omitempty"`
	// Others is how many processors were busy for processes that are no part of the benchmark; -1
	// where that cannot be told.
	Others float64 `json:"others"`
}

// contaminated is how many busy processors of others make a sample doubtful.
const contaminated = 0.25

func (s sample) clean() bool { return s.Others <= contaminated }

// settling bounds how long a server may go on working after a sample.
const settling = 5 * time.Second

func (s *servers) sample(ctx context.Context, one *server, connections int, d time.Duration, firstID uint64) (sample, error) {
	in, err := json.Marshal(order{Address: one.address, Connections: connections, Duration: d, FirstID: firstID})
	if err != nil {
		return sample{}, err
	}
	cmd, err := again(roleLoad)
	if err != nil {
		return sample{}, err
	}
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout = bytes.NewReader(in), &out

	before := s.usage(one)
	if err := cmd.Start(); err != nil {
		return sample{}, err
	}
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
	defer stop()
	if err := cmd.Wait(); err != nil {
		return sample{}, fmt.Errorf("loading %s: %w", one.name, err)
	}
	after := s.usage(one)
	var l load
	if err := json.Unmarshal(out.Bytes(), &l); err != nil {
		return sample{}, fmt.Errorf("loading %s: %w", one.name, err)
	}
	if l.Requests == 0 {
		return sample{}, fmt.Errorf("%s took no request: %s", one.name, l.Failure)
	}
	result := sample{
		Server: one.name, Connections: connections, Requests: l.Requests, Failed: l.Failed, Failure: l.Failure,
		PerSecond: float64(l.Requests) / l.Elapsed.Seconds(), P50: l.P50, P99: l.P99, Others: -1,
	}
	if before.known {
		generator := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		others := after.machine - before.machine - (after.ours - before.ours) - generator
		result.Others = max(0, others.Seconds()/after.at.Sub(before.at).Seconds())
		result.CPU = (s.settle(ctx, one).server - before.server) / time.Duration(l.Requests)
	}
	return result, nil
}

// usage is processor time used since some moment in the past.
type usage struct {
	known   bool
	at      time.Time
	machine time.Duration // by everything
	server  time.Duration // by the server that is measured
	ours    time.Duration // by all processes of the benchmark but the load generator
}

func (s *servers) usage(one *server) usage {
	u := usage{at: time.Now(), known: true}
	var ok bool
	if u.machine, ok = machineTime(); !ok {
		return usage{}
	}
	for _, other := range s.all {
		used, ok := processTime(other.cmd.Process.Pid)
		u.known = u.known && ok
		u.ours += used
		if other == one {
			u.server = used
		}
	}
	for _, pid := range []int{s.upstream.Process.Pid, os.Getpid()} {
		used, ok := processTime(pid)
		u.known = u.known && ok
		u.ours += used
	}
	return u
}

// settle waits until the server does no more work, so that what it put off does not burden the next.
func (s *servers) settle(ctx context.Context, one *server) usage {
	last := s.usage(one)
	for deadline := time.Now().Add(settling); time.Now().Before(deadline) && ctx.Err() == nil; {
		time.Sleep(100 * time.Millisecond)
		now := s.usage(one)
		if now.server-last.server <= 10*time.Millisecond {
			return now
		}
		last = now
	}
	return last
}

// probeSync is how long the disk takes to sync 4 KiB, half the time.
func probeSync(dir string) time.Duration {
	f, err := os.Create(filepath.Join(dir, "probe"))
	if err != nil {
		return 0
	}
	defer f.Close()
	block := make([]byte, 4<<10)
	var took []time.Duration
	for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); {
		began := time.Now()
		if _, err := f.Write(block); err != nil {
			return 0
		}
		if err := f.Sync(); err != nil {
			return 0
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return took[len(took)/2]
}
