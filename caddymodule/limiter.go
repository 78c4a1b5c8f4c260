package caddymodule

import (
	"sync"
	"time"
)

// limiter lets one line of a kind into the log every lineInterval and counts the others: whoever sends bad
// requests must not fill the disk.
type limiter struct {
	mu    sync.Mutex
	kinds map[string]*limited
}

type limited struct {
	last    time.Time
	omitted int
}

const lineInterval = 10 * time.Second

func (l *limiter) allow(kind string, now time.Time) (omitted int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.kinds[kind]
	if k == nil {
		if l.kinds == nil {
			l.kinds = make(map[string]*limited) // one entry for each code or route: bounded by the config
		}
		l.kinds[kind] = &limited{last: now}
		return 0, true
	}
	if now.Sub(k.last) < lineInterval {
		k.omitted++
		return 0, false
	}
	omitted = k.omitted
	k.last, k.omitted = now, 0
	return omitted, true
}
