package providers

import (
	"cmp"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"iter"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

const (
	twilioHeader   = "X-Twilio-Signature"
	twilioBodyHash = "bodySHA256"
)

func init() {
	const (
		sdk      = "twilio/twilio-node, src/webhooks/webhooks.ts and its tests"
		security = "www.twilio.com/docs/usage/webhooks/webhooks-security"
		pageURL  = "www.twilio.com/docs/api/errors/57012"
	)
	verifier.Register(verifier.Provider{
		Name:  "twilio",
		Title: "Twilio",
		Scheme: verifier.Scheme{Kind: verifier.Custom, Custom: &verifier.CustomScheme{
			Name:   "url-hmac-sha1",
			Proof:  "HMAC-SHA1 of address and form in " + twilioHeader,
			New:    newTwilio,
			Covers: verifier.Covers{Body: true, URL: true},
		}},
		Methods: []string{"POST", "GET"},
		Identity: verifier.Identity{
			EventType: "body.EventType ?? body.StatusCallbackEvent ?? body.MessageStatus ?? body.SmsStatus ?? body.CallStatus",
			// The signature is the same for the same address and fields, and no other text of it
			// verifies. The digest of a body would be one for all requests that have none.
			Dedupe: `header("` + twilioHeader + `")`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA1 of the address, and for a form of its fields, sorted by name, each name followed by its value; several values of a name are sorted and repetitions left out", Source: sdk, Confidence: verifier.Source},
			{About: "body", Text: "bodies other than forms: the address has the parameter bodySHA256, the hex SHA-256 of the body, and is signed alone", Source: sdk, Confidence: verifier.Source},
			{About: "address", Text: "as Twilio called it: scheme, host, path and query verbatim, with or without the port; both are tried, since Twilio is not consistent", Source: sdk, Confidence: verifier.Source},
			{About: "credentials", Text: "of the address are signed with it", Source: sdk, Confidence: verifier.Source},
			{About: "secret", Text: "the account's primary auth token; a secondary one signs only after its promotion", Source: pageURL, Confidence: verifier.Documented},
			{About: "header", Text: "all HTTP requests carry " + twilioHeader, Source: security, Confidence: verifier.Documented},
			{About: "type", Text: "fields by product: EventType, StatusCallbackEvent, MessageStatus, CallStatus", Confidence: verifier.Unconfirmed},
			{About: "deadline", Text: "15 seconds, unless rt and tt after # in the address say less; 5 to connect", Source: "www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides", Confidence: verifier.Documented},
			{About: "repetition", Text: "I-Twilio-Idempotency-Token stays the same when a request is repeated", Confidence: verifier.Unconfirmed},
			{About: "retries", Text: "one, when the connection failed; rc after # in the address asks for up to 5, all within the 15 seconds", Source: "www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides", Confidence: verifier.Documented},
		},
		AnswerDeadline: 15 * time.Second,
		Notes: []string{
			"Set public_url to the address as it stands in the Twilio console, unless requests reach Gatepost under that very address.",
			"Names and values of a form are signed run together: CallSid=CA1 and CallSi=dCA1 have one signature. So have a field that is sent twice, and an address that goes on with the first field; the latter cannot be if public_url is the whole address and Twilio calls it without a query. The method is not covered.",
			"With Twilio's Webhooks configuration API requests can be signed with a key that you manage instead of the auth token. How it signs then is not known here.",
			"Two requests with the same address and fields are one event; status callbacks differ in their status.",
			"Where Twilio expects instructions (TwiML) in the answer, use a plain reverse proxy: Gatepost answers before your app does.",
		},
		Samples: samples("twilio"),
	})
}

type twilioVerifier struct {
	keys macKeys
}

func newTwilio(s verifier.Settings) (verifier.Verifier, error) {
	return &twilioVerifier{newMACKeys(sha1.New, s.Secrets)}, nil
}

var (
	errTwilioForm = verifier.Refuse(verifier.SignatureMalformed, "the form cannot be read")
	errTwilioBody = verifier.Refuse(verifier.SignatureMissing, "the body is no form, and the address has no one "+twilioBodyHash+" parameter that covers it")
)

func (v *twilioVerifier) Verify(r *verifier.Request, _ time.Time) (verifier.Result, error) {
	text, err := verifier.HeaderValue(r.Header, twilioHeader)
	if err != nil {
		return verifier.Result{}, err
	}
	signature, ok := verifier.DecodeBase64(text)
	if !ok || len(signature) != sha1.Size {
		return verifier.Result{}, verifier.Refuse(verifier.SignatureMalformed, "the "+twilioHeader+" header is no base64 of a SHA-1")
	}
	fields, err := twilioFields(r)
	if err != nil {
		return verifier.Result{}, err
	}
	for address := range twilioAddresses(r) {
		if i := v.keys.match(signature, address, fields, ""); i >= 0 {
			return verifier.Result{Secret: i}, nil
		}
	}
	return verifier.Result{}, verifier.ErrMismatch
}

func (v *twilioVerifier) Sign(r *verifier.Request, _ string, _ time.Time) error {
	if len(r.Body) > 0 && !isForm(r) {
		sum := sha256.Sum256(r.Body)
		r.URI = setQuery(r.URI, twilioBodyHash, hex.EncodeToString(sum[:]))
	}
	fields, err := twilioFields(r)
	if err != nil {
		return errors.New("the body is neither empty nor a form nor covered by a hash")
	}
	mac := v.keys.sum(r.URL(), fields, "")
	setHeader(r, twilioHeader, base64.StdEncoding.EncodeToString(mac))
	return nil
}

// twilioFields is what follows the address in the signed content. A body that it does not hold is
// covered by the hash in the address, whatever the content type says: else a captured request of
// that kind would hold for an empty form.
func twilioFields(r *verifier.Request) ([]byte, error) {
	var hashes []string
	if strings.Contains(r.URI, twilioBodyHash) { // the query is not decoded for nothing
		hashes = r.Query()[twilioBodyHash]
	}
	switch {
	case len(hashes) == 1:
		got, _ := verifier.DecodeHex(hashes[0], sha256.Size)
		want := sha256.Sum256(r.Body)
		if subtle.ConstantTimeCompare(got, want[:]) != 1 {
			return nil, verifier.ErrMismatch
		}
		return nil, nil
	case len(hashes) > 1:
		return nil, errTwilioBody
	case len(r.Body) == 0:
		return nil, nil
	case !isForm(r):
		return nil, errTwilioBody
	case !readsAsForm(r.Body):
		return nil, errTwilioForm
	default:
		return sortedForm(string(r.Body))
	}
}

// sortedForm is the fields of a form as Twilio signs them.
func sortedForm(body string) ([]byte, error) {
	type field struct{ name, value string }
	n := strings.Count(body, "&") + 1
	if n > maxProvenValues {
		return nil, errTwilioForm
	}
	fields := make([]field, 0, n)
	for pair := range strings.SplitSeq(body, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, errName := url.QueryUnescape(name)
		value, errValue := url.QueryUnescape(value)
		if errName != nil || errValue != nil || strings.Contains(pair, ";") {
			return nil, errTwilioForm
		}
		fields = append(fields, field{name, value})
	}
	slices.SortFunc(fields, func(a, b field) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.value, b.value))
	})
	content := make([]byte, 0, len(body))
	for _, f := range slices.Compact(fields) {
		content = append(append(content, f.name...), f.value...)
	}
	return content, nil
}

