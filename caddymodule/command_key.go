package caddymodule

import (
	"github.com/spf13/cobra"

	"github.com/gatepost/gatepost/verifier"
)

// testKey is what --generate-key makes.
type testKey struct {
	Secret string `json:"secret"` // what the server's configuration has
	Sign   string `json:"sign"`   // what --secret takes; the same where the secret is shared
}

// printKey makes a secret for tests and shows it.
func (o *sendOptions) printKey(cmd *cobra.Command, p *verifier.Provider) error {
	if o.to != "" || o.secret != "" {
		return usageError("--generate-key: sends nothing, since the server must know the key first; leave --to and --secret out, configure what it prints, then send")
	}
	if err := o.readSettings(p); err != nil {
		return err
	}
	if !needsSecret(p, o.settings) {
		return usageError("--generate-key: %s shares no secret", p.Name)
	}
	if err := signable(p); err != nil {
		return usageError("--generate-key: %s: %w", p.Name, err)
	}
	if a := o.settings.Algorithm; a != "" && a != p.Example.Algorithm {
		return usageError("--generate-key: makes keys for %s, not for %s; make the pair with another tool, such as openssl", p.Example.Algorithm, a)
	}
	sign, secret, err := p.NewSecret()
	if err != nil {
		return err
	}
	key := testKey{Secret: secret, Sign: sign}
	if wantsJSON(cmd) {
		return printJSON(cmd.OutOrStdout(), key)
	}
	w := &errWriter{w: cmd.OutOrStdout()}
	w.field("Configure", "secret "+key.Secret)
	w.field("Send with", "--secret "+key.Sign)
	return w.err
}
