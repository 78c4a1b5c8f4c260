package providers

import (
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestCacheKeepsForItsLifetime(t *testing.T) {
	c := cache[int]{lifetime: time.Hour}
	loads := 0
	load := func() (int, error) { loads++; return loads, nil }
	for _, step := range []struct {
		at   time.Duration
		want int
	}{{0, 1}, {time.Hour - 1, 1}, {time.Hour, 2}, {2*time.Hour - 1, 2}, {2 * time.Hour, 3}} {
		if got, err := c.get("key", now.Add(step.at), load); err != nil || got != step.want {
			t.Errorf("after %v: %d, %v, want %d", step.at, got, err, step.want)
		}
	}
	if got, _ := c.newer("key", now.Add(2*time.Hour), now.Add(2*time.Hour+time.Second), load); got != 4 {
		t.Errorf("a newer one was asked for: %d", got)
	}
}

func TestCacheForgetsFailuresSoon(t *testing.T) {
	c := cache[int]{lifetime: time.Hour}
	loads := 0
	load := func() (int, error) {
		if loads++; loads == 1 {
			return 0, errors.New("down")
		}
		return loads, nil
	}
	for _, step := range []struct {
		at    time.Duration
		fails bool
		loads int
	}{{0, true, 1}, {failedFor - 1, true, 1}, {failedFor, false, 2}} {
		if _, err := c.get("key", now.Add(step.at), load); (err != nil) != step.fails || loads != step.loads {
			t.Errorf("after %v: %v, %d loads", step.at, err, loads)
		}
	}
}

func TestCacheSharesOneCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cache[int]{lifetime: time.Hour}
		var loads atomic.Int32
		release := make(chan struct{})
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				got, err := c.get("key", now, func() (int, error) {
					loads.Add(1)
					<-release
					return 7, nil
				})
				if got != 7 || err != nil {
					t.Errorf("%d, %v", got, err)
				}
			})
		}
		synctest.Wait()
		close(release)
		wg.Wait()
		if loads.Load() != 1 {
			t.Errorf("%d calls", loads.Load())
		}
	})
}

func TestCachePanicIsNoDeadlock(t *testing.T) {
	c := cache[int]{lifetime: time.Hour}
	func() {
		defer func() { _ = recover() }()
		_, _ = c.get("key", now, func() (int, error) { panic("broken") })
	}()
	if _, err := c.get("key", now, func() (int, error) { return 1, nil }); err == nil {
		t.Error("what panicked counts as loaded")
	}
}

// A sender can name as many keys as it likes: few are fetched, none are kept at the expense of the
// good ones.
func TestCacheUnderInventedKeys(t *testing.T) {
	c := cache[int]{lifetime: 24 * time.Hour}
	good := func() (int, error) { return 1, nil }
	if _, err := c.get("good", now, good); err != nil {
		t.Fatal(err)
	}
	calls := 0
	invented := func() (int, error) { calls++; return 0, errors.New("404") }
	at := now
	for i := range 1000 {
		at = at.Add(time.Second)
		if _, err := c.get("invented"+strconv.Itoa(i), at, invented); err == nil {
			t.Fatal("an invented key")
		}
	}
	if most := maxNewKeys + int(at.Sub(now)/newKeyInterval); calls > most {
		t.Errorf("%d calls in %v, want at most %d", calls, at.Sub(now), most)
	}
	if len(c.entries) > maxCached {
		t.Errorf("%d entries", len(c.entries))
	}
	if _, err := c.get("good", at, func() (int, error) { return 0, errors.New("was dropped") }); err != nil {
		t.Error(err)
	}
	// Past its lifetime the good one is fetched although new keys are not.
	at = now.Add(24 * time.Hour)
	for i := range 2 * maxNewKeys {
		_, _ = c.get("late"+strconv.Itoa(i), at, invented)
	}
	if _, err := c.get("good", at, good); err != nil {
		t.Errorf("the good key is not fetched again: %v", err)
	}
	if _, err := c.get("new", at, good); !errors.Is(err, errTooManyKeys) {
		t.Errorf("a new key: %v", err)
	}
}
