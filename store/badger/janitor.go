package badger

import (
	"context"
	"time"
)

// janitor does what has to be done from time to time.
type janitor struct {
	ss     *session
	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{}
}

const (
	noteEvery = 2 * time.Second // how often the number of the last write is noted
	sweepMost = time.Minute     // how often, at least, retention is looked after
)

func (j *janitor) init(ss *session) {
	j.ss = ss
	j.ctx, j.cancel = context.WithCancel(context.Background())
	j.done = make(chan struct{})
}

func (j *janitor) stop() {
	j.cancel()
	<-j.done
}

func (j *janitor) run() {
	defer close(j.done)
	j.ss.measure()
	note := time.NewTicker(noteEvery)
	defer note.Stop()
	sweep := time.NewTimer(sweepEvery(j.ss.limits().Retention))
	defer sweep.Stop()
	for {
		select {
		case <-j.ctx.Done():
			return
		case <-note.C:
			j.ss.audit.record(j.ss.writer.committed.Load())
		case <-j.ss.policied:
			sweep.Reset(sweepEvery(j.ss.limits().Retention))
		case <-sweep.C:
			if err := j.ss.sweep(j.ctx); err != nil && j.ctx.Err() == nil {
				j.ss.log.Warn("removing what is past its retention", "error", err)
			}
			j.ss.measure()
			sweep.Reset(sweepEvery(j.ss.limits().Retention))
		}
	}
}

// sweepEvery is a sixtieth of the retention, within bounds.
func sweepEvery(retention time.Duration) time.Duration {
	if retention <= 0 {
		return sweepMost
	}
	return min(max(retention/60, time.Second), sweepMost)
}

// Sweep removes what is past its retention now. The store does so by itself from time to time.
func (s *Store) Sweep(ctx context.Context) error {
	ss, err := s.use(ctx)
	if err != nil {
		return err
	}
	defer ss.users.leave()
	return ss.sweep(ctx)
}
