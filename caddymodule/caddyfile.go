package caddymodule

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

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
	d.Next() // the option's name
	if existing != nil {
		return nil, d.Err("the global option webhooks is given twice: put everything into one block")
	}
	app := new(App)
	if err := parseBlock(d, func() error { return app.parseOption(d) }); err != nil {
		return nil, err
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
		return unknownOption(d, globalOptions)
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
//			secret_encoding raw|hex|base64|whsec|whsec_or_raw
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
//		enrol            <file> <time>
//		split            [<expression>]
//		event_id         <expression>
//		event_type       <expression>
//		dedupe           <expression>|off
//		dedupe_window    <duration>
//		max_body         <size>
//		ack              <status> [<body>]
//		on_unverified    reject|quarantine { … }
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
	s.ExpectedHeaders = expectedInCaddyfile(h)
	repeat := append(slices.Collect(maps.Keys(s.lists())), "route")
	if err := parseBlock(h.Dispenser, func() error { return s.parseOption(h) }, repeat...); err != nil {
		return nil, err
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
		return parseBlock(d, func() error { return parseSignatureOption(d, s.Signature) }, "header")
	case "timestamp_header":
		if !takeArgs(d, 1, &s.TimestampHeader, &s.TimestampUnit) {
			return d.Err("timestamp_header: write the header's name and its unit: unix, unix_ms, rfc3339 or http_date")
		}
	case "enrol":
		return s.parseEnrol(d)
	case "split":
		return s.parseSplit(d)
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
	case "on_unverified":
		return s.parseOnUnverified(d)
	case "route":
		return s.parseRoute(h)
	default:
		known := []string{"tolerance", "signature", "timestamp_header", "enrol", "split", "event_id", "event_type", "dedupe", "dedupe_window", "max_body", "ack", "on_unverified", "route"}
		known = slices.AppendSeq(known, maps.Keys(s.texts()))
		known = slices.AppendSeq(known, maps.Keys(s.lists()))
		known = slices.AppendSeq(known, maps.Keys(s.flags()))
		slices.Sort(known)
		return unknownOption(d, optionBlock{name: "webhooks", options: known})
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
		return unknownOption(d, signatureOptions)
	}
	return nil
}

func (s *Source) parseEnrol(d *caddyfile.Dispenser) error {
	s.Enrol = new(verifier.Enrol)
	var until string
	if !takeArgs(d, 2, &s.Enrol.File, &until) {
		return d.Err("enrol: write the file for the secret and when enrolment ends, such as 2026-11-21T12:00:00Z")
	}
	var err error
	if s.Enrol.Until, err = time.Parse(time.RFC3339, until); err != nil {
		return d.Errf("enrol: %q is no time: write one within the next hour as RFC 3339 has it, such as 2026-11-21T12:00:00Z", until)
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
