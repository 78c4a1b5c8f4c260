package caddymodule

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatepost/gatepost/replay"
	"github.com/gatepost/gatepost/verifier"
)

// The hints of this file go to standard error where nothing was found. They are no errors: what was
// removed from the configuration may still be in the store. A server that does not say what is
// configured has none.

// hintNames hints that no source, or none of its routes, has the name that was asked for. Names that
// were not asked for are "".
func hintNames(cmd *cobra.Command, client *replay.Client, source, route string) {
	if source == "" && route == "" {
		return
	}
	sources, err := client.Sources(cmd.Context())
	if err != nil {
		return
	}
	var names, routes []string
	for _, s := range sources {
		names = append(names, s.Name)
		if source == "" || s.Name == source {
			routes = append(routes, s.Routes...)
		}
	}
	switch {
	case source != "" && !slices.Contains(names, source):
		hintName(cmd, "source", source, names)
	case route != "" && !slices.Contains(routes, route):
		hintName(cmd, "route", route, routes)
	}
}

func hintName(cmd *cobra.Command, kind, name string, names []string) {
	near := strings.Join(verifier.NearestOf(name, names), ", ")
	if near != "" {
		near = "did you mean " + near + "? "
	}
	cmd.PrintErrf("No %s named %q is configured: %s`gatepost webhooks %ss` lists them.\n", kind, name, near, kind)
}

// hintQuarantine hints that the source, or each if none is named, keeps no rejected requests.
func hintQuarantine(cmd *cobra.Command, client *replay.Client, source string) {
	sources, err := client.Sources(cmd.Context())
	if err != nil {
		return
	}
	asked := slices.DeleteFunc(slices.Clone(sources), func(s replay.Source) bool { return source != "" && s.Name != source })
	switch {
	case len(asked) == 0:
		hintNames(cmd, client, source, "")
	case !slices.ContainsFunc(asked, func(s replay.Source) bool { return s.OnUnverified == onUnverifiedQuarantine }):
		nobody := "No source keeps"
		if source != "" {
			nobody = source + " keeps no"
		}
		cmd.PrintErrf("%s rejected requests: write `on_unverified quarantine` into the source.\n", nobody)
	}
}
