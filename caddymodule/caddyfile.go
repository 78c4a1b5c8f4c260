package caddymodule

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
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
	if err := app.block().parseOptions(d); err != nil {
		return nil, err
	}
	return httpcaddyfile.App{Name: "webhooks", Value: caddyconfig.JSON(app, nil)}, nil
}

func (a *App) block() block {
	return block{name: "the global block webhooks", place: "the global options: { webhooks { … } }", options: []option{
		{"store", a.parseStore},
		{"retention", into(parseDuration, &a.Retention)},
		{"max_pending", a.parseMaxPending},
		{"min_free_disk", a.parseMinFreeDisk},
		{"shutdown_timeout", into(parseDuration, &a.ShutdownTimeout)},
	}}
}

func (a *App) parseStore(d *caddyfile.Dispenser) error {
	a.Store = new(Store)
	if !takeArgs(d, 1, &a.Store.Engine, &a.Store.Path) {
		return d.Err("store: write `store badger <directory>`")
	}
	if err := a.Store.check(); err != nil {
		return d.WrapErr(err)
	}
	return nil
}

func (a *App) parseMaxPending(d *caddyfile.Dispenser) error {
	if isOff(d) {
		return nil
	}
	return parseNumber(d, &a.MaxPending)
}

func (a *App) parseMinFreeDisk(d *caddyfile.Dispenser) error {
	a.MinFreeDisk = new(int64)
	if isOff(d) {
		return nil
	}
	return parseSize(d, a.MinFreeDisk)
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
	if err := s.block(h).parseOptions(h.Dispenser); err != nil {
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

func (s *Source) block(h httpcaddyfile.Helper) block {
	options := []option{
		{"secret", s.parseSecret},
		{"tolerance", into(parseDuration, &s.Tolerance)},
		{"public_url", into(parseText, &s.PublicURL)},
		{"split", s.parseSplit},
		{"event_id", into(parseExpression, &s.EventID)},
		{"event_type", into(parseExpression, &s.EventType)},
		{"dedupe", into(parseExpression, &s.Dedupe)},
		{"dedupe_window", into(parseDuration, &s.DedupeWindow)},
		{"max_body", into(parseSize, &s.MaxBody)},
		{"ack", s.parseAck},
		{"on_unverified", s.parseOnUnverified},
		{"route", func(*caddyfile.Dispenser) error { return s.parseRoute(h) }},
	}
	repeat := []string{"secret", "route"}
	for _, o := range s.Settings.Options() {
		options = append(options, option{o.Name, s.settingParser(o)})
		if _, isList := o.Value.(*[]string); isList {
			repeat = append(repeat, o.Name)
		}
	}
	slices.SortFunc(options, func(a, b option) int { return cmp.Compare(a.name, b.name) })
	return block{name: "webhooks", options: options, repeat: repeat}
}

// settingParser is the parsing of a setting that not every provider takes.
func (s *Source) settingParser(o verifier.Option) func(*caddyfile.Dispenser) error {
	if o.Name == "timestamp_header" {
		return s.parseTimestampHeader // its unit may stand beside it
	}
	switch to := o.Value.(type) {
	case *string:
		return into(parseText, to)
	case *[]string:
		return into(parseList, to)
	case *bool:
		return into(parseFlag, to)
	case **verifier.Signature:
		return s.parseSignature
	default:
		return s.parseEnrol
	}
}

func (s *Source) parseSecret(d *caddyfile.Dispenser) error {
	if d.CountRemainingArgs() == 0 {
		return d.Err("secret: write the secret, or where it is: {env.NAME} or {file./run/secrets/name}")
	}
	return parseList(d, &s.Secrets)
}

func (s *Source) parseTimestampHeader(d *caddyfile.Dispenser) error {
	if !takeArgs(d, 1, &s.TimestampHeader, &s.TimestampUnit) {
		return d.Err("timestamp_header: write the header's name and its unit: unix, unix_ms, unix_any, rfc3339 or http_date")
	}
	return nil
}

func (s *Source) parseSignature(d *caddyfile.Dispenser) error {
	s.Signature = new(verifier.Signature)
	return signatureOptions(s.Signature).parseOptions(d)
}

func signatureOptions(g *verifier.Signature) block {
	return block{name: "signature", place: "the block signature { … }", repeat: []string{"header"}, options: []option{
		{"header", into(parseList, &g.Header)},
		{"format", into(parseFormat, g)},
		{"prefix", into(parseText, &g.Prefix)},
		{"algorithm", into(parseText, &g.Algorithm)},
		{"encoding", into(parseText, &g.Encoding)},
		{"signed", into(parseText, &g.Signed)},
		{"secret_encoding", into(parseText, &g.SecretEncoding)},
		{"key_header", into(parseText, &g.KeyHeader)},
	}}
}

func parseFormat(d *caddyfile.Dispenser, g *verifier.Signature) error {
	if !takeArgs(d, 1, &g.Format, &g.Separator, &g.SignatureKey, &g.TimestampKey) {
		return d.Err("format: write plain, list <separator>, pairs <separator> <signature key> [<timestamp key>] or positional <separator>")
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
