package providers

import (
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		gateway = "braintree/braintree_node, lib/braintree/webhook_notification_gateway.js"
		digest  = "braintree/braintree_node, lib/braintree/digest.js; braintree/braintree_python, tests/unit/test_crypto.py"
	)
	verifier.Register(verifier.Provider{
		Name:  "braintree",
		Title: "Braintree",
		Scheme: verifier.Scheme{
			Kind: verifier.Custom,
			Custom: &verifier.CustomScheme{
				Name:  "form-hmac-sha1",
				Proof: "HMAC-SHA1 of bt_payload in bt_signature of the form",
				New:   newBraintree,
				NewPair: func() (string, string, error) {
					pair := "public:" + rand.Text()
					return pair, pair, nil
				},
				CheckSecret: checkBraintreeSecret,
				Covers:      verifier.Covers{Fields: []string{"bt_payload"}},
			},
		},
		Methods: []string{"POST", "GET"},
		Identity: verifier.Identity{
			Dedupe: "trim(body.bt_payload)",
		},
		Handshake: &verifier.Handshake{
			BeforeVerify: true,
			Bind:         braintreeChallenge,
			Summary:      "When the address is checked, Braintree sends GET with bt_challenge; the answer is the public key and the challenge's signature.",
		},
		AnswerDeadline: 30 * time.Second,
		RetryHorizon:   24 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "bt_signature of the form: pairs of public key and hex HMAC-SHA1, as key|signature, joined by &; the pair with one's own public key counts, over bt_payload, or bt_payload and a line feed", Source: gateway, Confidence: verifier.Source},
			{About: "key", Text: "the SHA-1 of the private key, 20 bytes", Source: digest, Confidence: verifier.Source},
			{About: "payload", Text: "base64 and line feeds only; it holds XML", Source: gateway, Confidence: verifier.Source},
			{About: "handshake", Text: "GET with bt_challenge of 20 to 32 hex digits, answered with public_key|HMAC of the challenge", Source: gateway, Confidence: verifier.Source},
			{About: "deadline", Text: "30 seconds", Source: "developer.paypal.com/braintree/docs/guides/webhooks/parse", Confidence: verifier.Documented},
			{About: "retries", Text: "hourly, for up to 24 hours; up to 3 in the sandbox", Source: "developer.paypal.com/braintree/docs/guides/webhooks/parse", Confidence: verifier.Documented},
		},
		Notes: []string{
			"The secret is both API keys: public_key:private_key.",
			"What happened stands in bt_payload, base64 of XML, which expressions cannot read: there is no event type to route by.",
			"The key that signs notifications also signs challenges, which anybody may ask for. So only hex digits of a challenge's length are answered, and no payload that short is accepted.",
		},
		Samples: []verifier.Sample{{
			Type:   "check",
			Header: map[string]string{"Content-Type": formType},
			Body:   "id={id}&kind={type}&timestamp={time}",
		}},
	})
}

type braintreeKey struct {
	public string
	mac    macKeys
}

type braintreeVerifier struct{ keys []braintreeKey }

func newBraintree(s verifier.Settings) (verifier.Verifier, error) {
	v := &braintreeVerifier{}
	for _, secret := range s.Secrets {
		v.keys = append(v.keys, newBraintreeKey(secret))
	}
	return v, nil
}

func newBraintreeKey(secret string) braintreeKey {
	public, private, _ := strings.Cut(secret, ":")
	sum := sha1.Sum([]byte(private))
	return braintreeKey{public, newMACKeys(sha1.New, []string{string(sum[:])})}
}

func (k braintreeKey) sign(content string) []byte { return k.mac.sum(content, nil, "") }

// verify takes a payload whose last line feed got lost on the way.
func (k braintreeKey) verify(payload string, signature []byte) bool {
	return k.mac.match(signature, payload, nil, "") == 0 || k.mac.match(signature, payload, nil, "\n") == 0
}

func checkBraintreeSecret(secret string) error {
	public, private, ok := strings.Cut(secret, ":")
	if !ok || strings.TrimSpace(public) == "" || strings.TrimSpace(private) == "" || strings.ContainsAny(public, "|&") {
		return errors.New("is not both keys: write public_key:private_key")
	}
	return nil
}

