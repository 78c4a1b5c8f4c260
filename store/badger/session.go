package badger

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	bdg "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// session is one opening of the directory, and all that is known of it in memory.
type session struct {
	*shared
	db     *bdg.DB
	users  users
	queues queues
	marks  markBuckets // used by the committer alone
	writer committer
	audit  audit

	quarantine quarantine

	janitor   janitor
	sweeps    sweeps
	additions additions

	failOnce sync.Once
	failed   chan struct{} // closed after the first failure
	failure  atomic.Pointer[error]
}

// What of a batch goes into one transaction: Badger takes 15 % of MemTableSize.
const (
	memTableSize   = 16 << 20
	batchEntries   = 16 << 10
	batchBytes     = 2 << 20
	batchWrites    = 256
	valueThreshold = 1 << 20
)

// badgerOptions keep memory small, and every value out of the value log: its fsync errors are
// swallowed, and its space comes back late or never.
func badgerOptions(dir string, log bdg.Logger) bdg.Options {
	return bdg.DefaultOptions(dir).
		WithSyncWrites(true).
		WithDetectConflicts(false). // there is one writer
		WithNumVersionsToKeep(1).
		WithMemTableSize(memTableSize).
		WithNumMemtables(2).
		WithNumLevelZeroTables(4).
		WithNumLevelZeroTablesStall(12).
		WithBaseTableSize(1 << 20).
		WithNumCompactors(2).
		WithBlockCacheSize(16 << 20).
		WithIndexCacheSize(16 << 20).
		WithValueThreshold(valueThreshold).
		WithValueLogFileSize(64 << 20).
		WithCompression(options.Snappy).
		WithChecksumVerificationMode(options.OnBlockRead).
		WithVerifyValueChecksum(true).
		WithMetricsEnabled(false).
		WithLogger(log)
}

// openSession opens the directory and reads what is needed in memory.
func (s *Store) openSession() (_ *session, err error) {
	started := time.Now()
	if err := makeDir(s.dir); err != nil {
		return nil, err
	}
	s.disk.forget()
	if s.disk.level() == diskFull { // replaying the log writes, and would end the process
		return nil, diskFull.err()
	}
	s.files.advise()
	db, logs, au, err := s.openLocked()
	if err != nil {
		return nil, err
	}
	ss := &session{shared: &s.shared, db: db, users: newUsers(), audit: au, failed: make(chan struct{})}
	ss.queues.init(ss)
	ss.writer.init(ss)
	ss.janitor.init(ss)
	ss.sweeps.init()
	ss.quarantine.init()
	defer func() {
		if err != nil {
			_ = db.Close()
		}
	}()
	if err := ss.audit.accept(logs.connect(ss.fail)); err != nil {
		return nil, err
	}
	if err := ss.load(); err != nil {
		return nil, fmt.Errorf("reading the store: %w", err)
	}
	if err := ss.audit.opened(ss.writer.seq); err != nil {
		return nil, err
	}
	go ss.writer.run()
	go ss.janitor.run()
	s.log.Info("the store is open", "path", s.dir, "pending", ss.queues.pending(), "took", time.Since(started).Round(time.Millisecond))
	return ss, nil
}

// openLocked waits for the directory to be free, checks its log files and opens it.
func (s *Store) openLocked() (*bdg.DB, *logAdapter, audit, error) {
	deadline := time.Now().Add(s.opts.LockWait)
	for {
		db, logs, au, err := s.tryOpen()
		if !errors.Is(err, store.ErrLocked) {
			return db, logs, au, err
		}
		if time.Now().After(deadline) {
			return nil, nil, au, fmt.Errorf("%w: %s is used by %s: stop it, or give this one another store directory", store.ErrLocked, s.dir, holder(s.dir))
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-s.closing:
			return nil, nil, au, store.ErrClosed
		}
	}
}

func (s *Store) tryOpen() (db *bdg.DB, logs *logAdapter, au audit, err error) {
	unlock, err := tryLock(s.dir)
	if err != nil {
		return nil, nil, au, err
	}
	au, err = newAudit(s.dir, s.log)
	unlock()
	if err != nil {
		return nil, nil, au, err
	}
	defer func() { // opening damaged files can panic
		if p := recover(); p != nil {
			db, err = nil, fmt.Errorf("%w: %s", errBadger, brief(fmt.Sprint(p)))
		}
	}()
	logs = &logAdapter{log: s.log}
	db, err = bdg.Open(badgerOptions(s.dir, logs))
	return db, logs, au, lockError(err)
}

// fail ends the session: what it wrote last may or may not be on disk, and must not be read.
func (ss *session) fail(err error) {
	ss.failOnce.Do(func() {
		err = fmt.Errorf("%w: %s", store.ErrUnavailable, brief(err.Error()))
		ss.failure.Store(&err)
		close(ss.failed)
	})
}

// trouble is why the session failed, or nil.
func (ss *session) trouble() error {
	if err := ss.failure.Load(); err != nil {
		return *err
	}
	return nil
}

// announce wakes those who wait for deliveries of routes that have some.
func (ss *session) announce() {
	for _, r := range ss.queues.waiting() {
		ss.wake(r)
	}
}

func (ss *session) wake(r event.Route) {
	if ready := ss.ready.Load(); ready != nil && *ready != nil {
		(*ready)(r)
	}
}

// closeLimit is how long a failed Badger may take to close: it retries a failing flush forever.
const closeLimit = 10 * time.Second

// close ends the session. Nobody may get at it any more.
func (ss *session) close() {
	ss.users.end()
	ss.janitor.stop()
	ss.writer.stop()
	if ss.trouble() == nil {
		ss.audit.record(ss.writer.committed.Load())
	}
	done := make(chan error, 1)
	go func() { done <- ss.db.Close() }()
	var limit <-chan time.Time
	if ss.trouble() != nil {
		limit = time.After(closeLimit)
	}
	select {
	case err := <-done:
		if err != nil {
			ss.log.Error("closing the store", "error", brief(err.Error()))
		}
	case <-limit:
		ss.log.Error("the store does not close; its directory stays locked")
	}
}

// view runs read on a consistent state.
func (ss *session) view(read func(*bdg.Txn) error) (err error) {
	if err := ss.trouble(); err != nil {
		return err
	}
	defer ss.survive(&err)
	txn := ss.db.NewTransaction(false)
	defer txn.Discard()
	return read(txn)
}

// survive, deferred around a read, makes an error of a panic: Badger looks at parts of a table's
// block before it looks at the block's checksum, and damage there sends it out of bounds.
func (ss *session) survive(err *error) {
	if p := recover(); p != nil {
		ss.stats.damaged.Add(1)
		ss.log.Error("a read panicked, most likely over a damaged table", "panic", brief(fmt.Sprint(p)), "stack", string(debug.Stack()))
		*err = fmt.Errorf("%w: %s", store.ErrDamaged, brief(fmt.Sprint(p)))
	}
}

// get returns a copy of a value, or nil if there is none.
func get(txn *bdg.Txn, key []byte) ([]byte, error) {
	item, err := txn.Get(key)
	if errors.Is(err, bdg.ErrKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s", store.ErrUnavailable, brief(err.Error()))
	}
	return item.ValueCopy(nil)
}

// makeDir makes the directory for its owner alone, and closes an existing one to strangers: Badger
// leaves its files readable to all.
func makeDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	fi, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if fi.Mode().Perm()&0o007 != 0 {
		return os.Chmod(dir, fi.Mode().Perm()&^0o007)
	}
	return nil
}
