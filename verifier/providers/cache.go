package providers

import (
	"errors"
	"sync"
	"time"
)

// Bounds on a cache. A sender chooses what is looked up, so that all of it may be an attacker's.
const (
	maxCached = 32
	// failedFor is how long a failure is remembered.
	failedFor = 30 * time.Second
	// New keys cost a call each: so many at once, and one more in each interval.
	maxNewKeys     = 20
	newKeyInterval = 3 * time.Second
)

var errTooManyKeys = errors.New("requests name too many keys that are not known yet: none is fetched for some seconds")

// cache keeps what was fetched for a time. Callers that want one key at once share one call.
type cache[T any] struct {
	lifetime time.Duration

	mu      sync.Mutex
	entries map[string]*cached[T]
	spent   int       // calls for new keys
	spentAt time.Time // when one was last given back
}

type cached[T any] struct {
	at     time.Time
	proven bool          // the key was good once: it is no sender's invention
	loaded chan struct{} // closed when the rest is set
	value  T
	err    error
}

// get is what load yields for the key, or yielded not long ago.
func (c *cache[T]) get(key string, now time.Time, load func() (T, error)) (T, error) {
	return c.newer(key, time.Time{}, now, load)
}

// newer is get, for a value that was loaded after a time.
func (c *cache[T]) newer(key string, after, now time.Time, load func() (T, error)) (T, error) {
	e, mine, err := c.entry(key, after, now)
	if err != nil {
		return *new(T), err
	}
	if !mine {
		<-e.loaded
		return e.value, e.err
	}
	e.err = errors.New("fetching the key failed") // should load panic
	defer close(e.loaded)
	e.value, e.err = load()
	e.proven = e.proven || e.err == nil
	return e.value, e.err
}

// entry finds the entry of the key; mine says that the caller has to load it.
func (c *cache[T]) entry(key string, after, now time.Time) (e *cached[T], mine bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	old, known := c.entries[key]
	if known && (!old.isLoaded() || old.err != nil && now.Sub(old.at) < failedFor ||
		old.err == nil && now.Sub(old.at) < c.lifetime && old.at.After(after)) {
		return old, false, nil
	}
	// A key that was good once is fetched again whatever else is asked for.
	proven := known && old.proven
	if !proven && !c.spend(now) || !known && !c.makeRoom() {
		return nil, false, errTooManyKeys
	}
	if c.entries == nil {
		c.entries = map[string]*cached[T]{}
	}
	e = &cached[T]{at: now, proven: proven, loaded: make(chan struct{})}
	c.entries[key] = e
	return e, true, nil
}

// spend takes one of the calls for new keys, if there is one left.
func (c *cache[T]) spend(now time.Time) bool {
	if back := int(now.Sub(c.spentAt) / newKeyInterval); back > 0 {
		c.spent, c.spentAt = max(c.spent-back, 0), now
	}
	if c.spent >= maxNewKeys {
		return false
	}
	c.spent++
	return true
}

// makeRoom drops an entry if there are too many: the oldest of the keys that were never good, else
// the oldest of all.
func (c *cache[T]) makeRoom() bool {
	if len(c.entries) < maxCached {
		return true
	}
	var drop string
	var worst *cached[T]
	for key, e := range c.entries {
		if !e.isLoaded() {
			continue
		}
		if worst == nil || !e.proven && worst.proven || e.proven == worst.proven && e.at.Before(worst.at) {
			drop, worst = key, e
		}
	}
	delete(c.entries, drop)
	return worst != nil
}

func (e *cached[T]) isLoaded() bool {
	select {
	case <-e.loaded:
		return true
	default:
		return false
	}
}
