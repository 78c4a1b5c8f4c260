package caddymodule

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/ingest"
	"github.com/gatepost/gatepost/verifier"
)

func init() {
	caddy.RegisterModule(new(Handler))
}

// Handler receives the requests of one source: it verifies them, stores each event once together
// with its deliveries, and acknowledges it then. It answers every request itself.
//
// It sets two placeholders, for access logs: {webhooks.outcome} (accepted, duplicate, rejected,
// quarantined, handshake or failed) and {webhooks.event_id} (the ID under which the event is stored).
type Handler struct {
	Source

	source   *source
	vault    *vault
	receiver ingest.Receiver
	log      *zap.Logger
}

// CaddyModule returns the Caddy module information.
func (*Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.webhooks", New: func() caddy.Module { return new(Handler) }}
}

// Provision makes the source known to the app.
func (h *Handler) Provision(ctx caddy.Context) error {
	h.log = ctx.Logger()
	loaded, err := ctx.App("webhooks")
	if err != nil {
		return err
	}
	app := loaded.(*App)
	h.vault = app.vault
	h.ExpectedHeaders = expectedByServers(ctx)
	h.source, err = app.register(&h.Source, func() (*source, error) { return h.buildSource(ctx, app) })
	if err != nil {
		return err
	}
	h.receiver = app.receiver(h.source, h.log)
	return nil
}

// The outcomes of a request.
const (
	outcomeAccepted    = "accepted"
	outcomeDuplicate   = "duplicate"
	outcomeRejected    = "rejected"
	outcomeQuarantined = "quarantined"
	outcomeHandshake   = "handshake"
	outcomeFailed      = "failed"
)

// ServeHTTP takes one request the whole way.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	started := time.Now()
	receipt, err := h.receiver.Receive(r.Context(), &h.source.Source, incoming(w, r))
	outcome, reason := outcomeAccepted, ""
	refusal, refused := errors.AsType[*ingest.Refusal](err)
	switch {
	case refused:
		outcome, reason = outcomeRejected, refusal.Code
		if refusal.Fault() {
			outcome = outcomeFailed
		} else if refusal.Quarantined {
			outcome = outcomeQuarantined
		}
	case err != nil:
		return err
	case receipt.Handshake != nil:
		outcome = outcomeHandshake
		if h.source.Provider.EnrolHeader != "" { // the request and the answer hold a secret
			caddyhttp.SetVar(r.Context(), caddyhttp.LogSkipVar, true)
		}
	case receipt.Duplicate:
		outcome = outcomeDuplicate
	}
	if repl, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		repl.Set("webhooks.outcome", outcome)
		repl.Set("webhooks.event_id", idText(receipt.ID))
	}
	if refused {
		err = h.writeRefusal(w, refusal)
	} else {
		err = h.writeReceipt(w, receipt)
	}
	h.record(outcome, reason, receipt, refusal, time.Since(started))
	return err
}

// incoming is the request as it arrived, whatever rewrites ran before this handler.
func incoming(w http.ResponseWriter, r *http.Request) *ingest.Request {
	original, ok := r.Context().Value(caddyhttp.OriginalRequestCtxKey).(http.Request)
	if !ok {
		original = *r
	}
	in := &ingest.Request{
		Request: event.Request{
			Method: original.Method, Scheme: "http", Host: r.Host, URI: original.RequestURI, Proto: r.Proto,
			PeerAddr: original.RemoteAddr, Header: r.Header,
		},
		Body:          body{http.NewResponseController(w), r},
		ContentLength: r.ContentLength,
	}
	if r.TLS != nil {
		in.Scheme = "https"
	}
	if trusted, _ := caddyhttp.GetVar(r.Context(), caddyhttp.TrustedProxyVarKey).(bool); trusted {
		// The address that the provider called, as the proxy in front of us saw it.
		set(&in.Scheme, firstOf(r.Header.Get("X-Forwarded-Proto")))
		set(&in.Host, firstOf(r.Header.Get("X-Forwarded-Host")))
	}
	if ip, ok := caddyhttp.GetVar(r.Context(), caddyhttp.ClientIPVarKey).(string); ok {
		in.ClientIP = ip
	}
	return in
}

// firstOf is the first element of a header's list: what the proxy nearest to the sender wrote.
func firstOf(list string) string {
	first, _, _ := strings.Cut(list, ",")
	return strings.TrimSpace(first)
}

