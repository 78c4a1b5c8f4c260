package main

import (
	"os"
	"path/filepath"
	"slices"
	"time"
)

// disk is what syncing costs where the events are.
type disk struct {
	PerSecond float64 `json:"syncs_per_second"`
	P50       float64 `json:"p50_us"`
	P99       float64 `json:"p99_us"`
}

// probeDisk appends 4 KiB and syncs, again and again.
func probeDisk(dir string, duration time.Duration) (disk, error) {
	f, err := os.Create(filepath.Join(dir, "probe"))
	if err != nil {
		return disk{}, err
	}
	defer func() {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}()
	block := make([]byte, 4<<10)
	var took []time.Duration
	started := time.Now()
	for now := started; now.Sub(started) < duration; {
		if _, err := f.Write(block); err != nil {
			return disk{}, err
		}
		if err := f.Sync(); err != nil {
			return disk{}, err
		}
		done := time.Now()
		took = append(took, done.Sub(now))
		now = done
	}
	rate := float64(len(took)) / time.Since(started).Seconds()
	slices.Sort(took)
	return disk{PerSecond: rate, P50: microseconds(took[len(took)/2]), P99: microseconds(took[len(took)*99/100])}, nil
}
