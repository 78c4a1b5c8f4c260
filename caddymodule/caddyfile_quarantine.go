package caddymodule

import "github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

// parseOnUnverified parses
//
//	on_unverified reject|quarantine {
//		max_requests <number>
//		max_bytes    <size>
//		max_age      <duration>
//	}
func (s *Source) parseOnUnverified(d *caddyfile.Dispenser) error {
	if !d.NextArg() {
		return d.Err("on_unverified: write `on_unverified reject` or `on_unverified quarantine`")
	}
	s.OnUnverified = d.Val()
	return parseBlock(d, func() error {
		if s.Quarantine == nil {
			s.Quarantine = new(Quarantine)
		}
		switch d.Val() {
		case "max_requests":
			return parseNumber(d, &s.Quarantine.MaxRequests)
		case "max_bytes":
			return parseSize(d, &s.Quarantine.MaxBytes)
		case "max_age":
			return parseDuration(d, &s.Quarantine.MaxAge)
		}
		return unknownOption(d, quarantineOptions)
	})
}