// twilioAddresses are the spellings of the address that Twilio may have signed: with and without
// the port, and with the credentials that it sent along.
func twilioAddresses(r *verifier.Request) iter.Seq[string] {
	scheme, rest, _ := strings.Cut(r.URL(), "://")
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	host, path := rest[:end], rest[end:]
	var other string
	if port := strings.LastIndexByte(host, ':'); port > strings.LastIndexByte(host, ']') {
		other = host[:port]
	} else {
		other = host + map[string]string{"http": ":80", "https": ":443"}[scheme]
	}
	return func(yield func(string) bool) {
		for _, user := range twilioCredentials(r) {
			if !yield(scheme+"://"+user+host+path) || !yield(scheme+"://"+user+other+path) {
				return
			}
		}
	}
}

// twilioCredentials are the ways in which the address may begin: without credentials, or with those
// that the request carries.
func twilioCredentials(r *verifier.Request) []string {
	text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Basic ")
	pair, isBase64 := verifier.DecodeBase64(text)
	if !ok || !isBase64 {
		return []string{""}
	}
	credentials := []string{"", string(pair) + "@"}
	if user, hasNone := strings.CutSuffix(string(pair), ":"); hasNone {
		credentials = append(credentials, user+"@")
	}
	return credentials
}

// setQuery is the URI with one value of the parameter, at its end.
func setQuery(uri, name, value string) string {
	path, query, _ := strings.Cut(uri, "?")
	kept := slices.DeleteFunc(strings.Split(query, "&"), func(p string) bool {
		n, _, _ := strings.Cut(p, "=")
		return p == "" || n == name
	})
	return path + "?" + strings.Join(append(kept, name+"="+value), "&")
}
