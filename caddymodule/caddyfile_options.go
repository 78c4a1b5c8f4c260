package caddymodule

import (
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"

	"github.com/gatepost/gatepost/verifier"
)

// block is a block of the Caddyfile and the options that stand in it: what is parsed is what is offered
// to whoever writes something else.
type block struct {
	name    string
	place   string // how to write it
	options []option
	repeat  []string // those that may be given more than once
}

// option is a name, and what parses the option of that name at which a dispenser stands.
type option struct {
	name  string
	parse func(*caddyfile.Dispenser) error
}

// into is the parsing of one value.
func into[T any](parse func(*caddyfile.Dispenser, *T) error, to *T) func(*caddyfile.Dispenser) error {
	return func(d *caddyfile.Dispenser) error { return parse(d, to) }
}

// parseOptions parses the block that may follow on the line at which d stands. What is given twice would
// else count once without a word, so only what repeats may be.
func (b block) parseOptions(d *caddyfile.Dispenser) error {
	if d.NextArg() {
		return d.ArgErr()
	}
	given := make(map[string]bool)
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		name := d.Val()
		if given[name] && !slices.Contains(b.repeat, name) {
			return d.Errf("%s is given twice: only one can count, so leave the other out", name)
		}
		given[name] = true
		if err := b.parseOption(d); err != nil {
			return err
		}
	}
	return nil
}

func (b block) parseOption(d *caddyfile.Dispenser) error {
	i := slices.IndexFunc(b.options, func(o option) bool { return o.name == d.Val() })
	if i < 0 {
		return b.unknown(d)
	}
	return b.options[i].parse(d)
}

func (b block) names() []string {
	names := make([]string, len(b.options))
	for i, o := range b.options {
		names[i] = o.name
	}
	return names
}

// unknown refuses what is not an option of the block: it says where it belongs, or what may be meant, or
// what there is.
func (b block) unknown(d *caddyfile.Dispenser) error {
	text, names := d.Val(), b.names()
	for _, other := range []block{
		new(Quarantine).block(), new(Route).block(httpcaddyfile.Helper{}), new(Retry).block(),
		signatureOptions(new(verifier.Signature)), new(App).block(),
	} {
		if slices.Contains(other.names(), text) {
			return d.Errf("unknown option of %s: %q; it belongs into %s", b.name, text, other.place)
		}
	}
	if near := verifier.NearestOf(text, names); len(near) > 0 {
		return d.Errf("unknown option of %s: %q; did you mean %s?", b.name, text, strings.Join(near, ", "))
	}
	return d.Errf("unknown option of %s: %q; there are %s", b.name, text, strings.Join(names, ", "))
}
