package caddymodule

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/replay"
	"github.com/gatepost/gatepost/verifier"
)

var rejectedView = view[replay.Rejected]{
	columns: []string{"REJECTED", "RECEIVED", "SOURCE", "CODE", "FROM", "SIZE"},
	row: func(r *replay.Rejected) []string {
		return []string{r.ID.String(), local(r.ReceivedAt), r.Source, r.Code, r.RemoteIP, humanize.IBytes(uint64(max(0, r.Size)))}
	},
}

func rejectedCommand() *cobra.Command {
	var filter replay.RejectedFilter
	cmd := &cobra.Command{
		Use: "rejected", Short: "Lists requests that failed verification and are quarantined, the newest first", Args: argCount(0, 0),
		Long: `
Lists what failed verification at sources with on_unverified quarantine. Show
one with its explanation by ` + "`gatepost webhooks show rej_…`" + `, and have all of a
source verified again by ` + "`gatepost webhooks reverify --source <source>`" + `. What is
listed here was sent by anybody: trust none of it.`,
		Example: "  gatepost webhooks rejected --source stripe --code signature_mismatch --since 2h",
	}
	limit := limitFlag(cmd)
	fs := cmd.Flags()
	fs.StringVar(&filter.Source, "source", "", "Only those of this source")
	rejectedFlags(cmd, &filter.Code, &filter.Since, &filter.Until)
	return adminCommand(cmd, func(cmd *cobra.Command, client *replay.Client, _ []string) (err error) {
		if filter.Limit, err = pageSize(*limit); err != nil {
			return err
		}
		return newest(cmd, rejectedView, client.Rejected(cmd.Context(), filter), *limit, func() {
			hintQuarantine(cmd, client, filter.Source)
		})
	})
}

func rejectedFlags(cmd *cobra.Command, code, since, until *string) {
	fs := cmd.Flags()
	fs.StringVar(code, "code", "", "Only those refused with this code, such as signature_mismatch")
	fs.StringVar(since, "since", "", "Only those received since: RFC 3339, or a duration back from now such as 2h or 7d")
	fs.StringVar(until, "until", "", "Only those received before: RFC 3339, or a duration back from now")
}

// isRejectedID tells the ID of a rejected request from that of an event.
func isRejectedID(text string) bool { return strings.HasPrefix(text, "rej_") }

func parseRejectedID(text string) (event.RejectedID, error) {
	id, err := event.ParseRejectedID(text)
	if err != nil {
		return id, usageError("%w: `gatepost webhooks rejected` lists them", err)
	}
	return id, nil
}

// showRejected shows one request, or its body alone.
func showRejected(cmd *cobra.Command, client *replay.Client, text string, body bool) error {
	id, err := parseRejectedID(text)
	if err != nil {
		return err
	}
	if body {
		bytes, err := client.RejectedBody(cmd.Context(), id)
		if err != nil {
			return err
		}
		_, err = cmd.OutOrStdout().Write(bytes)
		return err
	}
	r, err := client.RejectedRequest(cmd.Context(), id)
	if err != nil {
		return err
	}
	if wantsJSON(cmd) {
		return printJSON(cmd.OutOrStdout(), r)
	}
	return printRejected(cmd.OutOrStdout(), r)
}

func printRejected(out io.Writer, r *replay.Rejected) error {
	w := &errWriter{w: out}
	w.field("Rejected", r.ID.String())
	w.field("Source", r.Source+" ("+r.Provider+")")
	w.field("Received", local(r.ReceivedAt)+" from "+r.RemoteIP)
	if r.Request != nil {
		w.field("Request", r.Request.Method+" "+r.Request.Path)
	}
	w.field("Body", humanize.IBytes(uint64(max(0, r.Size))))
	w.field("Refused with", r.Code+": "+r.Message)
	switch e := r.Explanation; {
	case e == nil:
		w.field("Verifies now", "its source is not configured")
	case e.Verified:
		w.field("Verifies now", "yes: `gatepost webhooks reverify --id "+r.ID.String()+"` releases it")
	default:
		w.field("Verifies now", "no, "+reasonOf(e))
	}
	if e := r.Explanation; e != nil {
		if !e.SignedAt.IsZero() {
			w.field("Signed at", e.SignedAt.UTC().Format(time.RFC3339))
		}
		printFindings(w, e.Findings)
	}
	if r.Request != nil {
		showHeaders(w, r.Request.Headers)
	}
	return w.err
}

