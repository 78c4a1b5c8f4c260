package caddymodule

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/spf13/cobra"

	"github.com/gatepost/gatepost/verifier"
)

// sendOptions are the flags of `send`.
type sendOptions struct {
	settings  verifier.Settings
	signature verifier.Signature
	format    string // words, as in the Caddyfile
	timestamp string // likewise
	set       []string

	to, secret, eventType, id string
	list                      bool
	data                      string
	headers                   []string

	generateKey bool
	sendFaults
}

// testRequest is a request that is ready to be sent.
type testRequest struct {
	verifier.Request
	base string // scheme and host to connect to; Host may be another
}

// prepare makes the request. All its errors are bad usage.
func (o *sendOptions) prepare(cmd *cobra.Command, p *verifier.Provider, now time.Time) (*testRequest, error) {
	target, err := url.Parse(o.to)
	switch {
	case o.to == "":
		return nil, usageError("--to is missing: write the URL to send to, such as http://localhost:8080/%s", p.Name)
	case err != nil || target.Scheme != "http" && target.Scheme != "https" || target.Host == "" || target.Fragment != "":
		return nil, usageError("--to is not a URL to send to: write one such as http://localhost:8080/%s", p.Name)
	case target.User != nil:
		return nil, usageError("--to holds credentials: leave them out; to send some, use the provider basic")
	}
	if err := o.readSettings(p); err != nil {
		return nil, err
	}
	if err := o.sendFaults.check(p, o.settings); err != nil {
		return nil, err
	}
	signedAt, err := o.signedAt(now)
	if err != nil {
		return nil, err
	}
	id := cmp.Or(o.id, newSampleID())
	sample := p.Sample(o.eventType, id, signedAt)
	if o.eventType != "" && !p.HasSample(o.eventType) && !cmd.Flags().Changed("data") {
		fmt.Fprintln(cmd.ErrOrStderr(), otherSample(p, o.eventType))
	}
	r := &testRequest{base: target.Scheme + "://" + target.Host, Request: verifier.Request{
		Method: p.Methods[0], Scheme: target.Scheme, Host: target.Host, URI: target.RequestURI(),
		Header: sample.Header, Body: sample.Body,
	}}
	if err := o.setHeaders(r); err != nil {
		return nil, err
	}
	if cmd.Flags().Changed("data") {
		if r.Body, err = readData(o.data, cmd.InOrStdin()); err != nil {
			return nil, usageError("--data: %w", err)
		}
	}
	if o.noSignature {
		return r, nil
	}
	signer, err := o.signer(p)
	if err != nil {
		return nil, err
	}
	if err := signer.Sign(&r.Request, id, signedAt); err != nil {
		hint := ""
		if secretKind(p) == publicKey {
			hint = "; --generate-key makes a pair for tests"
		}
		return nil, usageError("%s: %w%s", p.Name, err, hint)
	}
	if o.tamper {
		if r.Body, err = tampered(r.Body, p.Covers(o.settings)); err != nil {
			return nil, usageError("--tamper: %w", err)
		}
	}
	return r, nil
}

// readSettings reads what the flags say of the scheme.
func (o *sendOptions) readSettings(p *verifier.Provider) error {
	if err := o.parseWords(); err != nil {
		return err
	}
	s := &Source{Settings: o.settings}
	s.ExpectedHeaders = []string{"*"} // what the server lets through is its configuration's affair
	for _, text := range o.set {
		if err := s.setOption(text); err != nil {
			return err
		}
	}
	settings, err := s.expandedSettings()
	if err != nil {
		return usageError("%w", err)
	}
	if p.Scheme.Kind == verifier.None {
		settings.Insecure = true
	}
	o.settings = settings
	return nil
}

// readSecret reads the secret, which must be given if the provider works with one.
func (o *sendOptions) readSecret(p *verifier.Provider) error {
	if o.secret == "" {
		if needsSecret(p, o.settings) {
			return usageError("--secret is missing: write the secret, or where it is: '{env.NAME}' or '{file./path}'")
		}
		return nil
	}
	secret, err := expand("--secret", o.secret)
	if err != nil {
		return usageError("%w", err)
	}
	o.settings.Secrets = []string{secret}
	return nil
}

