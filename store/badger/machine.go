package badger

import (
	"math/rand/v2"
	"time"
)

func (h Hooks) orReal() Hooks {
	if h.Commit == nil {
		h.Commit = func(commit func() error) error { return commit() }
	}
	if h.DiskFree == nil {
		h.DiskFree = diskFree
	}
	if h.OpenFiles == nil {
		h.OpenFiles = openFiles
	}
	if h.Backoff == nil {
		h.Backoff = backoff
	}
	return h
}

// backoff doubles from half a second to half a minute, less up to a fifth of it.
func backoff(failures int) time.Duration {
	d := min(500*time.Millisecond<<min(failures, 6), 30*time.Second)
	return d - rand.N(d/5)
}
