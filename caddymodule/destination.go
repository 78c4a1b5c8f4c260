package caddymodule

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/gatepost/gatepost/delivery"
	"github.com/gatepost/gatepost/event"
)

// destination runs deliveries through a chain of Caddy HTTP handlers.
type destination struct {
	chain  caddyhttp.MiddlewareHandler
	target *url.URL          // whose path and query replace the request's; nil or empty: none
	server *caddyhttp.Server // whose trusted proxies and named routes the handlers see
}

// loadDestination loads the handlers of a route.
func loadDestination(ctx caddy.Context, r *Route) (*destination, error) {
	d := &destination{server: new(caddyhttp.Server)}
	if s, ok := ctx.Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server); ok {
		d.server = s
	}
	routes := bytes.TrimSpace(r.Handle)
	switch {
	case len(r.To) > 0:
		targets, err := expandTargets(r.To)
		if err != nil {
			return nil, err
		}
		d.target, routes = targets[0], proxyRoutes(targets)
	case len(routes) == 0 || routes[0] != '[':
		var one struct {
			Handler string `json:"handler"`
		}
		if err := json.Unmarshal(routes, &one); err != nil || one.Handler == "" {
			return nil, errors.New(`handle: write a list of routes, or one handler with its name under "handler"`)
		}
		routes = routeOf(json.RawMessage(routes))
	}
	loaded, err := ctx.LoadModuleByID("http.handlers.subroute", toJSON(map[string]any{"routes": json.RawMessage(routes)}))
	if err != nil {
		return nil, fmt.Errorf("loading handlers: %w", err)
	}
	d.chain = loaded.(caddyhttp.MiddlewareHandler)
	return d, nil
}

func expandTargets(to []string) ([]*url.URL, error) {
	expanded := make([]string, len(to))
	for i, text := range to {
		var err error
		if expanded[i], err = expand("to", text); err != nil {
			return nil, err
		}
	}
	targets, err := parseTargets(expanded)
	if err == nil && len(targets) != len(expanded) {
		err = errors.New("to: a URL holds a brace")
	}
	return targets, err
}

// proxyRoutes is the reverse proxy that `to` stands for.
func proxyRoutes(targets []*url.URL) []byte {
	transport := map[string]any{
		"protocol": "http",
		// Where an event goes is the config's to say, not the environment's.
		"network_proxy": map[string]any{"from": "none"},
	}
	if targets[0].Scheme == "https" {
		transport["tls"] = map[string]any{}
	}
	host := "{http.reverse_proxy.upstream.hostport}"
	if len(targets) == 1 {
		host = targets[0].Host
	}
	upstreams := make([]any, len(targets))
	for i, u := range targets {
		upstreams[i] = map[string]any{"dial": dialAddress(u)}
	}
	return routeOf(map[string]any{
		"handler": "reverse_proxy", "upstreams": upstreams, "transport": transport,
		"headers": map[string]any{"request": map[string]any{"set": map[string]any{"Host": []string{host}}}},
	})
}

func routeOf(handler any) []byte {
	return toJSON([]any{map[string]any{"handle": []any{handler}}})
}

func dialAddress(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	if u.Scheme == "https" {
		return u.Host + ":443"
	}
	return u.Host + ":80"
}

func toJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps and texts of our own
	}
	return b
}

// errResponseTooLong ends the copying of an answer of which enough was seen.
var errResponseTooLong = errors.New("the answer is longer than is read")

// maxResponseRead is how much of an answer is read before the connection is given up.
const maxResponseRead = 1 << 20

// Deliver implements delivery.Destination.
func (d *destination) Deliver(ctx context.Context, e *event.Event, dl *event.Delivery, attempt int) (out delivery.Outcome) {
	r, err := newDeliveryRequest(ctx, e, dl, attempt)
	if err != nil {
		return delivery.Outcome{Error: err.Error(), Permanent: true}
	}
	rec := &recorder{header: make(http.Header)}
	r = caddyhttp.PrepareRequest(r, caddy.NewReplacer(), rec, d.server)
	d.retarget(r)
	defer func() {
		switch p := recover(); {
		case p == nil:
		case rec.cut:
			out = rec.outcome()
		case p == http.ErrAbortHandler: //nolint:errorlint // a panic's value, compared as net/http does
			out = delivery.Outcome{Error: "the handlers aborted the answer"}
		default: // a fault in a handler, which the dispatcher contains and logs
			panic(p)
		}
	}()
	end := caddyhttp.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return nil })
	if err := d.chain.ServeHTTP(rec, r, end); err != nil && !rec.cut {
		return delivery.Outcome{Error: handlerErrorText(err)}
	}
	if ctx.Err() != nil && !rec.success() { // handlers answer for an application that they gave up on
		return delivery.Outcome{Error: context.Cause(ctx).Error()}
	}
	return rec.outcome()
}

