package caddymodule

import (
	"io"
	"slices"
	"strconv"
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
	w.printf("%s: %s\n\n%s\n", p.Name, p.Title, indent(p.Caddyfile))
	if p.Gap != "" {
		w.printf("%s\n\n", p.gapText())
	}
	for _, f := range p.fields() {
		w.field(f.name, f.value)
	}
	if options := p.optionLines(); len(options) > 0 {
		w.printf("\nOptions\n")
		for _, o := range options {
			w.printf("  %s\n", o)
		}
	}
	if len(p.Facts) > 0 {
		w.printf("\nWhere this is from\n")
	}
	for _, f := range p.Facts {
		w.printf("  %s: %s [%s]\n", f.About, f.Text, f.ground())
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

type infoField struct{ name, value string }

// fields are what is known in a line each, in the order in which people read it.
func (p *providerInfo) fields() []infoField {
	known := func(d replay.Duration, otherwise string) string {
		if d == 0 {
			return otherwise
		}
		return brief(d)
	}
	secret := p.Secret
	for _, f := range p.Facts {
		if f.About == "secret" {
			secret += "; " + f.Text
		}
	}
	fields := []infoField{{"Scheme", p.Scheme}, {"Proof", p.Proof}, {"Secret", secret}}
	if p.SignedTimestamp {
		fields = append(fields, infoField{"Tolerance", known(p.Tolerance, "")})
	}
	largest := "not known; max_body is " + humanize.IBytes(defaultMaxBody) + " unless set"
	if p.MaxBody != 0 {
		largest = humanize.IBytes(uint64(p.MaxBody))
	}
	tests := strings.Join(p.Samples, ", ")
	if p.Unsignable != "" {
		tests += "; unsigned only: " + p.Unsignable
	}
	return append(fields,
		infoField{"Covered", or(strings.Join(p.Covered, ", "), "nothing")},
		infoField{"Not covered", strings.Join(p.NotCovered, ", ")},
		infoField{"Event ID", or(p.EventID, "none")},
		infoField{"Type", or(p.EventType, "none")},
		infoField{"Dedupe", p.Dedupe},
		infoField{"Handshake", or(p.Handshake, "none")},
		infoField{"Requests", strings.Join(p.Methods, ", ") + ", answered " + strconv.Itoa(p.Ack)},
		infoField{"Largest body", largest},
		infoField{"Deadline", known(p.AnswerDeadline, "not known")},
		infoField{"Retries for", known(p.RetryHorizon, "none, or not known")},
		infoField{"Test events", tests},
	)
}

func (p *providerInfo) gapText() string { return "The example fills gaps: " + p.Gap + "." }

// optionLines are the options that the provider takes beside those of all.
func (p *providerInfo) optionLines() []string {
	var lines []string
	for _, o := range optionHelp {
		if !slices.Contains(p.Open, o.name) {
			continue
		}
		line := strings.TrimSpace(o.name+" "+o.words) + ": " + o.text
		switch {
		case o.name == "signature" && len(p.Needed) > 0:
			line += "; needed: " + strings.Join(p.Needed, ", ")
		case slices.Contains(p.Needed, o.name):
			line += "; needed"
		}
		lines = append(lines, line)
	}
	return lines
}

// ground is what the fact rests on.
func (f *providerFact) ground() string {
	if f.Source == "" {
		return f.Confidence
	}
	return f.Confidence + ": " + f.Source
}

func indent(text string) string {
	var b strings.Builder
	for l := range strings.Lines(text) {
		b.WriteString("  " + l)
	}
	return b.String()
}
