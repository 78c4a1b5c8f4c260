package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"
)

// result is everything that a run found out.
type result struct {
	Machine string        `json:"machine"`
	Sync    time.Duration `json:"sync_ns"` // of 4 KiB, the median
	Samples []sample      `json:"samples"`
	Check   check         `json:"check"`
}

func describeMachine() string {
	return fmt.Sprintf("%s/%s, %d processors, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
}

func (r *result) print(w io.Writer) {
	fmt.Fprintf(w, "%s; syncing 4 KiB takes %s\n", r.Machine, short(r.Sync))
	for _, connections := range r.connections() {
		fmt.Fprintf(w, "\n%d connections\n", connections)
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(t, "\trequests/s\tto respond\t\tto proxy\t\tp50\tp99\tCPU\tclean\t")
		for _, name := range r.servers() {
			samples := r.of(name, connections)
			fmt.Fprintf(t, "%s\t%.0f\t%s\t%s\t%s\t%s\t%s\t%s\t\n", name,
				median(samples, func(s sample) float64 { return s.PerSecond }),
				r.ratio(name, "respond", connections), r.ratio(name, "proxy", connections),
				short(medianTime(samples, func(s sample) time.Duration { return s.P50 })),
				short(medianTime(samples, func(s sample) time.Duration { return s.P99 })),
				short(medianTime(samples, func(s sample) time.Duration { return s.CPU })),
				cleanliness(samples))
		}
		_ = t.Flush()
	}
	fmt.Fprintln(w, "\nMedians of the clean samples, or of all if none is clean. A sample is clean if other processes kept less")
	fmt.Fprintf(w, "than %.2f processors busy meanwhile. Ratios are of samples of one round, with the lowest and the highest.\n", contaminated)
	for _, s := range r.Samples {
		if s.Failed > 0 {
			fmt.Fprintf(w, "%s failed %d of %d requests at %d connections: %s\n", s.Server, s.Failed, s.Failed+s.Requests, s.Connections, s.Failure)
		}
	}
	fmt.Fprintf(w, "gatepost acknowledged %d events; killed and started again it holds %d.\n", r.Check.Acknowledged, r.Check.Stored)
}

func (r *result) connections() []int {
	var all []int
	for _, s := range r.Samples {
		if !slices.Contains(all, s.Connections) {
			all = append(all, s.Connections)
		}
	}
	return all
}

func (r *result) servers() []string {
	var all []string
	for _, s := range r.Samples {
		if s.Round == 0 && !slices.Contains(all, s.Server) {
			all = append(all, s.Server)
		}
	}
	return all
}

// of is the samples of a server by round.
func (r *result) of(name string, connections int) []sample {
	var all []sample
	for _, s := range r.Samples {
		if s.Server == name && s.Connections == connections {
			all = append(all, s)
		}
	}
	return all
}

// ratio compares two servers round by round.
func (r *result) ratio(name, base string, connections int) string {
	var all, clean []float64
	bases := r.of(base, connections)
	for i, s := range r.of(name, connections) {
		ratio := s.PerSecond / bases[i].PerSecond
		all = append(all, ratio)
		if s.clean() && bases[i].clean() {
			clean = append(clean, ratio)
		}
	}
	if name == base || len(all) == 0 {
		return "\t"
	}
	if len(clean) == 0 {
		clean = all
	}
	return fmt.Sprintf("%.2f\t[%.2f..%.2f]", middle(clean), slices.Min(all), slices.Max(all))
}

func cleanliness(samples []sample) string {
	clean := 0
	for _, s := range samples {
		if s.Others < 0 {
			return "unknown"
		}
		if s.clean() {
			clean++
		}
	}
	return fmt.Sprintf("%d/%d", clean, len(samples))
}

// median is the median of the clean samples, or of all if none is clean.
func median(samples []sample, of func(sample) float64) float64 {
	var all, clean []float64
	for _, s := range samples {
		all = append(all, of(s))
		if s.clean() {
			clean = append(clean, of(s))
		}
	}
	if len(clean) == 0 {
		clean = all
	}
	return middle(clean)
}

func medianTime(samples []sample, of func(sample) time.Duration) time.Duration {
	return time.Duration(median(samples, func(s sample) float64 { return float64(of(s)) }))
}

func middle(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	if n%2 == 1 {
		return values[n/2]
	}
	return (values[n/2-1] + values[n/2]) / 2
}

// short is a duration with three digits at most.
func short(d time.Duration) string {
	switch {
	case d <= 0:
		return "-"
	case d < time.Millisecond:
		return fmt.Sprintf("%dµs", d.Microseconds())
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1fms", d.Seconds()*1e3)
	}
	return fmt.Sprintf("%dms", d.Milliseconds())
}
