package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// usage is CPU time used up to a moment. It is known on Linux only.
type usage struct {
	at     time.Time
	first  time.Duration // by the first of the processes asked for
	others time.Duration // by everybody who was not asked for
	known  bool
}

const tick = 10 * time.Millisecond // Linux counts in these towards programs, whatever it does inside

func readUsage(pids []int) usage {
	u := usage{at: time.Now()}
	all, err := os.ReadFile("/proc/stat")
	if err != nil {
		return u
	}
	line, _, _ := bytes.Cut(all, []byte("\n"))
	times := ticks(strings.Fields(string(line)))
	if len(times) < 9 {
		return u
	}
	// user, nice, system, irq, softirq and steal: all but idling and waiting for disks.
	u.others = times[1] + times[2] + times[3] + times[6] + times[7] + times[8]
	for i, pid := range pids {
		used, err := processTime(pid)
		if err != nil {
			return u
		}
		if i == 0 {
			u.first = used
		}
		u.others -= used
	}
	u.known = true
	return u
}

func processTime(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The program's name, in parentheses, can hold anything.
	times := ticks(strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])))
	const user, system = 11, 12
	if len(times) <= system {
		return 0, fmt.Errorf("process %d: its times are missing", pid)
	}
	return times[user] + times[system], nil
}

// ticks reads times; what is no number is zero.
func ticks(fields []string) []time.Duration {
	times := make([]time.Duration, len(fields))
	for i, field := range fields {
		n, _ := strconv.ParseInt(field, 10, 64)
		times[i] = time.Duration(n) * tick
	}
	return times
}
