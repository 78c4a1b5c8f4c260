// Package gatepost adds Gatepost to a Caddy build: import it for its side effect, or name it in
// xcaddy's --with.
package gatepost

import _ "github.com/gatepost/gatepost/caddymodule" // registers the modules
