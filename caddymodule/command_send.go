package caddymodule

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatepost/gatepost/verifier"
)

const (
	sendTimeout   = 30 * time.Second
	maxSendAnswer = 64 << 10 // bytes read of an answer
)

func sendCommand(now func() time.Time) *cobra.Command {
	o := new(sendOptions)
	cmd := &cobra.Command{
		Use: "send <provider> --secret <secret> --to <URL> [--set <option>=<words>]", Short: "Sends a signed test event, or a deliberately wrong one",
		Args: argCount(1, 1), ValidArgs: verifier.Names(),
		Long: `
Sends a test event as the provider would and prints what the server answered.
The event is the provider's sample, or --data, signed with the secret.

Keep the secret out of the shell's history: --secret takes the placeholders of
the Caddyfile, '{env.NAME}' and '{file./path}', in single quotes.

Where the provider signs with a private key, the server has the public one and
--secret takes the private one. --generate-key makes a pair for tests, or a
shared secret in the provider's form, prints it and sends nothing.

--set takes the options that a provider needs, under the names of the Caddyfile:
--set topics=orders, --set signature.encoding=hex, --set sandbox. The
command "providers <name>" lists those of each.

--type chooses among the samples that --list shows. For a type that has none,
the one that resembles it most is sent under its name, or what --data gives.

--no-signature, --wrong-secret, --tamper and --skew make requests that a server
must refuse. --duplicate sends the same bytes again, which a server must
recognise.

The exit status is 0 only if every answer was a 2xx; redirects are not followed.`,
		Example: "  gatepost webhooks send stripe --secret '{env.STRIPE_SECRET}' --to http://localhost:8080/stripe\n" +
			"  gatepost webhooks send github --secret s3cret --to http://localhost:8080/github --type push --data @push.json --duplicate 2\n" +
			"  gatepost webhooks send stripe --list\n" +
			"  gatepost webhooks send hmac --secret s3cret --to http://localhost:8080/acme --signature-header X-Acme-Signature \\\n" +
			"    --timestamp-header 'X-Acme-Timestamp unix' --signed '{timestamp}.{body}' --skew 10m",
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVar(&o.to, "to", "", "URL to send to")
	fs.StringVar(&o.secret, "secret", "", "Secret to sign with; user:password for basic")
	fs.StringVar(&o.eventType, "type", "", "Type of the event, one of --list (default: its first)")
	fs.BoolVar(&o.list, "list", false, "Show the provider's samples; sends nothing. With --json their headers and bodies, too")
	fs.StringVar(&o.data, "data", "", "Body to send instead of the sample: the text itself, @file, or @- for standard input")
	fs.StringArrayVar(&o.headers, "header", nil, "Header to send, 'Name: value', in place of the sample's; repeatable")
	fs.StringVar(&o.id, "id", "", "ID to make the event's of; where the sender's are UUIDs give one (default: a new one)")
	fs.BoolVar(&o.generateKey, "generate-key", false, "Make a secret or key pair for tests and print it; sends nothing")
	fs.IntVar(&o.duplicate, "duplicate", 0, "How many more times to send the same request")
	fs.StringVar(&o.skew, "skew", "", "Sign a timestamp that is so old, such as 10m; -10m lies in the future")
	fs.BoolVar(&o.tamper, "tamper", false, "Change the body after it was signed")
	fs.BoolVar(&o.noSignature, "no-signature", false, "Sign nothing")
	fs.BoolVar(&o.wrongSecret, "wrong-secret", false, "Sign with a new secret, whatever --secret is")
	o.addSchemeFlags(cmd)
	completeTypes(cmd)

	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		p, err := (&Source{Provider: args[0]}).provider()
		if err != nil {
			return usageError("%w", err)
		}
		if o.duplicate < 0 {
			return usageError("--duplicate %d: write how many more times to send the request", o.duplicate)
		}
		if o.list {
			return sampleView.all(cmd, samplesOf(p, now()))
		}
		if o.generateKey {
			return o.printKey(cmd, p)
		}
		request, err := o.prepare(cmd, p, now())
		if err != nil {
			return err
		}
		return sendAll(cmd, request, 1+o.duplicate)
	}
	return cmd
}

