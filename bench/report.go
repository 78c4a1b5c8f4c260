package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// result is everything a run found out.
type result struct {
	Machine  machine  `json:"machine"`
	Disk     disk     `json:"disk"`
	Duration float64  `json:"sample_seconds"`
	Stored   int      `json:"stored"` // events, as many as were acknowledged
	Samples  []sample `json:"samples"`
}

type machine struct {
	OS   string `json:"os"`
	Arch string `json:"arch"`
	CPUs int    `json:"cpus"`
	Go   string `json:"go"`
}

// sample is one case under load for a while.
type sample struct {
	Case      string   `json:"case"`
	Conns     int      `json:"connections"`
	Round     int      `json:"round"`
	Requests  int      `json:"requests"`
	Rate      float64  `json:"requests_per_second"`
	P50       float64  `json:"p50_us"`
	P99       float64  `json:"p99_us"`
	CPU       float64  `json:"server_cpu_us,omitempty"`   // per request; Linux only
	Others    *float64 `json:"others_cores,omitempty"`    // used by other processes; Linux only
	PerCommit float64  `json:"acks_per_commit,omitempty"` // Gatepost only
}

// disturbing is how many cores others may use before a sample counts as disturbed. The rule looks at
// others alone, never at the result.
const disturbing = 0.25

func (s sample) clean() bool { return s.Others == nil || *s.Others <= disturbing }

// of picks the samples of a case, in the order of rounds.
func (r *result) of(name string, conns int) (picked []sample) {
	for _, s := range r.Samples {
		if s.Case == name && s.Conns == conns {
			picked = append(picked, s)
		}
	}
	slices.SortFunc(picked, func(a, b sample) int { return cmp.Compare(a.Round, b.Round) })
	return picked
}

// trusted is the clean ones, or all if those are fewer than half: a single quiet moment says less than
// many others.
func trusted[T interface{ clean() bool }](all []T) []T {
	clean := slices.DeleteFunc(slices.Clone(all), func(s T) bool { return !s.clean() })
	if 2*len(clean) < len(all) {
		return all
	}
	return clean
}

// pair is two cases in the same round.
type pair struct{ a, b sample }

func (p pair) clean() bool { return p.a.clean() && p.b.clean() }

// ratio compares a case to another, round by round.
type ratio struct{ median, least, most float64 }

func (r *result) ratio(name, base string, conns int) ratio {
	a, b := r.of(name, conns), r.of(base, conns)
	var pairs []pair
	for i := range a {
		pairs = append(pairs, pair{a[i], b[i]})
	}
	var values []float64
	for _, p := range trusted(pairs) {
		values = append(values, p.a.Rate/p.b.Rate)
	}
	return ratio{median(values), slices.Min(values), slices.Max(values)}
}

func (r ratio) String() string { return fmt.Sprintf("%.2f [%.2f..%.2f]", r.median, r.least, r.most) }

func median(values []float64) float64 {
	values = slices.Sorted(slices.Values(values))
	n := len(values)
	if n == 0 {
		return 0
	}
	return (values[(n-1)/2] + values[n/2]) / 2
}

func medianOf(samples []sample, field func(sample) float64) float64 {
	var values []float64
	for _, s := range samples {
		values = append(values, field(s))
	}
	return median(values)
}

// print writes Markdown, to be pasted as it is.
func (r *result) print(to io.Writer) {
	fmt.Fprintf(to, "%s/%s, %d CPUs, %s; 4 KiB append and fsync: %.0f/s, p50 %.0f µs, p99 %.0f µs\n",
		r.Machine.OS, r.Machine.Arch, r.Machine.CPUs, r.Machine.Go, r.Disk.PerSecond, r.Disk.P50, r.Disk.P99)
	fmt.Fprintf(to, "medians of %.3g s samples; ratios within a round: median [least..most]; clean: other processes used at most %.2f cores;\nif fewer than half are clean, all count\n", r.Duration, disturbing)

	var conns []int
	for _, s := range r.Samples {
		if !slices.Contains(conns, s.Conns) {
			conns = append(conns, s.Conns)
		}
	}
	for _, n := range conns {
		fmt.Fprintf(to, "\n%d connections\n\n", n)
		table := tabwriter.NewWriter(to, 0, 0, 1, ' ', 0)
		fmt.Fprintln(table, "| case\t| clean\t| req/s\t| to respond\t| to reverse_proxy\t| p50 µs\t| p99 µs\t| CPU µs/req\t| acks/commit\t|")
		fmt.Fprintln(table, "| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t|")
		for _, name := range cases {
			r.printRow(table, name, n)
		}
		_ = table.Flush()
	}
	fmt.Fprintf(to, "\n%d events acknowledged; after a crash each of them is stored, once\n", r.Stored)
}

func (r *result) printRow(to io.Writer, name string, conns int) {
	all := r.of(name, conns)
	used := trusted(all)
	clean := 0
	for _, s := range all {
		if s.clean() {
			clean++
		}
	}
	number := func(field func(sample) float64, format string) string {
		if v := medianOf(used, field); v > 0 {
			return fmt.Sprintf(format, v)
		}
		return ""
	}
	fmt.Fprintf(to, "| %s\t| %d/%d\t| %s\t| %s\t| %s\t| %s\t| %s\t| %s\t| %s\t|\n", name, clean, len(all),
		number(func(s sample) float64 { return s.Rate }, "%.0f"),
		r.ratio(name, caseRespond, conns), r.ratio(name, caseProxy, conns),
		number(func(s sample) float64 { return s.P50 }, "%.0f"),
		number(func(s sample) float64 { return s.P99 }, "%.0f"),
		number(func(s sample) float64 { return s.CPU }, "%.1f"),
		number(func(s sample) float64 { return s.PerCommit }, "%.1f"))
}
