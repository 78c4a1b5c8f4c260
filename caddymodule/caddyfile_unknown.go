package caddymodule

import (
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/gatepost/gatepost/verifier"
)

// optionBlock is a block of the Caddyfile and the options that stand in it.
type optionBlock struct {
	name    string
	place   string // how to write it
	options []string
}

var (
	globalOptions     = optionBlock{"the global block webhooks", "the global options: { webhooks { … } }", []string{"store", "retention", "max_pending", "min_free_disk", "shutdown_timeout"}}
	routeOptions      = optionBlock{"route", "a route: route <name> { … }", []string{"on", "when", "otherwise", "to", "handle", "timeout", "retry", "concurrency"}}
	retryOptions      = optionBlock{"retry", "the block retry { … } of a route", []string{"initial", "max", "for", "attempts", "no_retry"}}
	signatureOptions  = optionBlock{"signature", "the block signature { … }", []string{"header", "format", "prefix", "algorithm", "encoding", "signed", "secret_encoding", "key_header"}}
	quarantineOptions = optionBlock{"on_unverified", "the block on_unverified quarantine { … }", []string{"max_requests", "max_bytes", "max_age"}}
)

// unknownOption refuses what is not an option of the block: it says where it belongs, or what may be
// meant, or what there is.
func unknownOption(d *caddyfile.Dispenser, in optionBlock) error {
	option := d.Val()
	for _, b := range []optionBlock{quarantineOptions, routeOptions, retryOptions, signatureOptions, globalOptions} {
		if slices.Contains(b.options, option) {
			return d.Errf("unknown option of %s: %q; it belongs into %s", in.name, option, b.place)
		}
	}
	if near := verifier.NearestOf(option, in.options); len(near) > 0 {
		return d.Errf("unknown option of %s: %q; did you mean %s?", in.name, option, strings.Join(near, ", "))
	}
	return d.Errf("unknown option of %s: %q; there are %s", in.name, option, strings.Join(in.options, ", "))
}
