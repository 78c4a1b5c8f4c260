package caddymodule

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/dustin/go-humanize"

	"github.com/gatepost/gatepost/dedupe"
	"github.com/gatepost/gatepost/expression"
	"github.com/gatepost/gatepost/verifier"
)

func init() {
	httpcaddyfile.RegisterGlobalOption("webhooks", parseGlobal)
	httpcaddyfile.RegisterHandlerDirective("webhooks", parseDirective)
	httpcaddyfile.RegisterDirectiveOrder("webhooks", httpcaddyfile.Before, "respond")
	httpcaddyfile.RegisterHandlerDirective("webhooks_admin", parseAdminDirective)
	httpcaddyfile.RegisterDirectiveOrder("webhooks_admin", httpcaddyfile.Before, "respond")
}

// parseGlobal parses the global option:
//
//	webhooks {
//		store            badger [<directory>]
//		retention        <duration>
//		max_pending      <number>|off
//		min_free_disk    <size>|off
//		shutdown_timeout <duration>
//	}
func parseGlobal(d *caddyfile.Dispenser, existing any) (any, error) {
	if existing != nil {
		return nil, d.Err("the global option webhooks is given twice: put everything into one block")
	}
	app := new(App)
	d.Next() // the option's name
	if d.NextArg() {
		return nil, d.ArgErr()
	}
	for d.NextBlock(0) {
		if err := app.parseOption(d); err != nil {
			return nil, err
		}
	}
	return httpcaddyfile.App{Name: "webhooks", Value: caddyconfig.JSON(app, nil)}, nil
}

func (a *App) parseOption(d *caddyfile.Dispenser) error {
	switch option := d.Val(); option {
	case "store":
		a.Store = new(Store)
		if !takeArgs(d, 1, &a.Store.Engine, &a.Store.Path) {
			return d.Err("store: write `store badger <directory>`")
		}
		if err := a.Store.check(); err != nil {
			return d.WrapErr(err)
		}
	case "retention":
		return parseDuration(d, &a.Retention)
	case "shutdown_timeout":
		return parseDuration(d, &a.ShutdownTimeout)
	case "max_pending":
		if isOff(d) {
			return nil
		}
		return parseNumber(d, &a.MaxPending)
	case "min_free_disk":
		a.MinFreeDisk = new(int64)
		if isOff(d) {
			return nil
		}
		return parseSize(d, a.MinFreeDisk)
	default:
		return unknown(d, "option of the global block webhooks", "store", "retention", "max_pending", "min_free_disk", "shutdown_timeout")
	}
	return nil
}

// parseDirective parses the directive of a source:
//
//	webhooks [<matcher>] <provider> [<source>] {
//		secret           <secret>...
//		tolerance        <duration>
//		public_url       <url>
//		signature {
//			header          <name>...
//			format          plain | list <separator> | pairs <separator> <signature key> [<timestamp key>] | positional <separator>
//			prefix          <text>
//			algorithm       sha1|sha256|sha384|sha512
//			encoding        hex|base64|base64url
//			signed          <template>
//			secret_encoding raw|hex|base64|whsec
//			key_header      <name>
//		}
//		timestamp_header <name> [<unit>]
//		timestamp_field  <name>
//		timestamp_unit   unix|unix_ms|unix_any|rfc3339|http_date
//		id_header        <name>
//		header           <name>
//		bearer
//		query            <name>
//		field            <name>
//		insecure
//		verify_token     <token>
//		topics           <topic>...
//		allowed_origins  <host>...
//		algorithm        <name>
//		components       <component>...
//		topic_arn        <arn>...
//		allow_sha1
//		webhook_id       <id>
//		key_set          <url>
//		sandbox
//		event_id         <expression>
//		event_type       <expression>
//		dedupe           <expression>|off
//		dedupe_window    <duration>
//		max_body         <size>
//		ack              <status> [<body>]
//		route <name> [<url>...] {
//			on          <type glob>...
//			when        <expression>
//			otherwise
//			to          <url>...
//			handle      { <directives> }
//			timeout     <duration>
//			retry {
//				initial  <duration>
//				max      <duration>
//				for      <duration>
//				attempts <number>
//				no_retry <status>...
//			}
//			concurrency <number>
//		}
//	}
func parseDirective(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	h.Next() // the directive's name
	start := h.Token()
	s := new(Source)
	args := h.RemainingArgs()
	switch len(args) {
	case 2:
		s.Name = args[1]
		fallthrough
	case 1:
		s.Provider = args[0]
	default:
		return nil, h.Err("write `webhooks <provider> [<source name>]`")
	}
	if _, err := s.provider(); err != nil { // before its options are judged
		return nil, h.WrapErr(err)
	}
	for nesting := h.Nesting(); h.NextBlock(nesting); {
		if err := s.parseOption(h); err != nil {
			return nil, err
		}
	}
	if err := s.check(retentionOf(h)); err != nil {
		return nil, errorAt(start, fmt.Errorf("webhooks %s: %w", s.name(), err))
	}
	if err := claimName(h, start, s); err != nil {
		return nil, err
	}
	return &Handler{Source: *s}, nil
}