// body reads a request's body; its deadline is the connection's.
type body struct {
	*http.ResponseController
	r *http.Request
}

func (b body) Read(p []byte) (int, error) { return b.r.Body.Read(p) }

func (h *Handler) writeReceipt(w http.ResponseWriter, receipt ingest.Receipt) error {
	header := w.Header()
	if a := receipt.Handshake; a != nil {
		maps.Copy(header, a.Header)
		w.WriteHeader(a.Status)
		_, err := w.Write(a.Body)
		return err
	}
	header.Set("Gatepost-Event-Id", idText(receipt.ID))
	if receipt.Duplicate {
		header.Set("Gatepost-Duplicate", "true")
	}
	if receipt.Parts > 0 {
		header.Set("Gatepost-Event-Count", strconv.Itoa(receipt.Parts))
	}
	w.WriteHeader(h.source.ack.Status)
	if h.source.ack.Body == "" {
		return nil
	}
	_, err := w.Write([]byte(h.source.ack.Body))
	return err
}

func (h *Handler) writeRefusal(w http.ResponseWriter, refusal *ingest.Refusal) error {
	header := w.Header()
	if len(refusal.Allow) > 0 {
		header.Set("Allow", strings.Join(refusal.Allow, ", "))
	}
	if refusal.Status == http.StatusUnauthorized && h.source.Provider.Scheme.Kind == verifier.Basic {
		header.Set("WWW-Authenticate", `Basic realm="webhooks"`) // some clients send the credential only when asked
	}
	if refusal.Unread {
		header.Set("Connection", "close") // or the server waits for the rest of the body before it answers
	}
	if refusal.RetryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(int(refusal.RetryAfter.Round(time.Second)/time.Second)))
	}
	if h.source.Provider.BareRefusal && !refusal.Fault() {
		w.WriteHeader(refusal.Status)
		return nil
	}
	header.Set("Content-Type", "application/json")
	header.Set("X-Content-Type-Options", "nosniff")
	answer := map[string]map[string]string{"error": {"code": refusal.Code, "message": refusal.Message}}
	w.WriteHeader(refusal.Status)
	return json.NewEncoder(w).Encode(answer)
}

// record counts and logs what became of a request.
func (h *Handler) record(outcome, reason string, receipt ingest.Receipt, refusal *ingest.Refusal, took time.Duration) {
	name := h.source.Name
	metrics.requests.WithLabelValues(name, outcome, reason).Inc()
	metrics.ackDuration.WithLabelValues(name).Observe(took.Seconds())
	counts := &h.vault.counts
	switch outcome {
	case outcomeAccepted:
		counts.accepted.Add(1)
		h.source.countEvents(receipt)
	case outcomeDuplicate:
		counts.duplicate.Add(1)
	case outcomeHandshake:
		counts.handshake.Add(1)
	case outcomeRejected:
		counts.rejected.Add(1)
		h.logRefusal(zapcore.WarnLevel, "request rejected", refusal)
		return
	case outcomeQuarantined:
		counts.quarantined.Add(1)
		h.logRefusal(zapcore.WarnLevel, "request quarantined", refusal)
		return
	case outcomeFailed:
		counts.failed.Add(1)
		h.logRefusal(zapcore.ErrorLevel, "request could not be taken", refusal)
		return
	}
	if c := h.log.Check(zapcore.DebugLevel, "request "+outcome); c != nil {
		c.Write(zap.String("source", name), zap.String("id", idText(receipt.ID)), zap.String("event_id", receipt.EventID), zap.String("type", receipt.Type))
	}
}

// logRefusal writes a line for the first refusal of a kind, and later ones with the number of those left
// out.
func (h *Handler) logRefusal(level zapcore.Level, message string, refusal *ingest.Refusal) {
	omitted, now := h.source.lines.allow(refusal.Code, time.Now())
	if !now {
		return
	}
	fields := []zap.Field{zap.String("source", h.source.Name), zap.String("code", refusal.Code), zap.Int("omitted", omitted)}
	if cause := refusal.Unwrap(); cause != nil {
		fields = append(fields, zap.Error(cause))
	}
	h.log.Log(level, message, fields...)
}

func idText(id event.ID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

var (
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
)
