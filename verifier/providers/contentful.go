package providers

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

const (
	contentfulSignature = "x-contentful-signature"
	contentfulSigned    = "x-contentful-signed-headers"
	contentfulTimestamp = "x-contentful-timestamp"
)

// Where they are looked up; their names are signed in lower case.
var (
	contentfulSignatureKey = http.CanonicalHeaderKey(contentfulSignature)
	contentfulSignedKey    = http.CanonicalHeaderKey(contentfulSigned)
	contentfulTimestampKey = http.CanonicalHeaderKey(contentfulTimestamp)
)

func init() {
	const toolkit = "contentful/node-apps-toolkit, src/requests"
	verifier.Register(verifier.Provider{
		Name:  "contentful",
		Title: "Contentful",
		Scheme: verifier.Scheme{
			Kind:      verifier.Custom,
			Tolerance: 30 * time.Second,
			Custom: &verifier.CustomScheme{
				Name:  "request-hmac-sha256",
				Proof: "HMAC-SHA256 of method, path, named headers and body in " + contentfulSignature,
				New:   newContentful,
				Covers: verifier.Covers{
					Body: true, Timestamp: true, Method: true,
					Headers: []string{contentfulSignedKey, contentfulTimestampKey},
				},
			},
		},
		Identity: verifier.Identity{
			EventType: `header("X-Contentful-Topic")`,
			Dedupe:    `[header("X-Contentful-Topic"), digest]`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of method, encoded path and query, the headers named in " + contentfulSigned + ", and body, a line each", Source: toolkit, Confidence: verifier.Source},
			{About: "tolerance", Text: "milliseconds in " + contentfulTimestamp + ", a signed header; 30 seconds", Source: toolkit, Confidence: verifier.Source},
			{About: "secret", Text: "64 characters, as they are", Source: toolkit, Confidence: verifier.Source},
			{About: "identity", Text: "none: sys.id is the entry, not the event", Confidence: verifier.Unconfirmed},
			{About: "type", Text: "X-Contentful-Topic, such as ContentManagement.Entry.publish", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"The request itself names the headers that are signed: the time and that list have to be among them, others need not be. X-Contentful-Topic, which is the type, may be unsigned.",
			"Path and query are covered, the host is not. Set public_url if Gatepost sees another path than Contentful calls.",
			"The toolkit refuses what is older than 30 seconds. Set tolerance if your requests arrive later.",
		},
		Samples: []verifier.Sample{
			contentfulSample("ContentManagement.Entry.publish", "Entry"),
			contentfulSample("ContentManagement.Entry.save", "Entry"),
			contentfulSample("ContentManagement.Asset.publish", "Asset"),
		},
	})
}

func contentfulSample(topic, kind string) verifier.Sample {
	return verifier.Sample{
		Type: topic,
		Header: map[string]string{
			"Content-Type":       "application/vnd.contentful.management.v1+json",
			"X-Contentful-Topic": "{type}",
		},
		Body: `{"sys":{"id":"{id}","type":"` + kind + `","createdAt":"{time}","revision":1},"fields":{"title":{"en-US":"Hello"}}}`,
	}
}

type contentfulVerifier struct {
	keys      macKeys
	tolerance time.Duration
}

func newContentful(s verifier.Settings) (verifier.Verifier, error) {
	return &contentfulVerifier{newMACKeys(sha256.New, s.Secrets), s.Tolerance}, nil
}

var errContentfulHeaders = verifier.Refuse(verifier.SignatureMalformed, "the "+contentfulSigned+" header does not name each signed header once, itself and the timestamp among them")

func (v *contentfulVerifier) Verify(r *verifier.Request, now time.Time) (verifier.Result, error) {
	text, err := verifier.HeaderValue(r.Header, contentfulSignatureKey)
	if err != nil {
		return verifier.Result{}, err
	}
	signature, ok := verifier.DecodeHex(text, sha256.Size)
	if !ok {
		return verifier.Result{}, verifier.Refuse(verifier.SignatureMalformed, "the "+contentfulSignature+" header is no hex of a SHA-256")
	}
	_, signedAt, err := headerTime(r, contentfulTimestampKey, verifier.UnixMilli)
	if err != nil {
		return verifier.Result{}, err
	}
	list, err := verifier.HeaderValue(r.Header, contentfulSignedKey)
	if err != nil {
		return verifier.Result{}, err
	}
	head, err := v.head(r, strings.Split(list, ","))
	if err != nil {
		return verifier.Result{}, err
	}
	if i := v.keys.match(signature, head, r.Body, ""); i >= 0 {
		return accept(i, signedAt, now, v.tolerance)
	}
	return verifier.Result{}, verifier.ErrMismatch
}

func (v *contentfulVerifier) Sign(r *verifier.Request, _ string, now time.Time) error {
	names := []string{contentfulSigned, contentfulTimestamp}
	if r.Header.Get("X-Contentful-Topic") != "" {
		names = append(names, "x-contentful-topic")
	}
	slices.Sort(names)
	setHeader(r, contentfulTimestamp, verifier.FormatTimestamp(verifier.UnixMilli, now))
	setHeader(r, contentfulSigned, strings.Join(names, ","))
	head, err := v.head(r, names)
	if err != nil {
		return err
	}
	setHeader(r, contentfulSignature, hex.EncodeToString(v.keys.sum(head, r.Body, "")))
	return nil
}

// head is what is signed before the body. It sorts the names.
func (v *contentfulVerifier) head(r *verifier.Request, names []string) (string, error) {
	const most = 32
	slices.Sort(names)
	if len(names) > most || !slices.Contains(names, contentfulTimestamp) || !slices.Contains(names, contentfulSigned) {
		return "", errContentfulHeaders
	}
	var b strings.Builder
	b.Grow(512)
	b.WriteString(r.Method)
	b.WriteByte('\n')
	writeContentfulPath(&b, contentfulAddress(r))
	b.WriteByte('\n')
	for i, name := range names {
		values := r.Header.Values(name)
		if len(values) != 1 || strings.ToLower(name) != name || i > 0 && names[i-1] == name {
			return "", errContentfulHeaders
		}
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteString(name)
		b.WriteByte(':')
		b.WriteString(strings.TrimSpace(values[0]))
	}
	b.WriteByte('\n')
	return b.String(), nil
}

// contentfulAddress is path and query as Contentful called them.
func contentfulAddress(r *verifier.Request) string {
	address := r.URI
	if r.PublicURL != "" {
		_, address, _ = strings.Cut(r.URL(), "://")
	}
	if i := strings.IndexAny(address, "/?"); i >= 0 {
		return address[i:]
	}
	return "/"
}

// writeContentfulPath encodes the query as a component of an address and then all of it once more as an
// address, as the toolkit does.
func writeContentfulPath(b *strings.Builder, address string) {
	const (
		component = "-_.!~*'()"
		whole     = component + ";,/?:@&=+$#"
	)
	path, query, _ := strings.Cut(address, "?")
	percentEncode(b, path, whole)
	if query != "" {
		b.WriteByte('?')
		var once strings.Builder
		percentEncode(&once, query, component)
		percentEncode(b, once.String(), whole)
	}
}

// percentEncode escapes all bytes but letters, digits and the others given.
func percentEncode(b *strings.Builder, text, others string) {
	const digits = "0123456789ABCDEF"
	for i := range len(text) {
		c := text[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if letter || strings.IndexByte(others, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
}
