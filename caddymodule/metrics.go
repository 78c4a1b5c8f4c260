package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/gatepost/gatepost/event"
)

// typesCounted is how many types of a source are counted under their own names: types come from
// outside, and every label value is a time series.
const typesCounted = 100

// metrics are made once and registered with each config's registry, so that counters survive a
// reload.
var metrics = newMetrics()

type metricSet struct {
	requests        *prometheus.CounterVec
	ackDuration     *prometheus.HistogramVec
	events          *prometheus.CounterVec
	deliveries      *prometheus.CounterVec
	attempts        *prometheus.CounterVec
	attemptDuration *prometheus.HistogramVec
	routeErrors     *prometheus.CounterVec
	splitErrors     *prometheus.CounterVec

	mu    sync.Mutex
	types map[string]map[string]bool // by source
}

func newMetrics() *metricSet {
	const ns, sub = "caddy", "webhooks"
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: ns, Subsystem: sub, Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: ns, Subsystem: sub, Name: name, Help: help, Buckets: buckets}, labels)
	}
	return &metricSet{
		requests:        counter("requests_total", "Requests that arrived, by what became of them.", "source", "result", "reason"),
		ackDuration:     histogram("ack_duration_seconds", "Time from a request's first byte to its answer.", prometheus.ExponentialBuckets(0.0002, 2, 16), "source"),
		events:          counter("events_total", "Events stored.", "source", "type"),
		deliveries:      counter("deliveries_total", "Deliveries that ended, by state.", "source", "route", "state"),
		attempts:        counter("attempts_total", "Attempts to deliver, by the status answered or what kept it from coming.", "source", "route", "code"),
		attemptDuration: histogram("attempt_duration_seconds", "Time that an attempt took.", prometheus.ExponentialBuckets(0.001, 2, 16), "source", "route"),
		routeErrors:     counter("route_errors_total", "Rules that could not be evaluated.", "source", "route"),
		splitErrors:     counter("split_errors_total", "Requests that were stored as one event because they could not be split.", "source"),
		types:           make(map[string]map[string]bool),
	}
}

func (m *metricSet) countEvent(source, eventType string) {
	m.mu.Lock()
	seen := m.types[source]
	if seen == nil {
		seen = make(map[string]bool)
		m.types[source] = seen
	}
	if !seen[eventType] {
		if len(seen) < typesCounted {
			seen[eventType] = true
		} else {
			eventType = "other"
		}
	}
	m.mu.Unlock()
	m.events.WithLabelValues(source, eventType).Inc()
}

// registerMetrics adds the metrics to a config's registry, with the gauges of its vault.
func registerMetrics(registry *prometheus.Registry, v *vault) error {
	for _, c := range []prometheus.Collector{
		metrics.requests, metrics.ackDuration, metrics.events, metrics.deliveries, metrics.attempts,
		metrics.attemptDuration, metrics.routeErrors, metrics.splitErrors,
		gauges{v},
	} {
		if err := registry.Register(c); err != nil && !errors.As(err, new(prometheus.AlreadyRegisteredError)) {
			return fmt.Errorf("registering metrics: %w", err)
		}
	}
	return nil
}

// gauges reads what is kept in memory anyway at the time of a scrape.
type gauges struct{ v *vault }

var (
	routeLabels   = []string{"source", "route"}
	pendingDesc   = prometheus.NewDesc("caddy_webhooks_pending_deliveries", "Deliveries that wait on a route or are under way.", routeLabels, nil)
	oldestDesc    = prometheus.NewDesc("caddy_webhooks_oldest_pending_seconds", "Age of the oldest delivery that waits on a route, to the minute.", routeLabels, nil)
	commitSumDesc = prometheus.NewDesc("caddy_webhooks_store_commit_duration_seconds", "Time that synced writes to the store took; each holds what came in at the same time.", nil, nil)
	sizeDesc      = prometheus.NewDesc("caddy_webhooks_store_size_bytes", "Size of the store on disk.", nil, nil)
	upDesc        = prometheus.NewDesc("caddy_webhooks_store_up", "Whether the store takes events: 1 or 0.", nil, nil)
	damagedDesc   = prometheus.NewDesc("caddy_webhooks_store_damaged_records_total", "Records that failed their checksum and were set aside.", nil, nil)
	keptDesc      = prometheus.NewDesc("caddy_webhooks_quarantined_requests", "Requests that failed verification and are kept.", []string{"source"}, nil)
	keptBytesDesc = prometheus.NewDesc("caddy_webhooks_quarantined_bytes", "Bytes of requests that failed verification and are kept.", []string{"source"}, nil)
	removedDesc   = prometheus.NewDesc("caddy_webhooks_events_removed_total", "Events removed after retention.", nil, nil)
)

