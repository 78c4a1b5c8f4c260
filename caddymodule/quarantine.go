package caddymodule

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/gatepost/gatepost/store"
)

// What becomes of a request that fails verification.
const (
	onUnverifiedReject     = "reject"
	onUnverifiedQuarantine = "quarantine"
)

// Quarantine bounds what a source keeps of the requests that failed verification. Whoever can reach
// the source can write there.
type Quarantine struct {
	// How many requests, at most 100000. Default: 1000.
	MaxRequests int `json:"max_requests,omitempty"`
	// How many bytes with headers and bodies, from 64 KiB to 1 GiB. Default: 16 MiB.
	MaxBytes int64 `json:"max_bytes,omitempty"`
	// How long each, from a minute to 720h (30 days). Default: 168h.
	MaxAge caddy.Duration `json:"max_age,omitempty"`
}

// The ceilings of a quarantine. What is known of each request takes some 300 bytes of memory.
const (
	mostQuarantined      = 100_000
	leastQuarantineBytes = 64 << 10
	mostQuarantineBytes  = 1 << 30
	leastQuarantineAge   = time.Minute
	mostQuarantineAge    = 30 * 24 * time.Hour
)

// parseOnUnverified parses
//
//	on_unverified reject|quarantine {
//		max_requests <number>
//		max_bytes    <size>
//		max_age      <duration>
//	}
func (s *Source) parseOnUnverified(d *caddyfile.Dispenser) error {
	if !d.NextArg() {
		return d.Err("on_unverified: write `on_unverified reject` or `on_unverified quarantine`")
	}
	s.OnUnverified = d.Val()
	bounds := new(Quarantine)
	if err := bounds.block().parseOptions(d); err != nil {
		return err
	}
	if *bounds != (Quarantine{}) {
		s.Quarantine = bounds
	}
	return nil
}

func (q *Quarantine) block() block {
	return block{name: "on_unverified", place: "the block on_unverified quarantine { … }", options: []option{
		{"max_requests", into(parseNumber, &q.MaxRequests)},
		{"max_bytes", into(parseSize, &q.MaxBytes)},
		{"max_age", into(parseDuration, &q.MaxAge)},
	}}
}

// onUnverified is what the source does with its default.
func (s *Source) onUnverified() string { return cmp.Or(s.OnUnverified, onUnverifiedReject) }

func (s *Source) checkQuarantine() error {
	switch s.onUnverified() {
	case onUnverifiedReject:
		if s.Quarantine != nil {
			return errors.New("on_unverified: reject keeps nothing that could have bounds; leave them out, or write `on_unverified quarantine`")
		}
		return nil
	case onUnverifiedQuarantine:
	default:
		return fmt.Errorf("on_unverified: %q is unknown; write `on_unverified reject` or `on_unverified quarantine`", s.OnUnverified)
	}
	if s.Insecure {
		return errors.New("on_unverified: with insecure nothing is refused that could be quarantined; leave on_unverified out, or have requests verified")
	}
	var errs []error
	b := s.quarantineBounds()
	if b.Requests < 1 || b.Requests > mostQuarantined {
		errs = append(errs, fmt.Errorf("on_unverified: max_requests: use a number from 1 to %d", mostQuarantined))
	}
	if b.Bytes < leastQuarantineBytes || b.Bytes > mostQuarantineBytes {
		errs = append(errs, errors.New("on_unverified: max_bytes: use a size from 64KiB to 1GiB"))
	}
	if b.Age < leastQuarantineAge || b.Age > mostQuarantineAge {
		errs = append(errs, errors.New("on_unverified: max_age: use a duration from 1m to 30d"))
	}
	return errors.Join(errs...)
}

// quarantineBounds are the bounds with their defaults.
func (s *Source) quarantineBounds() store.QuarantineBounds {
	b := store.QuarantineBounds{Requests: 1000, Bytes: 16 << 20, Age: store.DefaultQuarantineAge}
	if q := s.Quarantine; q != nil {
		set(&b.Requests, q.MaxRequests)
		set(&b.Bytes, q.MaxBytes)
		set(&b.Age, time.Duration(q.MaxAge))
	}
	return b
}
