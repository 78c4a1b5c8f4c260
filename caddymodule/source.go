package caddymodule

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"

	"github.com/gatepost/gatepost/dedupe"
	"github.com/gatepost/gatepost/delivery"
	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/expression"
	"github.com/gatepost/gatepost/ingest"
	"github.com/gatepost/gatepost/router"
	"github.com/gatepost/gatepost/store"
	"github.com/gatepost/gatepost/verifier"
)

// source is a source at work.
type source struct {
	ingest.Source
	ack           Ack
	deliveries    []delivery.Route
	settings      verifier.Settings // with their secrets, for explanations
	bounds        store.QuarantineBounds
	secretHeaders []string // canonical names of headers that carry a secret
	lines         limiter  // of the log
	config        []byte   // what it was made from, to tell it from another of its name
}

// buildSource makes the source of this handler's configuration.
func (h *Handler) buildSource(ctx caddy.Context, app *App) (_ *source, err error) {
	config := &h.Source
	defer func() {
		if err != nil {
			err = fmt.Errorf("webhooks %s: %w", config.name(), err)
		}
	}()
	if err := config.check(app.retention()); err != nil {
		return nil, err
	}
	provider, err := config.provider()
	if err != nil {
		return nil, err
	}
	settings, err := config.expandedSettings()
	if err != nil {
		return nil, err
	}
	s := &source{settings: settings, bounds: config.quarantineBounds(), secretHeaders: provider.SecretHeaders(settings)}
	if config.onUnverified() == onUnverifiedQuarantine {
		s.Quarantine = new(ingest.Quarantine)
	}
	s.Name, s.Provider = config.name(), provider
	s.Window = config.window(app.retention())
	s.MaxBody, s.MaxPending = config.maxBody(provider), app.MaxPending
	s.ack = Ack{Status: provider.Ack.Status, Body: provider.Ack.Body}
	if config.Ack != nil {
		s.ack = Ack{Status: cmp.Or(config.Ack.Status, http.StatusOK), Body: config.Ack.Body}
	}
	if s.Verifier, err = provider.New(settings); err != nil {
		return nil, err
	}
	s.Handshake = provider.HandshakeFor(settings)
	if settings.Enrol != nil {
		if err := h.enrol(s, settings); err != nil {
			return nil, err
		}
	}
	if s.Identity, err = dedupe.Compile(config.identity(provider)); err != nil {
		return nil, err
	}
	if s.Split, err = config.split(provider); err != nil {
		return nil, err
	}
	if s.Router, err = router.Compile(config.rules()); err != nil {
		return nil, err
	}
	if err := s.loadRoutes(ctx, config.Routes); err != nil {
		return nil, err
	}
	h.warn(s, settings)
	return s, nil
}

// loadRoutes loads the destinations of the source's routes.
func (s *source) loadRoutes(ctx caddy.Context, routes []*Route) error {
	var errs []error
	for _, r := range routes {
		destination, err := loadDestination(ctx, r)
		if err != nil {
			errs = append(errs, fmt.Errorf("route %s: %w", r.Name, err))
		}
		route := event.Route{Source: s.Name, Name: r.Name}
		s.Routes = append(s.Routes, route)
		s.deliveries = append(s.deliveries, delivery.Route{Route: route, Policy: r.policy(), Destination: destination})
	}
	return errors.Join(errs...)
}

// expandedSettings is the settings with their placeholders replaced.
func (s *Source) expandedSettings() (verifier.Settings, error) {
	settings := s.settings()
	settings.Secrets = slices.Clone(settings.Secrets)
	var errs []error
	replace := func(name string, text *string) {
		if *text == "" && name != "secret" {
			return
		}
		var err error
		if *text, err = expand(name, *text); err != nil {
			errs = append(errs, err)
		}
	}
	for i := range settings.Secrets {
		replace("secret", &settings.Secrets[i])
	}
	replace("public_url", &settings.PublicURL)
	replace("verify_token", &settings.VerifyToken)
	replace("webhook_id", &settings.WebhookID)
	replace("key_set", &settings.KeySet)
	if settings.Enrol != nil {
		enrol := *settings.Enrol
		settings.Enrol = &enrol
		replace("enrol", &enrol.File)
	}
	return settings, errors.Join(errs...)
}

// warn says what is allowed but deserves a second look.
func (h *Handler) warn(s *source, settings verifier.Settings) {
	name := zap.String("source", s.Name)
	if s.Window < s.Provider.RetryHorizon {
		h.log.Warn("dedupe_window is shorter than the time over which the provider retries: late retries will be new events",
			name, zap.Duration("dedupe_window", s.Window), zap.Duration("retries", s.Provider.RetryHorizon))
	}
	if len(s.Routes) == 0 {
		h.log.Warn("this source has no route: its events are kept, and delivered to nobody", name)
	}
	if settings.Insecure {
		h.log.Warn("this source accepts requests that prove nothing: anybody who knows its address can send events", name)
	}
	covered := s.Provider.Covers(settings)
	for _, header := range h.headersInRules() {
		if server := verifier.NeverArrives(header, settings.ExpectedHeaders); server != "" {
			h.log.Warn("an expression reads a header that never arrives: Caddy drops it for the _ or . in its name unless a server option lists it",
				name, zap.String("header", header), zap.String("option", server))
		} else if !covered.Header(header) {
			h.log.Warn("an expression trusts a header that the provider's signature does not cover: whoever captured a request can change it",
				name, zap.String("header", header))
		}
	}
}

// headersInRules lists the headers that the user's own split, dedupe and when expressions read.
func (s *Source) headersInRules() []string {
	texts := []string{s.Split}
	if s.Dedupe != dedupe.Off {
		texts = append(texts, s.Dedupe)
	}
	for _, r := range s.Routes {
		texts = append(texts, r.When)
	}
	var headers []string
	for _, text := range texts {
		headers = append(headers, headersIn(text)...)
	}
	slices.Sort(headers)
	return slices.Compact(headers)
}

// headersIn lists the headers that an expression reads, by their canonical names.
func headersIn(text string) []string {
	if text == "" {
		return nil
	}
	program, err := expression.Compile(text)
	if err != nil { // no source can be made of it
		return nil
	}
	return program.Headers()
}

// countEvents counts the events that an accepted request has added.
func (s *source) countEvents(r ingest.Receipt) {
	if r.Parts == 0 {
		metrics.countEvent(s.Name, r.Type)
	}
	for _, eventType := range r.NewTypes {
		metrics.countEvent(s.Name, eventType)
	}
}

// routeError counts and logs a rule that failed on an event.
func (s *source) routeError(log *zap.Logger, r event.Route, text string) {
	metrics.routeErrors.WithLabelValues(r.Source, r.Name).Inc()
	if omitted, now := s.lines.allow("route "+r.Name, time.Now()); now {
		log.Warn("a rule could not be evaluated, so its route did not take the event",
			zap.String("source", r.Source), zap.String("route", r.Name), zap.String("error", text), zap.Int("omitted", omitted))
	}
}

// splitError counts and logs a request that was stored whole because it could not be split.
func (s *source) splitError(log *zap.Logger, text string) {
	metrics.splitErrors.WithLabelValues(s.Name).Inc()
	if omitted, now := s.lines.allow("split", time.Now()); now {
		log.Warn("a request could not be split, so it was stored as one event",
			zap.String("source", s.Name), zap.String("error", text), zap.Int("omitted", omitted))
	}
}