// The options of a source that are a text, a list of texts, or there or not.
func (s *Source) texts() map[string]*string {
	return map[string]*string{
		"public_url": &s.PublicURL, "timestamp_field": &s.TimestampField, "timestamp_unit": &s.TimestampUnit,
		"id_header": &s.IDHeader, "header": &s.Header, "query": &s.Query, "field": &s.Field,
		"verify_token": &s.VerifyToken, "algorithm": &s.Algorithm, "webhook_id": &s.WebhookID, "key_set": &s.KeySet,
	}
}

func (s *Source) lists() map[string]*[]string {
	return map[string]*[]string{
		"secret": &s.Secrets, "topics": &s.Topics, "allowed_origins": &s.AllowedOrigins,
		"components": &s.Components, "topic_arn": &s.TopicARNs,
	}
}

func (s *Source) flags() map[string]*bool {
	return map[string]*bool{"bearer": &s.Bearer, "insecure": &s.Insecure, "allow_sha1": &s.AllowSHA1, "sandbox": &s.Sandbox}
}

func (s *Source) parseOption(h httpcaddyfile.Helper) error {
	d, option := h.Dispenser, h.Val()
	if text, ok := s.texts()[option]; ok {
		return parseText(d, text)
	}
	if flag, ok := s.flags()[option]; ok {
		*flag = true
		return noArgs(d)
	}
	if list, ok := s.lists()[option]; ok {
		values := d.RemainingArgs()
		if len(values) == 0 && option == "secret" {
			return d.Err("secret: write the secret, or where it is: {env.NAME} or {file./run/secrets/name}")
		} else if len(values) == 0 {
			return d.ArgErr()
		}
		*list = append(*list, values...)
		return nil
	}
	switch option {
	case "tolerance":
		return parseDuration(d, &s.Tolerance)
	case "signature":
		s.Signature = new(verifier.Signature)
		return parseBlock(d, func() error { return parseSignatureOption(d, s.Signature) })
	case "timestamp_header":
		if !takeArgs(d, 1, &s.TimestampHeader, &s.TimestampUnit) {
			return d.Err("timestamp_header: write the header's name and its unit: unix, unix_ms, rfc3339 or http_date")
		}
	case "event_id":
		return parseExpression(d, &s.EventID)
	case "event_type":
		return parseExpression(d, &s.EventType)
	case "dedupe":
		return parseExpression(d, &s.Dedupe)
	case "dedupe_window":
		return parseDuration(d, &s.DedupeWindow)
	case "max_body":
		return parseSize(d, &s.MaxBody)
	case "ack":
		return s.parseAck(d)
	case "route":
		return s.parseRoute(h)
	default:
		known := []string{"tolerance", "signature", "timestamp_header", "event_id", "event_type", "dedupe", "dedupe_window", "max_body", "ack", "route"}
		known = slices.AppendSeq(known, maps.Keys(s.texts()))
		known = slices.AppendSeq(known, maps.Keys(s.lists()))
		known = slices.AppendSeq(known, maps.Keys(s.flags()))
		slices.Sort(known)
		return unknown(d, "option of webhooks", known...)
	}
	return nil
}

func parseSignatureOption(d *caddyfile.Dispenser, g *verifier.Signature) error {
	switch d.Val() {
	case "header":
		names := d.RemainingArgs()
		if len(names) == 0 {
			return d.ArgErr()
		}
		g.Header = append(g.Header, names...)
	case "format":
		if !takeArgs(d, 1, &g.Format, &g.Separator, &g.SignatureKey, &g.TimestampKey) {
			return d.Err("format: write plain, list <separator>, pairs <separator> <signature key> [<timestamp key>] or positional <separator>")
		}
	case "prefix":
		return parseText(d, &g.Prefix)
	case "algorithm":
		return parseText(d, &g.Algorithm)
	case "encoding":
		return parseText(d, &g.Encoding)
	case "signed":
		return parseText(d, &g.Signed)
	case "secret_encoding":
		return parseText(d, &g.SecretEncoding)
	case "key_header":
		return parseText(d, &g.KeyHeader)
	default:
		return unknown(d, "option of signature", "header", "format", "prefix", "algorithm", "encoding", "signed", "secret_encoding", "key_header")
	}
	return nil
}

