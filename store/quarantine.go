package store

import (
	"context"
	"time"

	"github.com/gatepost/gatepost/event"
)

// Quarantine keeps requests that failed verification, for an operator. Whoever can reach a source
// can write here, so it is apart from everything else, bounded for each source, and never worth a
// wait: nothing in it is an event, has a mark or is delivered.
type Quarantine interface {
	// KeepRejected keeps a request of a source that Policy.Quarantine names, as far as that can be
	// done at no one's expense, and reports whether it is going to. It does not wait for the disk,
	// and a crash may lose the request; reads find it at the latest once a later write that is
	// waited for is there. Nothing is kept while the disk is low, while the engine does not work,
	// or if the record is larger than MaxRejectedSize.
	//
	// Where a bound is passed, others make room: of the client address that holds the most, in
	// number or in bytes, as the bound is, the oldest. That can be the request itself, if it is the
	// only one of its address.
	KeepRejected(*event.Rejected) bool
	// Rejected reads one with its body. ErrNotFound, or ErrDamaged if it fails its checksum.
	Rejected(context.Context, event.RejectedID) (*event.Rejected, error)
	// ListRejected calls visit for each that matches, until visit returns false or the context ends
	// (then the context's error is returned). It skips what fails its checksum, and counts it.
	ListRejected(ctx context.Context, q RejectedQuery, visit func(*event.Rejected) bool) error
	// RemoveRejected deletes one, and returns once that is on stable storage. ErrNotFound.
	RemoveRejected(context.Context, event.RejectedID) error
}

// RejectedQuery selects rejected requests, the newest first. Zero fields select all.
type RejectedQuery struct {
	Source string
	Since  time.Time        // received then or later
	Until  time.Time        // received before then
	After  event.RejectedID // only those that come after it in the order of the list: where a page goes on
	Oldest bool             // the oldest first
	Body   bool             // read bodies too; without it Rejected.Body is nil
}

// QuarantineBounds are what a source may keep.
type QuarantineBounds struct {
	Requests int
	Bytes    int64 // of their records: bodies, headers and what else is known of them
	Age      time.Duration
}

// QuarantineSize is what a source keeps.
type QuarantineSize struct {
	Requests int
	Bytes    int64
}

const (
	// MaxRejectedSize is the largest record of a rejected request that is kept, in bytes.
	MaxRejectedSize = 512 << 10
	// DefaultQuarantineAge is how long rejected requests are kept where no source says otherwise.
	DefaultQuarantineAge = 7 * 24 * time.Hour
)
