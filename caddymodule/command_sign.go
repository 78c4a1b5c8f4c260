package caddymodule

import (
	"crypto/rand"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
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

	to, secret, eventType, id string
	data, skew                string
	headers                   []string
	duplicate                 int
	tamper                    bool
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
	signer, err := o.signer(p)
	if err != nil {
		return nil, err
	}
	signedAt, err := o.signedAt(p, now)
	if err != nil {
		return nil, err
	}
	if o.tamper && !p.Covers(o.settings).Body {
		return nil, usageError("--tamper: %s signs nothing of the body, so no server could tell; send a wrong --secret instead", p.Name)
	}
	id := or(o.id, strings.ToLower(rand.Text()))
	sample := p.Sample(o.eventType, id, signedAt)
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
	if err := signer.Sign(&r.Request, id, signedAt); err != nil {
		return nil, usageError("%s: %w", p.Name, err)
	}
	if o.tamper {
		r.Body = append(r.Body, ' ') // JSON means the same with it, and is not what was signed
	}
	return r, nil
}

// optionFlags are the flags for what a provider's user may set.
var optionFlags = map[string]string{
	"signature": "--signature-header, --format, --prefix, --algorithm, --encoding, --signed, --secret-encoding",
	"header":    "--token-header",

	"timestamp_header": "--timestamp-header", "id_header": "--id-header", "bearer": "--bearer", "query": "--query", "insecure": "--insecure",
}

// signer makes the verifier that the flags describe.
func (o *sendOptions) signer(p *verifier.Provider) (verifier.Verifier, error) {
	if err := o.parseWords(); err != nil {
		return nil, err
	}
	switch {
	case p.Scheme.Kind == verifier.None:
		o.settings.Insecure = true
	case o.secret == "" && !o.settings.Insecure:
		return nil, usageError("--secret is missing: write the secret, or where it is: '{env.NAME}' or '{file./path}'")
	}
	if o.secret != "" {
		secret, err := expand("--secret", o.secret)
		if err != nil {
			return nil, usageError("%w", err)
		}
		o.settings.Secrets = []string{secret}
	}
	v, err := p.New(o.settings)
	if err != nil {
		var flags []string
		for _, option := range p.Open {
			flags = append(flags, optionFlags[option])
		}
		if len(flags) == 0 {
			return nil, usageError("%s: %w", p.Name, joined(err))
		}
		return nil, usageError("%s: %w (on the command line these options are %s)", p.Name, joined(err), strings.Join(flags, ", "))
	}
	return v, nil
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

// signedAt is the time at which the request is to be signed.
func (o *sendOptions) signedAt(p *verifier.Provider, now time.Time) (time.Time, error) {
	if o.skew == "" {
		return now, nil
	}
	skew, err := caddy.ParseDuration(o.skew)
	if err != nil {
		return now, usageError("--skew: %q is not a duration: write 10m for the past or -10m for the future", o.skew)
	}
	if !p.Covers(o.settings).Timestamp {
		return now, usageError("--skew: %s signs no timestamp, so no server could tell; leave it out", p.Name)
	}
	return now.Add(-skew), nil
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
