package caddymodule

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/replay"
)

var eventView = view[replay.Event]{
	columns: []string{"EVENT", "RECEIVED", "SOURCE", "TYPE", "STATUS", "DELIVERIES"},
	row: func(e *replay.Event) []string {
		states := make([]string, len(e.Deliveries))
		for i, d := range e.Deliveries {
			states[i] = d.Route + "=" + d.State
		}
		return []string{e.ID.String(), local(e.ReceivedAt), e.Source, e.Type, string(e.Status), strings.Join(states, " ")}
	},
}

func eventsCommand() *cobra.Command {
	var filter replay.EventFilter
	cmd := &cobra.Command{
		Use: "events", Short: "Lists stored events, the newest first", Args: argCount(0, 0),
		Example: "  gatepost webhooks events --source stripe --type 'invoice.*' --since 2h\n" +
			"  gatepost webhooks events --status dead --where 'body.data.object.amount_paid > 10000'",
	}
	limit := limitFlag(cmd)
	fs := cmd.Flags()
	fs.StringVar(&filter.Source, "source", "", "Only those of this source")
	fs.StringVar(&filter.Type, "type", "", "Only those of this type; * is any run of characters")
	fs.StringVar(&filter.Status, "status", "", "Only those that are pending, dead, delivered, cancelled or unrouted")
	fs.StringVar(&filter.Since, "since", "", "Only those received since: RFC 3339, or a duration back from now such as 2h or 7d")
	fs.StringVar(&filter.Until, "until", "", "Only those received before: RFC 3339, or a duration back from now")
	fs.StringVar(&filter.Where, "where", "", "Only those for which this expression is true")
	return adminCommand(cmd, func(cmd *cobra.Command, client *replay.Client, _ []string) (err error) {
		if filter.Limit, err = pageSize(*limit); err != nil {
			return err
		}
		return newest(cmd, eventView, client.Events(cmd.Context(), filter), *limit, func() {
			hintNames(cmd, client, filter.Source, "")
		})
	})
}

// parseEventID reads an event's ID from the command line.
func parseEventID(text string) (event.ID, error) {
	id, err := event.ParseID(text)
	if err != nil {
		return id, usageError("%w: `gatepost webhooks events` lists them", err)
	}
	return id, nil
}

func replayCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "replay <event ID>", Short: "Makes new deliveries of a stored event", Args: argCount(1, 1),
		Long: `
Makes new deliveries of a stored event, to the named routes or else to those
that take the event under the configuration of now. The application sees the
same bytes and the same Idempotency-Key, and Gatepost-Replay: true.`,
	}
	routes := cmd.Flags().StringArray("route", nil, "Only to this route, whatever its conditions; repeatable")
	return adminCommand(cmd, func(cmd *cobra.Command, client *replay.Client, args []string) error {
		id, err := parseEventID(args[0])
		if err != nil {
			return err
		}
		deliveries, err := client.Replay(cmd.Context(), id, *routes...)
		if err != nil {
			return err
		}
		if len(deliveries) == 0 {
			cmd.PrintErrln("No route takes this event now; name one with --route.")
		}
		return deliveryView.all(cmd, deliveries)
	})
}

func showCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show <ID>", Short: "Shows one event with its request, deliveries and attempts, or one quarantined request", Args: argCount(1, 1),
	}
	body := cmd.Flags().Bool("body", false, "Write the body alone, byte for byte")
	return adminCommand(cmd, func(cmd *cobra.Command, client *replay.Client, args []string) error {
		if *body && wantsJSON(cmd) {
			return usageError("--body writes the bytes as they are: leave out --json")
		}
		if isRejectedID(args[0]) {
			return showRejected(cmd, client, args[0], *body)
		}
		id, err := parseEventID(args[0])
		if err != nil {
			return err
		}
		if *body {
			text, err := client.Body(cmd.Context(), id)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		}
		e, err := client.Event(cmd.Context(), id)
		if err != nil {
			return err
		}
		if wantsJSON(cmd) {
			return printJSON(cmd.OutOrStdout(), e)
		}
		return showEvent(cmd.OutOrStdout(), e)
	})
}

// showEvent writes an event for people.
func showEvent(out io.Writer, e *replay.Event) error {
	w := &errWriter{w: out}
	w.field("Event", e.ID.String())
	w.field("Source", e.Source+" ("+e.Provider+")")
	w.field("Event ID", e.EventID)
	w.field("Type", e.Type)
	w.field("Status", string(e.Status))
	if r := e.Request; r != nil {
		w.field("Received", local(e.ReceivedAt)+" from "+r.RemoteIP)
		w.field("Request", r.Method+" "+r.Path)
	}
	w.field("Body", humanize.IBytes(uint64(max(0, e.Size))))
	w.field("Verification", showVerification(e.Verification))
	w.field("Dedupe key", e.DedupeKey)
	if e.Parts > 0 {
		w.field("Part", fmt.Sprintf("%d of %d of its request", e.Part, e.Parts))
	}
	if e.SplitError != "" {
		w.field("Split error", e.SplitError)
	}
	if e.BodyError != "" {
		w.field("Body error", e.BodyError)
	}
	for _, r := range e.RouteErrors {
		w.field("Route error", r.Route+": "+r.Error)
	}
	if e.Request != nil {
		showHeaders(w, e.Request.Headers)
	}
	if len(e.Deliveries) == 0 {
		w.printf("\nNo route took it.\n")
	}
	for i := range e.Deliveries {
		showDelivery(w, &e.Deliveries[i])
	}
	return w.err
}

func showVerification(v replay.Verification) string {
	switch {
	case v.Result == event.InsecureResult:
		return v.Result
	case v.SignedAt.IsZero():
		return fmt.Sprintf("%s by secret %d", v.Result, v.Secret+1)
	}
	return fmt.Sprintf("%s by secret %d, signed %s", v.Result, v.Secret+1, local(v.SignedAt))
}

func showHeaders(w *errWriter, headers map[string][]string) {
	w.printf("\nHeaders\n")
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		for _, value := range headers[name] {
			w.printf("  %s: %s\n", printable(name), printable(value))
		}
	}
}

func showDelivery(w *errWriter, d *replay.Delivery) {
	kind := "Delivery"
	if d.Replay {
		kind = "Replay"
	}
	w.printf("\n%s %s to %s: %s", kind, d.ID, printable(d.Route), printable(d.State))
	if d.Reason != "" {
		w.printf(" (%s)", printable(d.Reason))
	}
	if !d.NextAttemptAt.IsZero() {
		w.printf(", next attempt %s", local(d.NextAttemptAt))
	}
	w.printf("\n")
	if len(d.Attempts) == 0 {
		return
	}
	t := newTable(w, "  ATTEMPT", "STARTED", "TOOK", "STATUS", "ERROR", "ANSWER")
	for _, a := range d.Attempts {
		status := ""
		if a.Status != 0 {
			status = strconv.Itoa(a.Status)
		}
		t.row("  "+strconv.Itoa(a.Number), local(a.StartedAt), milliseconds(a.DurationMS), status, a.Error, a.Response)
	}
	_ = t.end(nil)
}