// Describe implements prometheus.Collector.
func (g gauges) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{pendingDesc, oldestDesc, commitSumDesc, sizeDesc, upDesc, damagedDesc, keptDesc, keptBytesDesc, removedDesc} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (g gauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	stats := g.v.store.Stats()
	up := 1.0
	if len(g.v.store.Health()) > 0 {
		up = 0
	}
	ch <- prometheus.MustNewConstMetric(upDesc, prometheus.GaugeValue, up)
	ch <- prometheus.MustNewConstMetric(sizeDesc, prometheus.GaugeValue, float64(stats.Bytes))
	ch <- prometheus.MustNewConstMetric(damagedDesc, prometheus.CounterValue, float64(stats.Damaged))
	ch <- prometheus.MustNewConstMetric(removedDesc, prometheus.CounterValue, float64(stats.Removed))
	ch <- prometheus.MustNewConstSummary(commitSumDesc, uint64(max(stats.Commits.Count, 0)), stats.Commits.Seconds, nil)
	for source, kept := range stats.Quarantine {
		ch <- prometheus.MustNewConstMetric(keptDesc, prometheus.GaugeValue, float64(kept.Requests), source)
		ch <- prometheus.MustNewConstMetric(keptBytesDesc, prometheus.GaugeValue, float64(kept.Bytes), source)
	}
	routes, err := g.v.store.Routes(ctx)
	if err != nil {
		return // a store that is down has no backlog to tell; store_up tells that
	}
	for _, r := range routes {
		age := 0.0
		if !r.OldestPending.IsZero() {
			age = max(0, time.Since(r.OldestPending).Seconds())
		}
		ch <- prometheus.MustNewConstMetric(pendingDesc, prometheus.GaugeValue, float64(r.Pending), r.Route.Source, r.Route.Name)
		ch <- prometheus.MustNewConstMetric(oldestDesc, prometheus.GaugeValue, age, r.Route.Source, r.Route.Name)
	}
}

// Attempted implements delivery.Observer.
func (v *vault) Attempted(r event.Route, code string, took time.Duration) {
	metrics.attempts.WithLabelValues(r.Source, r.Name, code).Inc()
	metrics.attemptDuration.WithLabelValues(r.Source, r.Name).Observe(took.Seconds())
}

// deadEvent is the Caddy event that a delivery's death emits.
const deadEvent = "webhooks.dead"

// Ended implements delivery.Observer. Caddy's event handlers run here, in the worker of the
// delivery that died, where a slow one delays nothing but that.
func (v *vault) Ended(r event.Route, d *event.Delivery) {
	metrics.deliveries.WithLabelValues(r.Source, r.Name, d.State.String()).Inc()
	a := v.app.Load()
	if d.State != event.Dead || a == nil || a.ctx.Err() != nil || !a.events.ShouldEmit(deadEvent) {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			a.log.Error("an event handler panicked", zap.Any("panic", p))
		}
	}()
	a.events.Emit(a.ctx, deadEvent, map[string]any{
		"source": r.Source, "route": r.Name, "event": d.Event.String(), "delivery": d.ID.String(),
		"attempts": d.AttemptCount, "reason": d.Reason,
	})
}

var _ prometheus.Collector = gauges{}

var _ caddy.Destructor = (*vault)(nil)
