package caddymodule

import (
	"encoding/json"
	"slices"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// Caddy drops headers with _ or . in their name, but for those that its servers are told to expect. A
// source may be reached through any of the servers, so what one of them expects counts.

// expectedInCaddyfile lists the names that the global options have.
func expectedInCaddyfile(h httpcaddyfile.Helper) []string {
	var servers []struct{ ExpectedUnderscoreHeaders, ExpectedDotHeaders []string }
	if text, err := json.Marshal(h.Option("servers")); err == nil { // of a type that Caddy does not export
		_ = json.Unmarshal(text, &servers)
	}
	var names []string
	for _, s := range servers {
		names = slices.Concat(names, s.ExpectedUnderscoreHeaders, s.ExpectedDotHeaders)
	}
	return names
}

// expectedByServers lists the names that the servers have of the app whose handler is provisioned.
func expectedByServers(ctx caddy.Context) []string {
	var names []string
	for _, m := range ctx.Modules() {
		if app, ok := m.(*caddyhttp.App); ok {
			for _, s := range app.Servers {
				names = slices.Concat(names, s.ExpectedUnderscoreHeaders, s.ExpectedDotHeaders)
			}
		}
	}
	return names
}
