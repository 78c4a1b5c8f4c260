// Package badger is the embedded storage engine: one process, one directory, no server.
//
// Store is what lasts, session is one opening of the directory. A session ends, with everything it
// holds in memory, when the store is closed or at the first write that fails; in the second case
// the store opens the directory anew.
package badger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// Options say where the store is. Only Dir is needed.
type Options struct {
	Dir    string           // made, for its owner alone, if it does not exist
	Now    func() time.Time // the clock; time.Now if nil
	Logger *slog.Logger     // slog.Default() if nil

	// LockWait is how long opening waits for another process to leave the directory; 10 s if zero.
	LockWait time.Duration
	// Hooks stand in for the machine in tests.
	Hooks Hooks
}

// Hooks replace what the engine asks the machine. Nil ones are the real thing.
type Hooks struct {
	Commit    func(commit func() error) error      // around each atomic write
	DiskFree  func(dir string) (int64, error)      // bytes free for this process
	OpenFiles func() (open, limit int, known bool) // files this process has open, and may have
	Backoff   func(failures int) (d time.Duration) // before opening is tried again
}

// Store is a storage engine in one directory.
type Store struct {
	shared

	mu       sync.Mutex
	state    state
	err      error         // why there is no session; nil while nothing was tried
	attempt  chan struct{} // closed when the first attempt to open has ended
	closing  chan struct{} // closed by Close
	ended    chan struct{} // closed when the goroutine that opens has returned
	current  atomic.Pointer[session]
	isClosed atomic.Bool
}

type state int

const (
	idle state = iota // nothing asked for the store yet
	running
	closed
)

// shared is what sessions have in common.
type shared struct {
	dir   string
	opts  Options
	log   *slog.Logger
	stats counters
	disk  diskGuard
	files fileGuard

	policy   atomic.Pointer[store.Policy]
	ready    atomic.Pointer[func(event.Route)]
	policied chan struct{} // wakes the janitor
}

func (s *shared) now() time.Time { return s.opts.Now() }

func (s *shared) limits() store.Policy { return *s.policy.Load() }

var _ store.Engine = (*Store)(nil)

// New makes a store without touching the disk. It opens by itself when it is first used, or by Open.
func New(o Options) *Store {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.LockWait == 0 {
		o.LockWait = 10 * time.Second
	}
	o.Hooks = o.Hooks.orReal()
	dir := o.Dir
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	s := &Store{
		shared: shared{
			dir: dir, opts: o, log: o.Logger.With("store", dir),
			policied: make(chan struct{}, 1),
		},
		attempt: make(chan struct{}),
		closing: make(chan struct{}),
		ended:   make(chan struct{}),
	}
	s.policy.Store(&store.Policy{})
	s.disk.init(&s.shared)
	s.files.init(&s.shared)
	return s
}

// Open opens the store unless it is open. It returns when the first attempt has ended. Whatever the
// error, the store goes on trying in the background until it is closed.
//
// While another process has the directory it waits up to Options.LockWait, then returns an error
// that wraps store.ErrLocked.
func (s *Store) Open(ctx context.Context) error {
	s.mu.Lock()
	switch s.state {
	case closed:
		s.mu.Unlock()
		return store.ErrClosed
	case idle:
		s.state = running
		go s.run()
	}
	s.mu.Unlock()

	select {
	case <-s.attempt:
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.trouble()
}

// trouble is why the store cannot be used, or nil.
func (s *Store) trouble() error {
	if s.isClosed.Load() {
		return store.ErrClosed
	}
	if ss := s.current.Load(); ss != nil {
		return ss.trouble()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return cmp.Or(s.err, store.ErrUnavailable)
}

// patience is how many times in a row Badger may fail to open before it is tried less often: it
// leaves goroutines and memory behind each time, and by then it is likely to need help.
const patience = 7

// run keeps the directory open until Close.
func (s *Store) run() {
	defer close(s.ended)
	for failures := 0; ; failures++ {
		ss, err := s.openSession()
		hopeless := errors.Is(err, errBadger) && failures >= patience
		if err != nil {
			s.become(nil, fmt.Errorf("%w: %w", store.ErrUnavailable, err))
			if !s.isClosed.Load() {
				s.log.Error("the store cannot be opened; it is tried again", "error", err)
			}
		} else {
			failures = 0
			s.become(ss, nil)
			ss.announce()
			select {
			case <-ss.failed:
				s.become(nil, ss.trouble())
				s.log.Error("the store failed; it is opened anew", "error", ss.trouble())
			case <-s.closing:
				s.become(nil, store.ErrClosed)
			}
			ss.close()
		}
		wait := s.opts.Hooks.Backoff(failures)
		if hopeless {
			wait *= 30
		}
		select {
		case <-time.After(wait):
		case <-s.closing:
			return
		}
	}
}

func (s *Store) become(ss *session, err error) {
	s.mu.Lock()
	s.err = err
	s.current.Store(ss)
	s.mu.Unlock()
	select {
	case <-s.attempt:
	default:
		close(s.attempt)
	}
}

// use returns the session, opening it if need be. The caller must leave it.
func (s *Store) use(ctx context.Context) (*session, error) {
	if s.isClosed.Load() {
		return nil, store.ErrClosed
	}
	if s.current.Load() == nil {
		if err := s.Open(ctx); err != nil {
			return nil, err
		}
	}
	ss := s.current.Load()
	if ss == nil || !ss.users.enter() {
		return nil, cmp.Or(s.trouble(), store.ErrUnavailable)
	}
	if err := ss.trouble(); err != nil {
		ss.users.leave()
		return nil, err
	}
	return ss, nil
}

// Close ends the use of the directory. Writes that were accepted are completed first.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.state == idle {
		close(s.ended)
	}
	if s.state != closed {
		s.state = closed
		s.isClosed.Store(true)
		close(s.closing)
	}
	s.mu.Unlock()
	<-s.ended
	return nil
}

// SetPolicy replaces the limits. Before the first call nothing is removed and the disk not watched.
func (s *Store) SetPolicy(p store.Policy) {
	s.policy.Store(&p)
	s.disk.forget()
	select {
	case s.policied <- struct{}{}:
	default:
	}
}

// SetReady registers what is called for each route that got something to lease.
func (s *Store) SetReady(ready func(event.Route)) { s.ready.Store(&ready) }

// Health is store_unavailable, disk_low or overloaded, or several of them.
func (s *Store) Health() []string {
	var reasons []string
	low := s.disk.level() != diskEnough
	if err := s.lastError(); err != nil {
		low = low || errors.Is(err, store.ErrDiskLow)
		if !errors.Is(err, store.ErrDiskLow) {
			reasons = append(reasons, "store_unavailable")
		}
	}
	if low {
		reasons = append(reasons, "disk_low")
	}
	if s.files.exhausted() {
		reasons = append(reasons, "overloaded")
	}
	return reasons
}

// lastError is like trouble, but nil for a store that nothing has asked for yet.
func (s *Store) lastError() error {
	s.mu.Lock()
	untouched := s.state == idle
	s.mu.Unlock()
	if untouched {
		return nil
	}
	return s.trouble()
}
