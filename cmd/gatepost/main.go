// Command gatepost is Caddy with its standard modules and Gatepost. Every caddy command works;
// `gatepost webhooks` is Gatepost's own.
package main

import (
	_ "time/tzdata" // so that time zones work without the system's files

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	_ "github.com/caddyserver/caddy/v2/modules/standard" // Caddy's own modules

	_ "github.com/gatepost/gatepost" // and ours
)

func main() {
	caddy.CustomBinaryName = "gatepost" // in the help
	caddycmd.Main()
}
