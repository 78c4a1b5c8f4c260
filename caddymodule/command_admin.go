package caddymodule

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/replay"
)

// adminTimeout bounds one call of the admin API.
const adminTimeout = time.Minute

// adminCommand completes a command that calls the admin API of a running server.
func adminCommand(cmd *cobra.Command, run func(*cobra.Command, *replay.Client, []string) error) *cobra.Command {
	fs := cmd.Flags()
	address := fs.String("address", "", "Address of the admin endpoint (if --config is not used)")
	config := fs.StringP("config", "c", "", "Configuration file that has the address (if --address is not used)")
	adapter := fs.StringP("adapter", "a", "", "Name of the config adapter to apply (if --config is used)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		address, err := caddycmd.DetermineAdminAPIAddress(*address, nil, *config, *adapter)
		if err != nil {
			return fmt.Errorf("finding the admin endpoint: %w", err)
		}
		client, err := adminClient(address)
		if err != nil {
			return err
		}
		warned := false
		client.Warn = func(text string) {
			if !warned { // what one page warns of the next most likely does, too
				cmd.PrintErrln("Warning: " + text)
			}
			warned = true
		}
		return run(cmd, client, args)
	}
	return cmd
}

// adminClient calls the admin endpoint at a network address of Caddy's form: host:port, or
// unix//run/caddy.sock.
func adminClient(address string) (*replay.Client, error) {
	parsed, err := caddy.ParseNetworkAddress(address)
	if err != nil || parsed.PortRangeSize() != 1 {
		return nil, usageError("%q is not the address of an admin endpoint: write host:port, or unix//path", address)
	}
	base := "http://" + parsed.JoinHostPort(0)
	if parsed.IsUnixNetwork() {
		base = "http://127.0.0.1" // what Caddy expects on a socket
		parsed.Host, _, _ = strings.Cut(parsed.Host, "|")
	}
	client := &http.Client{
		Timeout: adminTimeout,
		Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, parsed.Network, parsed.JoinHostPort(0))
		}},
	}
	return &replay.Client{Base: base, Do: func(r *http.Request) (*http.Response, error) {
		if !parsed.IsUnixNetwork() {
			r.Header.Set("Origin", base) // asked for where the endpoint enforces origins
		}
		resp, err := client.Do(r)
		if err != nil {
			return nil, fmt.Errorf("no answer from the admin endpoint at %s: %w; start the server, or name another with --address or --config", address, cause(err))
		}
		return resp, nil
	}}, nil
}

