package caddymodule

import (
	"context"
	"errors"
	"net/http"
	"time"

	"go.uber.org/zap"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/ingest"
	"github.com/gatepost/gatepost/replay"
	"github.com/gatepost/gatepost/store"
	"github.com/gatepost/gatepost/verifier"
)

// receiver takes requests of a source into the store of this app.
func (a *App) receiver(s *source, log *zap.Logger) ingest.Receiver {
	return ingest.Receiver{
		Store: a.vault.store, IDs: &a.vault.ids, Now: time.Now, Budget: a.vault.budget,
		RouteError: func(r event.Route, text string) { s.routeError(log, r, text) },
		SplitError: func(text string) { s.splitError(log, text) },
	}
}

// Release implements replay.Config.
func (c liveConfig) Release(ctx context.Context, r *event.Rejected, dryRun bool) replay.Release {
	s, ok := c.a.sources[r.Source]
	if !ok {
		return replay.Release{Outcome: replay.OutcomeUnknownSource}
	}
	receiver := c.a.receiver(s, c.a.log)
	receipt, err := receiver.Release(ctx, &s.Source, r, dryRun)
	if err != nil {
		return c.notReleased(r, err)
	}
	switch answer := receipt.Handshake; {
	case answer != nil && answer.Status >= http.StatusMultipleChoices:
		return replay.Release{Outcome: replay.OutcomeError, Code: "handshake_failed"}
	case answer != nil:
		return replay.Release{Outcome: replay.OutcomeHandshake}
	case receipt.Duplicate:
		return replay.Release{Outcome: replay.OutcomeDuplicate, Event: receipt.ID}
	case !dryRun:
		s.countEvents(receipt)
	}
	return replay.Release{Outcome: replay.OutcomeReleased, Event: receipt.ID}
}

func (c liveConfig) notReleased(r *event.Rejected, err error) replay.Release {
	refusal, ok := errors.AsType[*ingest.Refusal](err)
	if ok && !refusal.Fault() {
		return replay.Release{Outcome: replay.OutcomeFailed, Code: refusal.Code}
	}
	if errors.Is(err, store.ErrNotFound) {
		return replay.Release{Outcome: replay.OutcomeNotFound}
	}
	done := replay.Release{Outcome: replay.OutcomeError}
	if ok {
		done.Code = refusal.Code
	}
	c.a.log.Error("a rejected request could not be released", zap.String("source", r.Source), zap.Stringer("rejected", r.ID), zap.Error(err))
	return done
}

// Explain implements replay.Config.
func (c liveConfig) Explain(r *event.Rejected) *verifier.Explanation {
	s, ok := c.a.sources[r.Source]
	if !ok {
		return nil
	}
	var others []verifier.Other
	for _, name := range c.a.sourceNames() {
		if o := c.a.sources[name]; o != s {
			others = append(others, verifier.Other{Name: name, Provider: o.Provider, Settings: o.settingsNow()})
		}
	}
	e := s.Provider.Explain(s.settingsNow(), s.Verifiable(&r.Request, r.Body), r.ReceivedAt, others...)
	return &e
}