// maxBraintreeChallenge is the length of the longest challenge, whose signature anybody can get.
const maxBraintreeChallenge = 32

func (v *braintreeVerifier) Verify(r *verifier.Request, _ time.Time) (verifier.Result, error) {
	form, err := readProvenForm(r)
	if err != nil {
		return verifier.Result{}, err
	}
	pairs, payload := onlyField(form, "bt_signature"), onlyField(form, "bt_payload")
	if pairs == "" || payload == "" {
		return verifier.Result{}, verifier.Refuse(verifier.SignatureMissing, "the form has not one bt_signature and one bt_payload")
	}
	if len(strings.TrimSpace(payload)) <= maxBraintreeChallenge || !isBase64Lines(payload) {
		return verifier.Result{}, verifier.Refuse(verifier.SignatureMalformed, "bt_payload is no base64 of a notification")
	}
	signatures, err := readBraintreePairs(pairs)
	if err != nil {
		return verifier.Result{}, err
	}
	for i, k := range v.keys {
		if signature, ok := signatures[k.public]; ok && k.verify(payload, signature) {
			return verifier.Result{Secret: i}, nil
		}
	}
	return verifier.Result{}, verifier.ErrMismatch
}

// readBraintreePairs are the signatures by public key.
func readBraintreePairs(text string) (map[string][]byte, error) {
	const most = 16
	malformed := verifier.Refuse(verifier.SignatureMalformed, "bt_signature does not hold one public_key|signature for each key")
	pairs := strings.Split(text, "&")
	if len(pairs) > most {
		return nil, malformed
	}
	signatures := map[string][]byte{}
	for _, pair := range pairs {
		public, code, _ := strings.Cut(pair, "|")
		signature, ok := verifier.DecodeHex(code, sha1.Size)
		if _, twice := signatures[public]; !ok || twice {
			return nil, malformed
		}
		signatures[public] = signature
	}
	return signatures, nil
}

// isBase64Lines reports whether the text has no other characters than base64 in lines.
func isBase64Lines(text string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	return strings.Trim(text, letters+"0123456789+/=\n") == ""
}

// Sign makes a notification of a form that has none yet: XML of its fields.
func (v *braintreeVerifier) Sign(r *verifier.Request, _ string, _ time.Time) error {
	form, err := url.ParseQuery(string(r.Body))
	if err != nil {
		return errors.New("the body is no form")
	}
	payload := onlyField(form, "bt_payload")
	if payload == "" {
		payload = base64.StdEncoding.EncodeToString([]byte(braintreeXML(form))) + "\n"
	}
	k := v.keys[0]
	r.Body = []byte(url.Values{
		"bt_payload":   {payload},
		"bt_signature": {k.public + "|" + hex.EncodeToString(k.sign(payload))},
	}.Encode())
	setHeader(r, "Content-Type", formType)
	return nil
}

func braintreeXML(form url.Values) string {
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace
	return `<?xml version="1.0" encoding="UTF-8"?>` + "\n<notification>" +
		`<timestamp type="datetime">` + escape(form.Get("timestamp")) + "</timestamp>" +
		"<kind>" + escape(form.Get("kind")) + "</kind>" +
		"<subject><check>" + escape(form.Get("id")) + "</check></subject></notification>"
}

// braintreeChallenge answers the check of the address. It signs nothing that could be taken for a
// notification.
func braintreeChallenge(s verifier.Settings) func(*verifier.Request) *verifier.Answer {
	const least = 20
	return func(r *verifier.Request) *verifier.Answer {
		challenge := queryChallenge(r, "bt_challenge")
		if len(challenge) < least || len(challenge) > maxBraintreeChallenge || strings.Trim(challenge, "0123456789abcdef") != "" || len(s.Secrets) == 0 {
			return nil
		}
		k := newBraintreeKey(s.Secrets[0])
		return verifier.Text(http.StatusOK, k.public+"|"+hex.EncodeToString(k.sign(challenge)))
	}
}
