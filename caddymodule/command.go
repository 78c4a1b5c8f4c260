package caddymodule

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "webhooks",
		Usage: "<command>",
		Short: "Looks at webhooks, replays them and sends test events",
		Long: `
Shows what a running server has received and delivered, replays stored events,
and steers deliveries. These commands talk to the server's admin endpoint, at
--address or as --config says, and need nothing else of the machine:

	sources, routes, stats         what is configured, and its backlog
	events, show                   stored events
	rejected, show, reverify       quarantined requests, released once they verify
	deliveries, retry, cancel      what became of them
	replay                         new deliveries of a stored event
	hold, resume                   stop and start the deliveries of a route

These work without a server:

	providers                      what is known of each sending service
	send                           a signed test event, or a deliberately wrong one
	verify                         why a captured request does or does not verify

Output is a table for people, with local times; with --json it is one JSON
document, a list being an array with one item a line.

The exit status is 0 when it is done, 1 when the request failed or was refused,
and 2 when the command line is wrong.`,
		CobraFunc: addCommands,
	})
}

// addCommands puts everything below `webhooks`.
func addCommands(cmd *cobra.Command) {
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			return usageError("unknown command %q: did you mean %s?", args[0], strings.Join(near, ", "))
		}
		return usageError("unknown command %q: `%s --help` lists them", args[0], cmd.CommandPath())
	}
	cmd.SuggestionsMinimumDistance = 2
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError("%w: see `%s --help`", err, cmd.CommandPath())
	})
	cmd.PersistentFlags().Bool("json", false, "Print JSON instead of a table")
	cmd.AddCommand(
		sourcesCommand(), routesCommand(), statsCommand(),
		eventsCommand(), showCommand(), replayCommand(),
		rejectedCommand(), reverifyCommand(),
		deliveriesCommand(), retryCommand(), cancelCommand(),
		holdCommand(), resumeCommand(),
		providersCommand(), sendCommand(time.Now), verifyCommand(time.Now),
	)
}

// commandError is an error with an exit status other than 1, which only a type of Caddy's own can
// carry to where the process exits.
type commandError struct {
	error
	status error
}

func (e *commandError) Unwrap() []error { return []error{e.error, e.status} }

// usageError says that the command line is wrong.
func usageError(format string, args ...any) error {
	exit := caddycmd.WrapCommandFuncForCobra(func(caddycmd.Flags) (int, error) { return 2, nil })
	return &commandError{fmt.Errorf(format, args...), exit(new(cobra.Command), nil)}
}

// argCount refuses other numbers of arguments.
func argCount(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usageError("an argument is missing: write `%s`", cmd.UseLine())
		case len(args) > most:
			return usageError("too many arguments: write `%s`", cmd.UseLine())
		}
		return nil
	}
}

// wantsJSON reports whether programs are to read the output.
func wantsJSON(cmd *cobra.Command) bool {
	yes, _ := cmd.Flags().GetBool("json") // every command inherits it
	return yes
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