// cause is why a request failed, without its URL.
func cause(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// limitFlag adds the flag that bounds a list.
func limitFlag(cmd *cobra.Command) *int {
	return cmd.Flags().Int("limit", 50, "How many to list, the newest first; 0 lists all")
}

// pageSize is how many items to ask for at a time in order to list so many.
func pageSize(limit int) (int, error) {
	const largest = 1000
	switch {
	case limit < 0:
		return 0, usageError("--limit %d is negative: 0 lists all", limit)
	case limit == 0:
		return largest, nil
	}
	return min(limit, largest), nil
}

// newest shows the first items of a list. It says so if there may be more, and has empty say why there
// may be none.
func newest[T any](cmd *cobra.Command, v view[T], items iter.Seq2[*T, error], limit int, empty func()) error {
	n, err := v.list(cmd, func(yield func(*T, error) bool) {
		left := limit
		for item, err := range items {
			if !yield(item, err) {
				return
			}
			if left--; left == 0 {
				return
			}
		}
	})
	if err == nil && n == 0 {
		empty()
	}
	if err == nil && n == limit && limit > 0 && !wantsJSON(cmd) {
		cmd.PrintErrf("The newest %d are shown; --limit 0 shows all.\n", n)
	}
	return err
}

var sourceView = view[replay.Source]{
	columns: []string{"SOURCE", "PROVIDER", "DEDUPE WINDOW", "ROUTES"},
	row: func(s *replay.Source) []string {
		return []string{s.Name, s.Provider, brief(s.DedupeWindow), strings.Join(s.Routes, " ")}
	},
}

func sourcesCommand() *cobra.Command {
	return adminCommand(&cobra.Command{
		Use: "sources", Short: "Lists the configured sources", Args: argCount(0, 0),
	}, func(cmd *cobra.Command, client *replay.Client, _ []string) error {
		sources, err := client.Sources(cmd.Context())
		if err != nil {
			return err
		}
		return sourceView.all(cmd, sources)
	})
}

var routeView = view[replay.Route]{
	columns: []string{"SOURCE", "ROUTE", "STATE", "PENDING", "DELIVERING", "DEAD", "OLDEST PENDING"},
	row: func(r *replay.Route) []string {
		state := "active"
		switch {
		case !r.Configured:
			state = "not configured"
		case r.Held:
			state = "held"
		}
		return []string{
			r.Source, r.Name, state, strconv.Itoa(r.Pending), strconv.Itoa(r.Delivering), strconv.Itoa(r.Dead),
			local(r.OldestPendingAt),
		}
	},
}

func routesCommand() *cobra.Command {
	return adminCommand(&cobra.Command{
		Use: "routes", Short: "Lists the routes with their state and backlog", Args: argCount(0, 0),
	}, func(cmd *cobra.Command, client *replay.Client, _ []string) error {
		routes, err := client.Routes(cmd.Context())
		if err != nil {
			return err
		}
		return routeView.all(cmd, routes)
	})
}

func holdCommand() *cobra.Command {
	return routeCommand("hold", "Stops the deliveries of a route; they wait without spending attempts", (*replay.Client).Hold)
}

func resumeCommand() *cobra.Command {
	return routeCommand("resume", "Starts the deliveries of a held route again", (*replay.Client).Resume)
}

func routeCommand(name, short string, do func(*replay.Client, context.Context, string, string) (*replay.Route, error)) *cobra.Command {
	return adminCommand(&cobra.Command{
		Use: name + " <source> <route>", Short: short, Args: argCount(2, 2),
	}, func(cmd *cobra.Command, client *replay.Client, args []string) error {
		route, err := do(client, cmd.Context(), args[0], args[1])
		if err != nil {
			if e := (*replay.Error)(nil); errors.As(err, &e) && e.Status == http.StatusNotFound {
				hintNames(cmd, client, args[0], args[1])
			}
			return err
		}
		return routeView.one(cmd, route)
	})
}

var deliveryView = view[replay.Delivery]{
	columns: []string{"DELIVERY", "EVENT", "SOURCE", "ROUTE", "STATE", "ATTEMPTS", "NEXT ATTEMPT", "REASON"},
	row: func(d *replay.Delivery) []string {
		return []string{
			d.ID.String(), d.Event.String(), d.Source, d.Route, d.State, strconv.Itoa(d.AttemptCount),
			local(d.NextAttemptAt), d.Reason,
		}
	},
}

func deliveriesCommand() *cobra.Command {
	var filter replay.DeliveryFilter
	cmd := &cobra.Command{
		Use: "deliveries", Short: "Lists deliveries, the newest first", Args: argCount(0, 0),
		Example: "  gatepost webhooks deliveries --state dead --source stripe",
	}
	limit := limitFlag(cmd)
	fs := cmd.Flags()
	fs.StringVar(&filter.State, "state", "", "Only those in this state: pending, held, delivering, delivered, dead or cancelled")
	fs.StringVar(&filter.Source, "source", "", "Only those of this source")
	fs.StringVar(&filter.Route, "route", "", "Only those of routes with this name")
	return adminCommand(cmd, func(cmd *cobra.Command, client *replay.Client, _ []string) (err error) {
		if filter.Limit, err = pageSize(*limit); err != nil {
			return err
		}
		return newest(cmd, deliveryView, client.Deliveries(cmd.Context(), filter), *limit, func() {
			hintNames(cmd, client, filter.Source, filter.Route)
		})
	})
}

func retryCommand() *cobra.Command {
	return deliveryCommand("retry", "Makes a dead, cancelled or waiting delivery due now, with a fresh budget", (*replay.Client).Retry)
}

func cancelCommand() *cobra.Command {
	return deliveryCommand("cancel", "Ends an unfinished delivery for good", (*replay.Client).Cancel)
}

func deliveryCommand(name, short string, do func(*replay.Client, context.Context, event.DeliveryID) (*replay.Delivery, error)) *cobra.Command {
	return adminCommand(&cobra.Command{
		Use: name + " <delivery ID>", Short: short, Args: argCount(1, 1),
	}, func(cmd *cobra.Command, client *replay.Client, args []string) error {
		id, err := event.ParseDeliveryID(args[0])
		if err != nil {
			return usageError("%w: `gatepost webhooks deliveries` lists them", err)
		}
		delivery, err := do(client, cmd.Context(), id)
		if err != nil {
			return err
		}
		return deliveryView.one(cmd, delivery)
	})
}

func statsCommand() *cobra.Command {
	return adminCommand(&cobra.Command{
		Use: "stats", Short: "Counts requests and deliveries since the server's start, and the backlog now", Args: argCount(0, 0),
	}, func(cmd *cobra.Command, client *replay.Client, _ []string) error {
		s, err := client.Stats(cmd.Context())
		if err != nil {
			return err
		}
		if wantsJSON(cmd) {
			return printJSON(cmd.OutOrStdout(), s)
		}
		t := newTable(cmd.OutOrStdout())
		count := func(what string, n int64) { t.row(what, strconv.FormatInt(n, 10)) }
		t.row("Since", local(s.Since))
		count("Requests accepted", s.Requests.Accepted)
		count("Requests duplicate", s.Requests.Duplicate)
		count("Requests rejected", s.Requests.Rejected)
		count("Requests quarantined", s.Requests.Quarantined)
		count("Requests handshake", s.Requests.Handshake)
		count("Requests failed", s.Requests.Failed)
		count("Deliveries delivered", s.Deliveries.Delivered)
		count("Deliveries dead", s.Deliveries.Dead)
		count("Deliveries cancelled", s.Deliveries.Cancelled)
		count("Now pending", s.Deliveries.Pending)
		count("Now held", s.Deliveries.Held)
		count("Now delivering", s.Deliveries.Delivering)
		t.row("Store size", humanize.IBytes(uint64(max(0, s.StoreBytes))))
		return t.end(nil)
	})
}
