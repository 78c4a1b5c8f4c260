package caddymodule

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatepost/gatepost/verifier"
)

// maxCapture bounds the file of a captured request, in bytes.
const maxCapture = 64 << 20

func verifyCommand(now func() time.Time) *cobra.Command {
	o := new(verifyOptions)
	cmd := &cobra.Command{
		Use: "verify <provider> --secret <secret> --request <file> [--at <time>]", Short: "Says why a captured request does or does not verify",
		Args: argCount(1, 1), ValidArgs: verifier.Names(),
		Long: `
Verifies a captured request as the server would. If it does not verify, the
command looks for what would have worked: the secret decoded or not, or with
quotes around it; the body without a line break that was added, or encoded as
JSON in another way; another encoding or algorithm of the signature; headers
that a proxy renamed; another provider; a clock that is off.

The file of --request, or with - standard input, holds header lines, an empty
line and the body byte for byte. A request line may come first; without one it
is a POST to /, which matters only to providers that sign the address:

	POST /github HTTP/1.1
	Host: hooks.example.com
	X-Hub-Signature-256: sha256=…

	{"zen":"…"}

A request that was captured earlier is judged at another time with --at.
--secret takes the placeholders of the Caddyfile, '{env.NAME}' and
'{file./path}', in single quotes, and --set the options that a provider needs.

The exit status is 0 if the request verifies and 1 if it does not.`,
		Example: "  gatepost webhooks verify github --secret '{env.GITHUB_SECRET}' --request captured.txt\n" +
			"  gatepost webhooks verify stripe --secret '{file./run/secrets/stripe}' --request - --at 2026-11-21T09:30:00Z < captured.txt",
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVar(&o.secret, "secret", "", "Secret that the server has; user:password for basic")
	fs.StringVar(&o.request, "request", "", "File of the request, or - for standard input")
	fs.StringVar(&o.at, "at", "", "Time at which to judge, such as 2026-11-21T09:30:00Z (default: now)")
	o.addSchemeFlags(cmd)

	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		p, err := (&Source{Provider: args[0]}).provider()
		if err != nil {
			return usageError("%w", err)
		}
		v, err := o.explain(cmd, p, now())
		if err != nil {
			return err
		}
		if err := v.print(cmd); err != nil {
			return err
		}
		if !v.Verified {
			return fmt.Errorf("the request does not verify: %s", v.Code)
		}
		return nil
	}
	return cmd
}

// verifyOptions are the flags of `verify`.
type verifyOptions struct {
	sendOptions
	request string // file
	at      string
}

// explain judges the request. All its errors are bad usage.
func (o *verifyOptions) explain(cmd *cobra.Command, p *verifier.Provider, at time.Time) (*verdict, error) {
	if o.at != "" {
		var err error
		if at, err = time.Parse(time.RFC3339, o.at); err != nil {
			return nil, usageError("--at: %q is not a time: write one such as 2026-11-21T09:30:00Z", o.at)
		}
	}
	if o.request == "" {
		return nil, usageError("--request is missing: write the file that holds the request, or - for standard input")
	}
	if err := o.readSettings(p); err != nil {
		return nil, err
	}
	if err := o.readSecret(p); err != nil {
		return nil, err
	}
	text, err := readCapture(o.request, cmd.InOrStdin())
	if err != nil {
		return nil, usageError("--request: %w", err)
	}
	request, err := parseCapture(text)
	if err != nil {
		return nil, usageError("--request: %w", err)
	}
	e := p.Explain(o.settings, request, at)
	if e.Code == verifier.SettingsInvalid && len(e.Findings) == 0 {
		_, err := p.New(o.settings)
		return nil, usageError("%s: %w%s", p.Name, joined(err), o.hint(p, err))
	}
	return &verdict{Provider: p.Name, At: at.UTC().Truncate(time.Second), Explanation: e}, nil
}

func readCapture(name string, stdin io.Reader) ([]byte, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxCapture+1))
	if err == nil && len(text) > maxCapture {
		err = fmt.Errorf("longer than %d MiB", maxCapture>>20)
	}
	return text, err
}

// reasonOf is what the sender would be told, in a line.
func reasonOf(e *verifier.Explanation) string {
	return strings.TrimSuffix(string(e.Code)+": "+e.Message, ": ")
}

// verdict is what the command shows.
type verdict struct {
	Provider string    `json:"provider"`
	At       time.Time `json:"at"` // when the request was judged to have arrived
	verifier.Explanation
}

func (v *verdict) print(cmd *cobra.Command) error {
	if wantsJSON(cmd) {
		return printJSON(cmd.OutOrStdout(), v)
	}
	w := &errWriter{w: cmd.OutOrStdout()}
	w.field("Provider", v.Provider)
	w.field("Verified", map[bool]string{true: "yes", false: "no"}[v.Verified])
	w.field("Judged at", v.At.Format(time.RFC3339))
	if !v.SignedAt.IsZero() {
		w.field("Signed at", v.SignedAt.UTC().Format(time.RFC3339))
	}
	if !v.Verified {
		w.field("Reason", reasonOf(&v.Explanation))
	}
	printFindings(w, v.Findings)
	return w.err
}