// signer makes the verifier that the flags describe.
func (o *sendOptions) signer(p *verifier.Provider) (verifier.Verifier, error) {
	if err := signable(p); err != nil {
		return nil, usageError("%s: %w. To try what your routes do with one, give them to a source of the provider hmac and send it the body with --data; --list --json shows bodies", p.Name, err)
	}
	if o.wrongSecret {
		secret, _, err := p.NewSecret()
		if err != nil {
			return nil, err
		}
		o.settings.Secrets = []string{secret}
	} else if err := o.readSecret(p); err != nil {
		return nil, err
	}
	v, err := p.New(o.settings)
	if err != nil {
		return nil, usageError("%s: %w%s", p.Name, joined(err), o.hint(p, err))
	}
	return v, nil
}

// hint is how the options that the error is about are given on the command line.
func (o *sendOptions) hint(p *verifier.Provider, err error) string {
	given := settingLines(o.settings)
	isMeant := func(name string) bool {
		return strings.Contains(err.Error(), strings.TrimPrefix(name, signatureBlock))
	}
	var missing []string
	for _, l := range settingLines(p.Example) {
		isGiven := slices.ContainsFunc(given, func(g settingLine) bool { return g.name == l.name })
		if !isGiven && isMeant(l.name) {
			missing = append(missing, "--set '"+l.flag()+"'")
		}
	}
	switch {
	case len(missing) > 0:
		return "; on the command line that is for example " + strings.Join(missing, " ")
	case slices.ContainsFunc(p.Open, isMeant):
		return "; on the command line options are given with --set"
	default:
		return ""
	}
}

// needsSecret reports whether the provider works with a secret under the settings.
func needsSecret(p *verifier.Provider, s verifier.Settings) bool {
	return p.Scheme.Kind != verifier.None && !p.Scheme.Keyless() && !s.Insecure
}

// signable reports why nobody but the provider can sign for it.
func signable(p *verifier.Provider) error {
	if p.Scheme.Kind != verifier.Custom {
		return nil
	}
	settings := p.Example
	secret, _, err := p.NewSecret()
	if err != nil {
		return err
	}
	if secret != "" {
		settings.Secrets = []string{secret}
	}
	v, err := p.New(settings)
	if err != nil {
		return err
	}
	const id = "example"
	now := time.Unix(1_700_000_000, 0) // any time does
	sample := p.Sample("", id, now)
	return v.Sign(&verifier.Request{
		Method: p.Methods[0], Scheme: "https", Host: "example.com", URI: "/", Header: sample.Header, Body: sample.Body,
	}, id, now)
}

// parseWords reads the flags that hold several words of the Caddyfile.
func (o *sendOptions) parseWords() error {
	words := func(flag, text string, targets ...*string) error {
		if text == "" {
			return nil
		}
		tokens, err := caddyfile.Tokenize([]byte(text), "")
		if err != nil || len(tokens) > len(targets) {
			return usageError("--%s: %q has too many words, or quotes that do not end: see --help", flag, text)
		}
		for i, t := range tokens {
			*targets[i] = t.Text
		}
		return nil
	}
	g := &o.signature
	if err := words("format", o.format, &g.Format, &g.Separator, &g.SignatureKey, &g.TimestampKey); err != nil {
		return err
	}
	if err := words("timestamp-header", o.timestamp, &o.settings.TimestampHeader, &o.settings.TimestampUnit); err != nil {
		return err
	}
	if len(g.Header) > 0 || g.Format+g.Prefix+g.Algorithm+g.Encoding+g.Signed+g.SecretEncoding != "" {
		o.settings.Signature = g
	}
	return nil
}

func (o *sendOptions) setHeaders(r *testRequest) error {
	given := make(http.Header)
	for _, h := range o.headers {
		name, value, ok := strings.Cut(h, ":")
		if name = strings.TrimSpace(name); !ok || name == "" {
			return usageError("--header: write 'Name: value'")
		}
		given.Add(name, strings.TrimSpace(value))
	}
	if host := given.Get("Host"); host != "" {
		r.Host = host
		given.Del("Host")
	}
	maps.Copy(r.Header, given)
	return nil
}

func readData(text string, stdin io.Reader) ([]byte, error) {
	name, isFile := strings.CutPrefix(text, "@")
	switch {
	case !isFile:
		return []byte(text), nil
	case name == "-":
		return io.ReadAll(stdin)
	default:
		return os.ReadFile(name)
	}
}
