// Package replay is an operator's look inside, and hand: it finds stored events, makes new
// deliveries from them, and serves both as the admin API, with a client for it.
package replay

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gatepost/gatepost/delivery"
	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
	"github.com/gatepost/gatepost/verifier"
)

// Engine is what is needed of a store.Engine.
type Engine interface {
	store.Reader
	store.Quarantine
	Add(context.Context, event.ID, []*event.Delivery) error
	Remove(context.Context, event.ID) error
	Health() []string
	Stats() store.Stats
}

// Deliverer is what is needed of a delivery.Dispatcher, which alone knows what is held or under way.
type Deliverer interface {
	// Retry makes a delivery due now with a fresh budget, Cancel ends it for good. Each returns it
	// as it is now, or an error that wraps store.ErrNotFound or event.ErrState.
	Retry(context.Context, event.DeliveryID) (*event.Delivery, error)
	Cancel(context.Context, event.DeliveryID) (*event.Delivery, error)
	// Hold stops a route's deliveries and Resume starts them; doing so twice is no error. Each
	// returns the route as it is now, or an error that wraps store.ErrNotFound.
	Hold(context.Context, event.Route) (delivery.RouteStatus, error)
	Resume(context.Context, event.Route) (delivery.RouteStatus, error)
	// Show turns a stored delivery's state and reason into those to be shown.
	Show(*event.Delivery)
	// Routes lists the routes that are configured or have something, in any order.
	Routes(context.Context) ([]delivery.RouteStatus, error)
}

// Config is the live configuration. Each method answers for the moment at which it is called.
type Config interface {
	// Sources lists the configured sources, in any order.
	Sources() []Source
	// Match lists the routes of the event's source that take the event now. ok is false if the
	// source is not configured.
	Match(e *event.Event) (routes []string, ok bool)
	// SecretHeader reports whether a header of requests from this source and provider carries a
	// secret, such as a token, so that its value is not to be shown.
	SecretHeader(source, provider, header string) bool
	// Release verifies a rejected request as of its arrival and, unless it is a dry run, accepts it
	// if it is genuine. What it accepts it takes out of the quarantine, by the same write; a
	// handshake it leaves there.
	Release(ctx context.Context, r *event.Rejected, dryRun bool) Release
	// Explain says what is wrong with a rejected request; nil if its source is not configured.
	Explain(*event.Rejected) *verifier.Explanation
}

// Service is what an operator can see and do. All fields are needed.
type Service struct {
	Engine    Engine
	Deliverer Deliverer
	Config    Config
	IDs       *event.IDs
	Now       func() time.Time
	Since     time.Time            // when counting began
	Counts    func() RequestCounts // since then
	Logger    *slog.Logger
}

// Replay makes new deliveries of a stored event, due now: of the named routes or, if none is
// named, of those that take the event now, which may be none. They carry the header that marks a
// replay. It returns an *Error if the source or a named route is not configured.
func (s *Service) Replay(ctx context.Context, id event.ID, routes []string) ([]*event.Delivery, error) {
	e, err := s.Engine.Event(ctx, id)
	if err != nil {
		return nil, err
	}
	if routes, err = s.replayRoutes(e, routes); err != nil || len(routes) == 0 {
		return nil, err
	}
	now := s.Now()
	deliveries := make([]*event.Delivery, len(routes))
	for i, name := range routes {
		deliveries[i] = &event.Delivery{
			ID: s.IDs.Delivery(now), Event: id, Route: event.Route{Source: e.Source, Name: name},
			State: event.Pending, Replay: true, NextAttemptAt: now, ChangedAt: now,
		}
	}
	if err := s.Engine.Add(ctx, id, deliveries); err != nil {
		return nil, err
	}
	return deliveries, nil
}

// replayRoutes is the routes that a replay of e goes to, each once.
func (s *Service) replayRoutes(e *event.Event, named []string) ([]string, error) {
	if len(named) == 0 {
		matching, ok := s.Config.Match(e)
		if !ok {
			return nil, notConfigured(e.Source)
		}
		return matching, nil
	}
	sources := s.Config.Sources()
	i := slices.IndexFunc(sources, func(src Source) bool { return src.Name == e.Source })
	if i < 0 {
		return nil, notConfigured(e.Source)
	}
	var routes []string
	for _, name := range named {
		if !slices.Contains(sources[i].Routes, name) {
			return nil, badRequest("source %q has no route %q: it has %s", e.Source, name, orNone(sources[i].Routes))
		}
		if !slices.Contains(routes, name) {
			routes = append(routes, name)
		}
	}
	return routes, nil
}

func notConfigured(source string) error {
	return badRequest("source %q is not configured: configure it again to replay its events", source)
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// Error is an answer of the admin API that refuses a call.
type Error struct {
	Status  int // HTTP status
	Message string
}

func (e *Error) Error() string { return e.Message }

func badRequest(format string, args ...any) error {
	return &Error{Status: http.StatusBadRequest, Message: fmt.Sprintf(format, args...)}
}