func (s *Source) parseAck(d *caddyfile.Dispenser) error {
	s.Ack = new(Ack)
	var status string
	if !takeArgs(d, 1, &status, &s.Ack.Body) {
		return d.Err("ack: write a status and, if there is one, the body in quotes")
	}
	n, err := strconv.Atoi(status)
	if err != nil {
		return d.Errf("ack: %q is not a status: write 200 or 202", status)
	}
	s.Ack.Status = n
	return nil
}

func (s *Source) parseRoute(h httpcaddyfile.Helper) error {
	d, start := h.Dispenser, h.Token()
	args := d.RemainingArgs()
	if len(args) == 0 {
		return d.Err("route: write `route <name> <url>`, or a name and a block")
	}
	r := &Route{Name: args[0], To: args[1:]}
	for _, other := range s.Routes {
		if other.Name == r.Name {
			return d.Errf("route %s: this source has a route of that name already", r.Name)
		}
	}
	if err := parseBlock(d, func() error { return r.parseOption(h) }); err != nil {
		return err
	}
	if err := r.check(); err != nil {
		return errorAt(start, fmt.Errorf("route %s: %w", r.Name, err))
	}
	s.Routes = append(s.Routes, r)
	return nil
}

func (r *Route) parseOption(h httpcaddyfile.Helper) error {
	d := h.Dispenser
	switch d.Val() {
	case "on":
		globs := d.RemainingArgs()
		if len(globs) == 0 {
			return d.Err("on: write one event type or more; * is any run of characters")
		}
		r.On = append(r.On, globs...)
	case "when":
		return parseExpression(d, &r.When)
	case "otherwise":
		r.Otherwise = true
		return noArgs(d)
	case "to":
		urls := d.RemainingArgs()
		if len(urls) == 0 {
			return d.ArgErr()
		}
		r.To = append(r.To, urls...)
	case "handle":
		return r.parseHandle(h)
	case "timeout":
		return parseDuration(d, &r.Timeout)
	case "retry":
		r.Retry = new(Retry)
		return parseBlock(d, func() error { return r.Retry.parseOption(d) })
	case "concurrency":
		return parseNumber(d, &r.Concurrency)
	default:
		return unknown(d, "option of route", "on", "when", "otherwise", "to", "handle", "timeout", "retry", "concurrency")
	}
	return nil
}

func (r *Route) parseHandle(h httpcaddyfile.Helper) error {
	if r.Handle != nil {
		return h.Err("handle: a route has one destination; write everything into one block")
	}
	handler, err := httpcaddyfile.ParseSegmentAsSubroute(h.WithDispenser(h.NewFromNextSegment()))
	if err != nil {
		return err
	}
	subroute, ok := handler.(*caddyhttp.Subroute)
	if !ok || len(subroute.Routes) == 0 {
		return h.Err("handle: write handlers in a block: handle { reverse_proxy app:3000 }")
	}
	r.Handle = h.JSON(subroute.Routes)
	return nil
}

func (t *Retry) parseOption(d *caddyfile.Dispenser) error {
	switch d.Val() {
	case "initial":
		return parseDuration(d, &t.Initial)
	case "max":
		return parseDuration(d, &t.Max)
	case "for":
		return parseDuration(d, &t.For)
	case "attempts":
		return parseNumber(d, &t.Attempts)
	case "no_retry":
		t.NoRetry = []int{} // given, so the default no longer holds
		for _, text := range d.RemainingArgs() {
			code, err := strconv.Atoi(text)
			if err != nil {
				return d.Errf("no_retry: %q is not a status: write numbers such as 400 410", text)
			}
			t.NoRetry = append(t.NoRetry, code)
		}
	default:
		return unknown(d, "option of retry", "initial", "max", "for", "attempts", "no_retry")
	}
	return nil
}

// parseAdminDirective parses
//
//	webhooks_admin [<matcher>]
func parseAdminDirective(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	h.Next()
	if err := noArgs(h.Dispenser); err != nil {
		return nil, err
	}
	if h.NextBlock(h.Nesting()) {
		return nil, h.Err("webhooks_admin has no options")
	}
	return new(AdminHandler), nil
}

// claimed is where a source was configured first, by name.
type claimed struct {
	config []byte
	token  caddyfile.Token
}

