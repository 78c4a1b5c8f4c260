package caddymodule

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/gatepost/gatepost/replay"
	"github.com/gatepost/gatepost/verifier"
)

var providerView = view[providerInfo]{
	columns: []string{"PROVIDER", "TITLE", "SCHEME", "TIMESTAMP", "EVENT ID"},
	row: func(p *providerInfo) []string {
		timestamp := ""
		if p.SignedTimestamp {
			timestamp = "signed"
		}
		id := p.EventID
		if headers := headersIn(id); len(headers) > 0 {
			id = strings.Join(headers, " or ")
		}
		orOpen := func(text, option string) string {
			if text == "" && slices.Contains(p.Open, option) {
				return "if configured"
			}
			return text
		}
		return []string{p.Name, p.Title, p.Scheme, orOpen(timestamp, "timestamp_header"), orOpen(id, "id_header")}
	},
}

func providersCommand() *cobra.Command {
	return &cobra.Command{
		Use: "providers [<name>]", Short: "Lists the known senders, or tells all that is known of one", Args: argCount(0, 1),
		ValidArgs: verifier.Names(),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				var all []providerInfo
				for _, name := range verifier.Names() {
					p, _ := verifier.Lookup(name)
					all = append(all, *describe(p))
				}
				return providerView.all(cmd, all)
			}
			p, err := (&Source{Provider: args[0]}).provider()
			if err != nil {
				return usageError("%w", err)
			}
			info := describe(p)
			if wantsJSON(cmd) {
				return printJSON(cmd.OutOrStdout(), info)
			}
			return showProvider(cmd.OutOrStdout(), info)
		},
	}
}

// showProvider writes all that is known of a provider for people.
func showProvider(out io.Writer, p *providerInfo) error {
	w := &errWriter{w: out}
	known := func(d replay.Duration, otherwise string) string {
		if d == 0 {
			return otherwise
		}
		return brief(d)
	}
	w.printf("%s: %s\n\n%s\n", p.Name, p.Title, indent(p.Caddyfile))
	if p.Gap != "" {
		w.printf("The example fills gaps: %s.\n\n", p.Gap)
	}

	w.field("Scheme", p.Scheme)
	w.field("Proof", p.Proof)
	if p.SignedTimestamp {
		w.field("Tolerance", known(p.Tolerance, ""))
	}
	w.field("Covered", or(strings.Join(p.Covered, ", "), "nothing"))
	w.field("Not covered", strings.Join(p.NotCovered, ", "))
	w.field("Event ID", or(p.EventID, "none"))
	w.field("Type", or(p.EventType, "none"))
	w.field("Dedupe", p.Dedupe)
	w.field("Handshake", or(p.Handshake, "none"))
	w.field("Requests", strings.Join(p.Methods, ", ")+", answered "+fmt.Sprint(p.Ack))
	largest := "not known; max_body is " + humanize.IBytes(defaultMaxBody) + " unless set"
	if p.MaxBody != 0 {
		largest = humanize.IBytes(uint64(p.MaxBody))
	}
	w.field("Largest body", largest)
	w.field("Deadline", known(p.AnswerDeadline, "not known"))
	w.field("Retries for", known(p.RetryHorizon, "none, or not known"))
	w.field("Test events", strings.Join(p.Samples, ", "))

	if len(p.Facts) > 0 {
		w.printf("\nWhere this is from\n")
	}
	for _, f := range p.Facts {
		ground := f.Confidence
		if f.Source != "" {
			ground += ": " + f.Source
		}
		w.printf("  %s: %s [%s]\n", f.About, f.Text, ground)
	}
	if len(p.Notes) > 0 {
		w.printf("\nGood to know\n")
	}
	for _, n := range p.Notes {
		w.printf("  %s\n", n)
	}
	if p.LogFilter != "" {
		w.printf("\nThis option of the site keeps the secret out of its access log\n%s", indent(p.LogFilter))
	}
	return w.err
}

func indent(text string) string {
	var b strings.Builder
	for l := range strings.Lines(text) {
		b.WriteString("  " + l)
	}
	return b.String()
}
