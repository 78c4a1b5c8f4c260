package badger

import (
	"sync"
	"sync/atomic"
	"time"
)

// Badger loses committed keys, or ends the process, when it cannot open a file while it compacts.
// fileGuard sees to it that new events are refused long before the process has no files left.
type fileGuard struct {
	s    *shared
	mu   sync.Mutex
	last time.Time
	over atomic.Bool
}

const (
	filesEvery   = time.Second
	filesAdvised = 8192 // a limit below it is worth a warning
	filesPercent = 80   // of the limit may be open
)

func (g *fileGuard) init(s *shared) { g.s = s }

// exhausted reports whether so many files are open that no event should be taken.
func (g *fileGuard) exhausted() bool {
	if !g.mu.TryLock() { // someone is counting
		return g.over.Load()
	}
	defer g.mu.Unlock()
	now := g.s.now()
	if age := now.Sub(g.last); age >= 0 && age < filesEvery {
		return g.over.Load()
	}
	g.last = now
	open, limit, known := g.s.opts.Hooks.OpenFiles()
	over := known && open >= limit*filesPercent/100
	if g.over.Swap(over) != over {
		if over {
			g.s.log.Error("too many files are open: events are refused", "open", open, "limit", limit)
		} else {
			g.s.log.Info("files are available again", "open", open, "limit", limit)
		}
	}
	return over
}

// advise warns of a low limit.
func (g *fileGuard) advise() {
	if _, limit, known := g.s.opts.Hooks.OpenFiles(); known && limit < filesAdvised {
		g.s.log.Warn("the limit of open files is low: raise it (ulimit -n, LimitNOFILE=)", "limit", limit, "advised", filesAdvised)
	}
}
