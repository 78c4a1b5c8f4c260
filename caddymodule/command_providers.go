package caddymodule

import (
	"cmp"
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
	columns: []string{"PROVIDER", "TITLE", "SCHEME", "CONFIGURE", "TIMESTAMP", "EVENT ID"},
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
		return []string{p.Name, p.Title, p.Scheme, strings.Join(p.Configure, ", "), orOpen(timestamp, "timestamp_header"), orOpen(id, "id_header")}
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
	for i, step := range p.Setup {
		w.printf("%d. %s\n", i+1, step)
	}
	w.printf("\n")
	for _, f := range p.fields() {
		w.field(f.name, f.value)
	}
	if p.Batch != nil {
		w.printf("\nBatches\n  %s\n", batchHelp)
		for _, f := range p.Batch.fields() {
			w.field("  "+f.name, f.value)
		}
	}
	if options := p.options(); len(options) > 0 {
		w.printf("\nOptions\n")
		for _, o := range options {
			w.printf("  %s: %s\n", o.name, o.value)
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
	// known is a duration with what it rests on, or what is said instead of one.
	known := func(d replay.Duration, about, otherwise string) string {
		i := slices.IndexFunc(p.Facts, func(f providerFact) bool { return f.About == about })
		switch {
		case i >= 0 && d != 0:
			return brief(d) + " (" + p.Facts[i].Confidence + ")"
		case i >= 0:
			return p.Facts[i].Text + " (" + p.Facts[i].Confidence + ")"
		case d != 0:
			return brief(d)
		}
		return otherwise
	}
	secret := []string{p.Secret}
	for _, f := range p.Facts {
		if f.About == "secret" {
			secret = append(secret, f.Text)
		}
	}
	fields := []infoField{{"Scheme", p.Scheme}, {"Proof", p.Proof}, {"Secret", strings.Join(secret, "; ")}}
	if p.SignedTimestamp {
		fields = append(fields, infoField{"Tolerance", brief(p.Tolerance)})
	}
	largest := "not known; max_body is " + humanize.IBytes(defaultMaxBody) + " unless set"
	if p.MaxBody != 0 {
		largest = humanize.IBytes(uint64(p.MaxBody))
	}
	tests := strings.Join(p.Samples, ", ")
	if p.Unsignable != "" {
		tests += " (unsigned: " + p.Unsignable + ")"
	}
	return append(fields,
		infoField{"Covered", cmp.Or(strings.Join(p.Covered, ", "), "nothing")},
		infoField{"Not covered", strings.Join(p.NotCovered, ", ")},
		infoField{"Event ID", cmp.Or(p.EventID, "none")},
		infoField{"Type", cmp.Or(p.EventType, "none")},
		infoField{"Dedupe", p.Dedupe},
		infoField{"Handshake", cmp.Or(p.Handshake, "none")},
		infoField{"Requests", strings.Join(p.Methods, ", ") + ", answered " + strconv.Itoa(p.Ack)},
		infoField{"Largest body", largest},
		infoField{"Deadline", known(p.AnswerDeadline, "deadline", "not known")},
		infoField{"Retries", known(p.RetryHorizon, "retries", "none, or not known")},
		infoField{"Test events", tests},
	)
}

// options are those that the provider takes beside those of all, as they are written.
func (p *providerInfo) options() []infoField {
	var options []infoField
	for _, o := range new(verifier.Settings).Options() {
		if !slices.Contains(p.Open, o.Name) {
			continue
		}
		text := o.Help
		switch {
		case o.Name == "signature" && len(p.Needed) > 0:
			text += "; needed: " + strings.Join(p.Needed, ", ")
		case slices.Contains(p.Needed, o.Name):
			text += "; needed"
		}
		options = append(options, infoField{strings.TrimSpace(o.Name + " " + o.Words), text})
	}
	return options
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