// addSchemeFlags adds the flags that say how the request is signed.
func (o *sendOptions) addSchemeFlags(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringArrayVar(&o.set, "set", nil, "Option of the Caddyfile, 'name=words' or 'name'; repeatable")
	fs.StringVar(&o.settings.PublicURL, "public-url", "", "Address that is signed, if it is not that of the request; as public_url in the Caddyfile")
	fs.StringArrayVar(&o.signature.Header, "signature-header", nil, "For hmac: header of the signature; as the following, the Caddyfile's signature block")
	fs.StringVar(&o.format, "format", "", "For hmac: plain, 'list <separator>' or 'pairs <separator> <signature key> [<timestamp key>]'")
	fs.StringVar(&o.signature.Prefix, "prefix", "", "For hmac: what stands before the signature")
	fs.StringVar(&o.signature.Algorithm, "algorithm", "", "For hmac: sha1, sha256, sha384 or sha512 (default sha256)")
	fs.StringVar(&o.signature.Encoding, "encoding", "", "For hmac: hex, base64 or base64url (default hex)")
	fs.StringVar(&o.signature.Signed, "signed", "", "For hmac: what is signed (default {body})")
	fs.StringVar(&o.signature.SecretEncoding, "secret-encoding", "", "For hmac: raw, hex, base64, whsec or whsec_or_raw (default raw)")
	fs.StringVar(&o.timestamp, "timestamp-header", "", "For hmac: header of the signed timestamp and its unit, 'X-Timestamp [unix|unix_ms|rfc3339]'")
	fs.StringVar(&o.settings.IDHeader, "id-header", "", "For hmac: header of the event ID")
	fs.StringVar(&o.settings.Header, "token-header", "", "For token: header of the token")
	fs.BoolVar(&o.settings.Bearer, "bearer", false, "For token: send it as Authorization: Bearer")
	fs.StringVar(&o.settings.Query, "query", "", "For token: query parameter of the token")
	fs.BoolVar(&o.settings.Insecure, "insecure", false, "Sign nothing, where the provider may not")
}

// sent is what became of one request.
type sent struct {
	Status     int        `json:"status"` // 0 if no answer came
	Result     string     `json:"result"`
	Event      string     `json:"event"`  // Gatepost's ID of it, of the first if it was split, "" if none was stored
	Events     int        `json:"events"` // how many there are
	Duplicate  bool       `json:"duplicate"`
	Error      *sentError `json:"error"` // null unless it was refused or failed
	DurationMS int64      `json:"duration_ms"`
}

type sentError struct {
	Code    string `json:"code"` // "" if the answer is not one of Gatepost's
	Message string `json:"message"`
}

// The values of sent.Result.
const (
	sentAccepted  = "accepted"
	sentDuplicate = "duplicate"
	sentNoEvent   = "no event" // a handshake, or another server's 2xx
	sentRefused   = "refused"
	sentFailed    = "failed" // no answer
)

var sentView = view[sent]{
	columns: []string{"STATUS", "RESULT", "EVENT", "TOOK", "REASON"},
	row: func(s *sent) []string {
		status, reason := "", ""
		if s.Status != 0 {
			status = strconv.Itoa(s.Status)
		}
		if e := s.Error; e != nil {
			if reason = e.Message; e.Code != "" {
				reason = e.Code + ": " + e.Message
			}
		}
		event := s.Event
		if s.Events > 1 {
			event += fmt.Sprintf(" and %d more", s.Events-1)
		}
		return []string{status, s.Result, event, milliseconds(s.DurationMS), reason}
	},
}

// sendAll sends the request so many times, one after another, and shows what came of each. It ends
// early where there is nobody to send to.
func sendAll(cmd *cobra.Command, r *testRequest, times int) error {
	client := &http.Client{
		Timeout:       sendTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	var all []sent
	failed := 0
	for range times {
		s, err := sendOnce(cmd, client, r)
		if err != nil {
			return usageError("%w", err)
		}
		all = append(all, *s)
		if s.Error != nil {
			failed++
		}
		if s.Status == 0 {
			break
		}
	}
	if err := sentView.all(cmd, all); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d requests not accepted", failed, times)
	}
	return nil
}

// sendOnce fails only if the request cannot be made.
func sendOnce(cmd *cobra.Command, client *http.Client, r *testRequest) (*sent, error) {
	request, err := http.NewRequestWithContext(cmd.Context(), r.Method, r.base+r.URI, bytes.NewReader(r.Body))
	if err != nil {
		return nil, errors.New("the URL of --to, or a header, cannot be sent") // err may quote a secret
	}
	request.Header = r.Header.Clone()
	request.Host = r.Host
	began := time.Now()
	resp, err := client.Do(request)
	s := &sent{DurationMS: time.Since(began).Milliseconds()}
	if err != nil {
		s.Result, s.Error = sentFailed, &sentError{Message: cause(err).Error()} // without the URL, which may hold a token
		return s, nil
	}
	defer resp.Body.Close()
	s.Status = resp.StatusCode
	s.Event = resp.Header.Get("Gatepost-Event-Id")
	if s.Event != "" {
		count, _ := strconv.Atoi(resp.Header.Get("Gatepost-Event-Count"))
		s.Events = max(count, 1)
	}
	s.Duplicate = resp.Header.Get("Gatepost-Duplicate") == "true"
	switch {
	case s.Status < 200 || s.Status > 299:
		s.Result, s.Error = sentRefused, readRefusal(resp)
	case s.Duplicate:
		s.Result = sentDuplicate
	case s.Event != "":
		s.Result = sentAccepted
	default:
		s.Result = sentNoEvent
	}
	return s, nil
}

// readRefusal is the reason that an answer gives.
func readRefusal(resp *http.Response) *sentError {
	var answer struct {
		Error sentError `json:"error"`
	}
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxSendAnswer)) // half an answer is no JSON
	if json.Unmarshal(text, &answer) != nil || answer.Error.Code == "" {
		return &sentError{Message: http.StatusText(resp.StatusCode)}
	}
	return &answer.Error
}