// claimName refuses a second source of one name with other settings. The same block reached a
// second time, through another listener or an import, is the same source.
func claimName(h httpcaddyfile.Helper, at caddyfile.Token, s *Source) error {
	const key = "webhooks.sources"
	names, _ := h.State[key].(map[string]claimed)
	if names == nil {
		names = make(map[string]claimed)
		h.State[key] = names
	}
	config, err := json.Marshal(s)
	if err != nil {
		return errorAt(at, err)
	}
	first, taken := names[s.name()]
	if !taken {
		names[s.name()] = claimed{config, at}
		return nil
	}
	if !bytes.Equal(first.config, config) {
		return errorAt(at, fmt.Errorf("a source named %s is configured at %s:%d with other settings: give this one a name of its own: webhooks %s <name>",
			s.name(), first.token.File, first.token.Line, s.Provider))
	}
	return nil
}

// retentionOf is the retention that the global options configure.
func retentionOf(h httpcaddyfile.Helper) time.Duration {
	app := new(App)
	if configured, ok := h.Option("webhooks").(httpcaddyfile.App); ok {
		_ = json.Unmarshal(configured.Value, app) // written by parseGlobal
	}
	return app.retention()
}

func parseBlock(d *caddyfile.Dispenser, option func() error) error {
	if d.NextArg() {
		return d.ArgErr()
	}
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		if err := option(); err != nil {
			return err
		}
	}
	return nil
}

// parseExpression takes one quoted token, or the rest of the line.
func parseExpression(d *caddyfile.Dispenser, to *string) error {
	option := d.Val()
	if d.CountRemainingArgs() > 1 {
		*to = strings.Join(d.RemainingArgsRaw(), " ")
	} else if !d.AllArgs(to) {
		return d.Errf("%s: write an expression, in backticks if it holds a # or a brace", option)
	}
	if option == "dedupe" && *to == dedupe.Off {
		return nil
	}
	if _, err := expression.Compile(*to); err != nil {
		return d.WrapErr(fmt.Errorf("%s: %w", option, err))
	}
	return nil
}

// isOff takes the argument "off", and nothing else.
func isOff(d *caddyfile.Dispenser) bool {
	if d.CountRemainingArgs() != 1 || !d.NextArg() {
		return false
	}
	if d.Val() == "off" {
		return true
	}
	d.Prev()
	return false
}

// takeArgs fills targets from the line's arguments, of which there must be at least so many.
func takeArgs(d *caddyfile.Dispenser, least int, targets ...*string) bool {
	args := d.RemainingArgs()
	if len(args) < least || len(args) > len(targets) {
		return false
	}
	for i, arg := range args {
		*targets[i] = arg
	}
	return true
}

func noArgs(d *caddyfile.Dispenser) error {
	if d.NextArg() {
		return d.ArgErr()
	}
	return nil
}

func parseText(d *caddyfile.Dispenser, to *string) error {
	if !d.AllArgs(to) || *to == "" {
		return d.ArgErr()
	}
	return nil
}

func parseDuration(d *caddyfile.Dispenser, to *caddy.Duration) error {
	option, text := d.Val(), ""
	if !d.AllArgs(&text) {
		return d.ArgErr()
	}
	v, err := caddy.ParseDuration(text)
	if err != nil || v <= 0 {
		return d.Errf("%s: %q is not a positive duration: write a number and its unit, such as 30s, 5m, 72h or 7d", option, text)
	}
	*to = caddy.Duration(v)
	return nil
}

func parseSize(d *caddyfile.Dispenser, to *int64) error {
	option, text := d.Val(), ""
	if !d.AllArgs(&text) {
		return d.ArgErr()
	}
	v, err := humanize.ParseBytes(text)
	if err != nil || v == 0 || v > 1<<62 {
		return d.Errf("%s: %q is not a size: write a number and its unit, such as 512KiB or 25MiB", option, text)
	}
	*to = int64(v)
	return nil
}

func parseNumber(d *caddyfile.Dispenser, to *int) error {
	option, text := d.Val(), ""
	if !d.AllArgs(&text) {
		return d.ArgErr()
	}
	v, err := strconv.Atoi(text)
	if err != nil || v <= 0 {
		return d.Errf("%s: %q is not a positive number", option, text)
	}
	*to = v
	return nil
}

func unknown(d *caddyfile.Dispenser, what string, known ...string) error {
	return d.Errf("unknown %s: %q; there are %s", what, d.Val(), strings.Join(known, ", "))
}

// errorAt is err with the place in the Caddyfile that it is about.
func errorAt(t caddyfile.Token, err error) error {
	return fmt.Errorf("%w, at %s:%d", joined(err), t.File, t.Line)
}

// joined puts the parts of a joined error on one line.
func joined(err error) error {
	if text := err.Error(); strings.Contains(text, "\n") && !strings.Contains(text, "^") {
		return errors.New(strings.ReplaceAll(text, "\n", "; "))
	}
	return err
}
