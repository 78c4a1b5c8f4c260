package providers

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

const hook0Header = "X-Hook0-Signature"

func init() {
	const (
		conformance = "hook0/hook0, clients/conformance/signature.json"
		page        = "docs.cdp.coinbase.com, verification of webhooks"
	)
	verifier.Register(verifier.Provider{
		Name:  "coinbase_cdp",
		Title: "Coinbase CDP (Hook0)",
		Scheme: verifier.Scheme{
			Kind:      verifier.Custom,
			Tolerance: 5 * time.Minute,
			Custom: &verifier.CustomScheme{
				Name:   "hook0",
				Proof:  "HMAC-SHA256 of time, named headers and body in " + hook0Header,
				New:    newHook0,
				Covers: verifier.Covers{Body: true, Timestamp: true},
			},
		},
		Identity: verifier.Identity{
			EventID:   `header("X-Event-Id")`,
			EventType: "body.eventType",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "t=…,h=…,v1=<hex>: HMAC-SHA256 of t, h, the values of the headers that h names, and the body, joined by dots; the older v0 covers t and body", Source: conformance, Confidence: verifier.Source},
			{About: "downgrade", Text: "where there is a v1, v0 does not count; a header that h names must be there", Source: conformance, Confidence: verifier.Source},
			{About: "tolerance", Text: "300 seconds, past and future, the edge included", Source: conformance, Confidence: verifier.Source},
			{About: "sample", Text: "checks 5 minutes", Source: page, Confidence: verifier.Documented},
			{About: "identity", Text: "X-Event-Id of Hook0", Confidence: verifier.Unconfirmed},
			{About: "type", Text: "eventType in the body", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"Which headers are signed is said by each request, and by none of version v0: expressions should read the body.",
		},
		Samples: []verifier.Sample{
			hook0Sample("onchain.activity.detected", `"network":"base-mainnet","transactionHash":"0x00"`),
			hook0Sample("wallet.transaction.confirmed", `"walletId":"example"`),
		},
	})
}

func hook0Sample(eventType, data string) verifier.Sample {
	return verifier.Sample{
		Type:   eventType,
		Header: map[string]string{"X-Event-Id": "{id}"},
		Body:   `{"id":"{id}","eventType":"{type}","createdAt":"{time}","data":{` + data + `}}`,
	}
}

type hook0Verifier struct {
	keys      macKeys
	tolerance time.Duration
}

func newHook0(s verifier.Settings) (verifier.Verifier, error) {
	return &hook0Verifier{newMACKeys(sha256.New, s.Secrets), s.Tolerance}, nil
}

var (
	errHook0Form    = verifier.Refuse(verifier.SignatureMalformed, "the "+hook0Header+" header does not have the form of this provider's signatures")
	errHook0Time    = verifier.Refuse(verifier.TimestampMissing, "the "+hook0Header+" header has no timestamp")
	errHook0Covered = verifier.Refuse(verifier.SignatureMalformed, "a signed header is missing, or given more than once, or not told from the body")
)

func (v *hook0Verifier) Verify(r *verifier.Request, now time.Time) (verifier.Result, error) {
	text, err := verifier.HeaderValue(r.Header, hook0Header)
	if err != nil {
		return verifier.Result{}, err
	}
	parts, ok := readHook0(text)
	code := parts.v0
	if parts.hasV1 {
		code = parts.v1
	}
	signature, isHex := verifier.DecodeHex(code, sha256.Size)
	if !ok || !isHex {
		return verifier.Result{}, errHook0Form
	}
	stamp := parts.time
	if stamp == "" {
		return verifier.Result{}, errHook0Time
	}
	signedAt, ok := verifier.ParseTimestamp(verifier.Unix, stamp)
	if !ok {
		return verifier.Result{}, verifier.ErrTimestampMalformed
	}
	head := stamp + "."
	if parts.hasV1 {
		if head, err = hook0Head(r, stamp, parts.headers); err != nil {
			return verifier.Result{}, err
		}
	}
	if i := v.keys.match(signature, head, r.Body, ""); i >= 0 {
		return accept(i, signedAt, now, v.tolerance)
	}
	return verifier.Result{}, verifier.ErrMismatch
}

// hook0Parts are what a signature header holds.
type hook0Parts struct {
	time, headers, v0, v1 string
	hasV1                 bool
}

// readHook0 reads pairs, of which none may be given twice.
func readHook0(text string) (p hook0Parts, ok bool) {
	const most = 16
	var names [most]string
	n := 0
	for pair := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || n == most || slices.Contains(names[:n], name) {
			return hook0Parts{}, false
		}
		names[n] = name
		n++
		switch name {
		case "t":
			p.time = value
		case "h":
			p.headers = value
		case "v0":
			p.v0 = value
		case "v1":
			p.v1, p.hasV1 = value, true
		}
	}
	return p, true
}

// Sign covers the event ID and the content type, where the request has them.
func (v *hook0Verifier) Sign(r *verifier.Request, _ string, now time.Time) error {
	stamp := verifier.FormatTimestamp(verifier.Unix, now)
	var names []string
	for _, name := range []string{"x-event-id", "content-type"} {
		if r.Header.Get(name) != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		mac := v.keys.sum(stamp+".", r.Body, "")
		setHeader(r, hook0Header, "t="+stamp+",v0="+hex.EncodeToString(mac))
		return nil
	}
	list := strings.Join(names, " ")
	head, err := hook0Head(r, stamp, list)
	if err != nil {
		return err
	}
	mac := v.keys.sum(head, r.Body, "")
	setHeader(r, hook0Header, "t="+stamp+",h="+list+",v1="+hex.EncodeToString(mac))
	return nil
}

// hook0Head is what is signed before the body: the time, the names of the headers and their values,
// each with the dot that ends it.
func hook0Head(r *verifier.Request, stamp, list string) (string, error) {
	const most = 32
	if strings.Count(list, " ") >= most {
		return "", errHook0Covered
	}
	var b strings.Builder
	b.Grow(256)
	b.WriteString(stamp)
	b.WriteByte('.')
	b.WriteString(list)
	b.WriteByte('.')
	for name := range strings.SplitSeq(list, " ") {
		values := r.Header.Values(name)
		// Nothing but a dot separates the last value from the body: the beginning of a JSON body,
		// cut off before another dot, could pass for a part of the value.
		if len(values) != 1 || strings.Contains(values[0], ".{") || strings.Contains(values[0], ".[") {
			return "", errHook0Covered
		}
		b.WriteString(values[0])
		b.WriteByte('.')
	}
	return b.String(), nil
}
