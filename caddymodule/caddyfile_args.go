package caddymodule

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/dustin/go-humanize"

	"github.com/gatepost/gatepost/dedupe"
	"github.com/gatepost/gatepost/expression"
)

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
	if placeholder.MatchString(*to) { // also one in a text, which would be compared as it stands
		return d.Errf("%s: placeholders are not expanded in expressions: write header(\"X-Name\"), query(\"name\"), method or path", option)
	}
	if _, err := expression.Compile(*to); err != nil {
		return d.WrapErr(fmt.Errorf("%s: %w", option, err))
	}
	return nil
}

// placeholder finds those of Caddy, the shorthands as the Caddyfile has expanded them.
var placeholder = regexp.MustCompile(`\{(http|env|file|vars|system|time)\.`)

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

// parseList takes one text or more.
func parseList(d *caddyfile.Dispenser, to *[]string) error {
	values := d.RemainingArgs()
	if len(values) == 0 {
		return d.ArgErr()
	}
	*to = append(*to, values...)
	return nil
}

func parseFlag(d *caddyfile.Dispenser, to *bool) error {
	*to = true
	return noArgs(d)
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