func printFindings(w *errWriter, findings []verifier.Finding) {
	for _, f := range findings {
		certainty := "likely"
		if f.Proven {
			certainty = "proven"
		}
		w.printf("\n%s (%s)\n  %s\n  %s\n", f.Code, certainty, printable(f.Text), printable(f.Advice))
	}
}

func reverifyCommand() *cobra.Command {
	var in replay.VerifyRequest
	cmd := &cobra.Command{
		Use: "reverify --source <source> | --id <rejected ID>...", Short: "Verifies quarantined requests again and releases those that pass", Args: argCount(0, 0),
		Long: `
Verifies quarantined requests with the settings of now, as of the time at which
each arrived, the oldest first. Those that pass become events and are delivered
like any other; copies of stored events are recognised. What does not pass stays.

With --dry-run nothing is changed: it tells how many would pass, but not which
of them are copies.

The exit status is 1 if some could not be judged or stored, or are of a source
that is not configured; with --id also if one was not released.`,
		Example: "  gatepost webhooks reverify --source stripe --since 2h --dry-run\n" +
			"  gatepost webhooks reverify --source stripe --since 2h",
	}
	fs := cmd.Flags()
	fs.StringVar(&in.Source, "source", "", "Only those of this source")
	rejectedFlags(cmd, &in.Code, &in.Since, &in.Until)
	ids := fs.StringArray("id", nil, "Only this one; repeatable")
	fs.BoolVar(&in.DryRun, "dry-run", false, "Verify, and leave everything as it is")
	return adminCommand(cmd, func(cmd *cobra.Command, client *replay.Client, _ []string) error {
		if in.Source == "" && len(*ids) == 0 {
			return usageError("nothing is named: write --source <source>, or --id <rejected ID>")
		}
		for _, text := range *ids {
			id, err := parseRejectedID(text)
			if err != nil {
				return err
			}
			in.IDs = append(in.IDs, id)
		}
		return reverify(cmd, client, in)
	})
}

// reverify goes on until all were checked, and says what became of them.
func reverify(cmd *cobra.Command, client *replay.Client, in replay.VerifyRequest) error {
	const page = 500
	in.Limit = page
	sum := replay.VerifyResult{Items: []replay.VerifyItem{}}
	var failure error
	for result, err := range client.VerifyRejected(cmd.Context(), in) {
		if err != nil {
			failure = err
			break
		}
		sum.Add(result)
	}
	if failure != nil && sum.Checked == 0 {
		return failure
	}
	if err := printVerified(cmd, &sum, in.DryRun); err != nil {
		return err
	}
	if failure == nil && sum.Checked == 0 {
		hintQuarantine(cmd, client, in.Source)
	}
	open := sum.Error + sum.UnknownSource
	if len(in.IDs) > 0 {
		open += sum.Failed + sum.NotFound
	}
	switch {
	case failure != nil:
		return failure
	case open > 0:
		return fmt.Errorf("%d of %d could not be released", open, sum.Checked)
	}
	return nil
}

func printVerified(cmd *cobra.Command, sum *replay.VerifyResult, dryRun bool) error {
	if wantsJSON(cmd) {
		return printJSON(cmd.OutOrStdout(), sum)
	}
	t := newTable(cmd.OutOrStdout())
	row := func(what string, n int) {
		if n > 0 {
			t.row(what, strconv.Itoa(n))
		}
	}
	t.row("Checked", strconv.Itoa(sum.Checked))
	if dryRun {
		t.row("Would be released", strconv.Itoa(sum.Released))
	} else {
		t.row("Released", strconv.Itoa(sum.Released))
	}
	row("Copies of stored events", sum.Duplicate)
	row("Handshakes, no events", sum.Handshake)
	row("Still not verified", sum.Failed)
	row("Not judged or stored", sum.Error)
	row("Source not configured", sum.UnknownSource)
	row("Not found", sum.NotFound)
	return t.end(nil)
}
