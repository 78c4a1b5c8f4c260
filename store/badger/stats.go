package badger

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// counters outlive sessions.
type counters struct {
	bytes, damaged, removed atomic.Int64
	commits, commitNanos    atomic.Int64
	ended                   [event.Held + 1]atomic.Int64
}

// Stats are read from memory. Bytes is a few seconds old.
func (s *Store) Stats() store.Stats {
	c := &s.stats
	return store.Stats{
		Bytes:   c.bytes.Load(),
		Damaged: c.damaged.Load(),
		Removed: c.removed.Load(),
		Commits: store.CommitStats{
			Count:   c.commits.Load(),
			Seconds: time.Duration(c.commitNanos.Load()).Seconds(),
		},
		Ended: map[event.State]int64{
			event.Delivered: c.ended[event.Delivered].Load(),
			event.Dead:      c.ended[event.Dead].Load(),
			event.Cancelled: c.ended[event.Cancelled].Load(),
		},
		Quarantine: s.quarantineSizes(),
	}
}

// damage counts a record that failed its checksum and says which it was, never what was in it.
func (s *shared) damage(what string, id any) {
	s.stats.damaged.Add(1)
	s.log.Error("a damaged record is left out", "record", what, "id", id)
}

// measure finds out what the directory takes on disk.
func (s *shared) measure() {
	names, err := filepath.Glob(filepath.Join(s.dir, "*"))
	if err != nil {
		return
	}
	var n int64
	for _, name := range names {
		if fi, err := os.Lstat(name); err == nil && fi.Mode().IsRegular() {
			n += allocated(fi)
		}
	}
	s.stats.bytes.Store(n)
}