// retarget replaces path and query by those of `to`, byte for byte, which the rewrite handler would
// decode and encode anew. A target without a path leaves the request's.
func (d *destination) retarget(r *http.Request) {
	if d.target == nil || d.target.Path == "" && d.target.RawQuery == "" {
		return
	}
	u := *r.URL
	if d.target.Path != "" {
		u.Path, u.RawPath = d.target.Path, d.target.RawPath
	}
	u.RawQuery = d.target.RawQuery
	r.URL, r.RequestURI = &u, u.RequestURI()
}

// handlerErrorText is the cause of a handler's error. The status it carries is what Caddy would
// have answered, not what the application did.
func handlerErrorText(err error) string {
	if he, ok := errors.AsType[caddyhttp.HandlerError](err); ok && he.Err != nil {
		return he.Err.Error()
	}
	return err.Error()
}

// newDeliveryRequest makes the request that arrived anew, with the headers that a delivery adds.
func newDeliveryRequest(ctx context.Context, e *event.Event, dl *event.Delivery, attempt int) (*http.Request, error) {
	u, err := url.ParseRequestURI(e.Request.URI)
	if err != nil {
		return nil, fmt.Errorf("the event's request line cannot be sent again: %w", err)
	}
	r := &http.Request{
		Method: e.Request.Method, URL: u, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: deliveryHeader(e, dl, attempt), Host: e.Request.Host, RequestURI: e.Request.URI, RemoteAddr: e.Request.PeerAddr,
		ContentLength: int64(len(e.Body)),
	}
	if e.Request.Scheme == "https" {
		r.TLS = &tls.ConnectionState{HandshakeComplete: true} // so that X-Forwarded-Proto says https
	}
	r.GetBody = func() (io.ReadCloser, error) {
		if len(e.Body) == 0 {
			return http.NoBody, nil
		}
		return io.NopCloser(bytes.NewReader(e.Body)), nil
	}
	r.Body, _ = r.GetBody()
	return r.WithContext(ctx), nil
}

// hopByHop are the headers that concern one connection only, beside those that Connection names.
var hopByHop = []string{
	"Connection", "Content-Length", "Expect", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization",
	"Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

// deliveryHeader is the event's headers, less hop-by-hop ones, plus those that a delivery adds.
// What arrived under the names of the latter is replaced: the application can trust them.
func deliveryHeader(e *event.Event, dl *event.Delivery, attempt int) http.Header {
	h := e.Request.Header.Clone()
	for _, value := range h["Connection"] {
		for name := range strings.SplitSeq(value, ",") {
			h.Del(textproto.TrimString(name))
		}
	}
	for name := range h {
		if slices.Contains(hopByHop, name) || strings.HasPrefix(name, "Gatepost-") {
			delete(h, name)
		}
	}
	h.Set("Gatepost-Event-Id", e.ID.String())
	h.Set("Gatepost-Delivery-Id", dl.ID.String())
	h.Set("Gatepost-Source", e.Source)
	h.Set("Gatepost-Attempt", strconv.Itoa(attempt))
	h.Set("Gatepost-Received-At", e.ReceivedAt.UTC().Format("2006-01-02T15:04:05.000Z07:00"))
	if isPrintable(e.Type) {
		h.Set("Gatepost-Event-Type", e.Type)
	}
	if dl.Replay {
		h.Set("Gatepost-Replay", "true")
	}
	h.Set("Idempotency-Key", e.ID.String()+":"+dl.Route.Name)
	return h
}

// isPrintable reports whether text is 1 to 256 printable ASCII characters.
func isPrintable(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return len(text) >= 1 && len(text) <= 256
}

// recorder keeps what a chain of handlers answered: the status, the headers, and the beginning of
// the body.
type recorder struct {
	header http.Header
	status int
	body   []byte
	read   int
	cut    bool // the answer was long enough
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 { // 1xx is not yet an answer
		r.status = status
	}
}

func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	if room := event.MaxResponseKept - len(r.body); room > 0 && r.status >= 300 {
		r.body = append(r.body, p[:min(room, len(p))]...)
	}
	if r.read += len(p); r.read > maxResponseRead {
		r.cut = true
		return 0, errResponseTooLong
	}
	return len(p), nil
}

// Flush implements http.Flusher; there is nobody to flush to.
func (r *recorder) Flush() {}

func (r *recorder) success() bool { return r.status >= 200 && r.status < 300 }

func (r *recorder) outcome() delivery.Outcome {
	if r.status == 0 {
		return delivery.Outcome{Error: "no handler answered"}
	}
	return delivery.Outcome{
		Status: r.status, Response: r.body, RetryAfter: retryAfter(r.header.Get("Retry-After"), time.Now()),
	}
}

// retryAfter reads the header of that name: seconds or a date. What cannot be read is 0.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}
