package badger

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatepost/gatepost/store"
)

// diskLevel is how much room the disk has left.
type diskLevel int32

const (
	diskEnough diskLevel = iota
	diskLow              // below Policy.MinFreeDisk: no new events
	diskFull             // below half of it: nothing is written
)

// A full disk kills the process by SIGBUS, because Badger writes through memory maps. diskGuard
// stops the writing before that. It asks the file system again once diskEvery has passed or
// diskBytes were written.
type diskGuard struct {
	s *shared

	mu      sync.Mutex
	asked   time.Time
	written int64
	now     atomic.Int32
}

const (
	diskEvery = 250 * time.Millisecond
	diskBytes = 8 << 20
)

func (g *diskGuard) init(s *shared) { g.s = s }

// forget makes the next call ask again.
func (g *diskGuard) forget() {
	g.mu.Lock()
	g.asked = time.Time{}
	g.mu.Unlock()
}

func (g *diskGuard) level() diskLevel { return g.before(0) }

// before is called before n bytes are written.
func (g *diskGuard) before(n int) diskLevel {
	least := g.s.limits().MinFreeDisk
	if least <= 0 {
		g.now.Store(int32(diskEnough))
		return diskEnough
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.written += int64(n)
	now := g.s.now()
	if age := now.Sub(g.asked); age >= 0 && age < diskEvery && g.written < diskBytes {
		return diskLevel(g.now.Load())
	}
	g.asked, g.written = now, 0
	free, err := g.s.opts.Hooks.DiskFree(g.s.dir)
	if err != nil { // before the directory exists, or where it cannot be asked: do not guess
		return diskLevel(g.now.Load())
	}
	level := diskEnough
	switch {
	case free < least/2:
		level = diskFull
	case free < least:
		level = diskLow
	}
	if was := diskLevel(g.now.Swap(int32(level))); was != level {
		if level == diskEnough {
			g.s.log.Info("the disk has room again", "free", free, "min_free_disk", least)
		} else {
			g.s.log.Error("the disk is almost full: events are refused", "free", free, "min_free_disk", least)
		}
	}
	return level
}

func (l diskLevel) err() error {
	if l == diskEnough {
		return nil
	}
	return fmt.Errorf("%w: free some space, or lower min_free_disk", store.ErrDiskLow)
}
