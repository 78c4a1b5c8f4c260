package providers

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	_ "crypto/sha1" // of SignatureVersion 1
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

// The values of Type.
const (
	snsNotification = "Notification"
	snsSubscribe    = "SubscriptionConfirmation"
	snsUnsubscribe  = "UnsubscribeConfirmation"
)

func init() {
	const (
		guide     = "awsdocs/amazon-sns-developer-guide, sns-verify-signature-of-message.md"
		validator = "aws/aws-js-sns-message-validator, index.js; aws/aws-php-sns-message-validator"
	)
	verifier.Register(verifier.Provider{
		Name:  "aws_sns",
		Title: "Amazon SNS",
		Scheme: verifier.Scheme{
			Kind: verifier.Custom,
			// A retry carries the time of the publication.
			Tolerance: 24 * time.Hour,
			Custom: &verifier.CustomScheme{
				Name:    "certificate-rsa",
				Proof:   "RSA signature and the address of its certificate in the body",
				New:     newSNS,
				Keyless: true,
				Covers: verifier.Covers{
					Timestamp: true,
					Fields:    []string{"Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"},
				},
			},
		},
		Open:     []string{"topic_arn", "allow_sha1"},
		Required: []string{"topic_arn"},
		Gap:      "every customer of AWS can send validly signed messages, so that the topic is what tells yours",
		Example:  verifier.Settings{TopicARNs: []string{"arn:aws:sns:eu-central-1:123456789012:example"}},
		Identity: verifier.Identity{
			EventID:   "body.MessageId",
			EventType: "body.Type",
			Dedupe:    "body.MessageId",
		},
		Handshake: &verifier.Handshake{
			Bind:    snsConfirmation,
			Summary: "A SubscriptionConfirmation of a configured topic is confirmed by calling its SubscribeURL, if that is at SNS.",
		},
		AnswerDeadline: 15 * time.Second,
		RetryHorizon:   time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "RSA (PKCS #1 v1.5), base64 in Signature, over names and values of Message, MessageId, Subject if there is one, Timestamp, TopicArn and Type, a line each; of confirmations SubscribeURL and Token too", Source: guide, Confidence: verifier.Documented},
			{About: "SignatureVersion", Text: "1 is SHA-1, 2 is SHA-256, as the topic is set", Source: guide, Confidence: verifier.Documented},
			{About: "certificate", Text: "at SigningCertURL: https, sns.<region>.amazonaws.com or .com.cn, a .pem file", Source: validator, Confidence: verifier.Source},
			{About: "handshake", Text: "SubscriptionConfirmation: after the check, GET SubscribeURL", Source: guide, Confidence: verifier.Documented},
			{About: "identity", Text: "MessageId stays the same when a message is sent again", Source: guide, Confidence: verifier.Documented},
			{About: "deadline", Text: "15 seconds", Confidence: verifier.Unconfirmed},
			{About: "retries", Text: "as the delivery policy of the subscription or the topic says, at most an hour in all; without one 3, 20 seconds apart", Source: "awsdocs/amazon-sns-developer-guide, doc_source/sns-message-delivery-retries.md", Confidence: verifier.Documented},
		},
		Notes: []string{
			"There is no secret. topic_arn names the topics whose messages are accepted, and whose subscriptions are confirmed by themselves.",
			"Topics sign with SHA-1 until their attribute SignatureVersion is set to 2. Set it, or write allow_sha1.",
			"Raw message delivery carries no signature and is refused.",
			"UnsubscribeURL is not signed. What else is in the body beside the signed fields is not either.",
			"The certificate is fetched from SNS alone, over https, and kept for a day. If it cannot be had, requests are answered with 503 and come again.",
			"A message is accepted for 24 hours after its publication; set tolerance if your delivery policy takes longer.",
		},
		Samples: samples("aws_sns"),
	})
}

// snsRegion is the form of a region's name: anything looser takes sns.s3-us-west-2.amazonaws.com for an
// address of SNS, where whoever has the bucket called sns puts what they like.
const snsRegion = `[a-z]{2}(-[a-z]{2,16}){1,3}-[0-9]{1,2}`

var (
	snsTopic        = regexp.MustCompile(`^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?$`)
	snsCert         = regexp.MustCompile(`^https://sns\.` + snsRegion + `\.amazonaws\.com(\.cn)?/[A-Za-z0-9_-]{1,128}\.pem$`)
	snsSubscribeURL = regexp.MustCompile(`^https://sns\.` + snsRegion + `\.amazonaws\.com(\.cn)?/\?Action=ConfirmSubscription&[A-Za-z0-9_.:%&=-]+$`)
)

type snsVerifier struct {
	topics       []string
	allowSHA1    bool
	tolerance    time.Duration
	certificates cache[*x509.Certificate]
}

func newSNS(s verifier.Settings) (verifier.Verifier, error) {
	for _, topic := range s.TopicARNs {
		if !snsTopic.MatchString(topic) {
			return nil, fmt.Errorf("topic_arn: %q is no ARN of a topic: write one such as arn:aws:sns:eu-central-1:123456789012:orders", topic)
		}
	}
	v := &snsVerifier{topics: s.TopicARNs, allowSHA1: s.AllowSHA1, tolerance: s.Tolerance}
	v.certificates.lifetime = 24 * time.Hour
	return v, nil
}

func (v *snsVerifier) Verify(r *verifier.Request, now time.Time) (verifier.Result, error) {
	body, err := readProven(r.Body, snsNames...)
	if err != nil {
		return verifier.Result{}, err
	}
	text := textOf(body, "Signature")
	if text == "" {
		return verifier.Result{}, verifier.Refuse(verifier.SignatureMissing, "the body has no Signature")
	}
	signature, ok := verifier.DecodeBase64(text)
	hash, known := v.hash(textOf(body, "SignatureVersion"))
	if !ok || !known {
		return verifier.Result{}, verifier.Refuse(verifier.SignatureMalformed, "the Signature is no base64, or of a SignatureVersion that is not accepted here")
	}
	signedAt, ok := verifier.ParseTimestamp(verifier.RFC3339, textOf(body, "Timestamp"))
	if !ok {
		return verifier.Result{}, verifier.ErrTimestampMalformed
	}
	content, err := snsContent(body)
	if err != nil {
		return verifier.Result{}, err
	}
	if !slices.Contains(v.topics, textOf(body, "TopicArn")) {
		return verifier.Result{}, verifier.Refuse(verifier.TokenMismatch, "the message is of a topic that is not accepted here")
	}
	address := textOf(body, "SigningCertURL")
	if !snsCert.MatchString(address) {
		return verifier.Result{}, verifier.Refuse(verifier.SignatureMalformed, "the certificate is not at an address of SNS")
	}
	certificate, err := v.certificates.get(address, now, func() (*x509.Certificate, error) { return fetchSNSCertificate(address) })
	if err != nil {
		return verifier.Result{}, err
	}
	key := rsaKey{public: certificate.PublicKey.(*rsa.PublicKey), hash: hash}
	if now.Before(certificate.NotBefore) || now.After(certificate.NotAfter) || !key.verify(content, signature) {
		return verifier.Result{}, verifier.ErrMismatch
	}
	return accept(0, signedAt, now, v.tolerance)
}

func (v *snsVerifier) Sign(*verifier.Request, string, time.Time) error {
	return errors.New("only Amazon has the key that signs its messages: publish one to the topic")
}

// hash is that of a SignatureVersion which is accepted.
func (v *snsVerifier) hash(version string) (h crypto.Hash, ok bool) {
	switch {
	case version == "2":
		return crypto.SHA256, true
	case version == "1" && v.allowSHA1:
		return crypto.SHA1, true
	default:
		return 0, false
	}
}

// snsNames are all that is looked at in a body.
var snsNames = []string{
	"Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
	"Signature", "SignatureVersion", "SigningCertURL",
}

var snsSigned = map[string][]string{
	snsNotification: {"Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"},
	snsSubscribe:    {"Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"},
	snsUnsubscribe:  {"Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"},
}

// snsContent is what is signed of a message. Only Message may have several lines: else it would not
// be clear where a value ends.
func snsContent(body object) ([]byte, error) {
	var b bytes.Buffer
	for _, name := range snsSigned[textOf(body, "Type")] {
		value, ok := body[name].(string)
		if name == "Subject" && body[name] == nil {
			continue
		}
		if !ok || name != "Message" && strings.Contains(value, "\n") {
			return nil, errProvenBody
		}
		b.WriteString(name + "\n" + value + "\n")
	}
	if b.Len() == 0 {
		return nil, errProvenBody
	}
	return b.Bytes(), nil
}

// fetchSNSCertificate fetches a certificate. What vouches for it is the connection to SNS, as in
// Amazon's own validators: the file holds no chain.
func fetchSNSCertificate(address string) (*x509.Certificate, error) {
	document, err := fetch(address, nil)
	if err != nil {
		return nil, err
	}
	certificates, err := readCertificates(document)
	if err != nil {
		return nil, err
	}
	return certificates[0], nil
}

// snsConfirmation confirms subscriptions to the configured topics. The messages have been verified.
func snsConfirmation(s verifier.Settings) func(*verifier.Request) *verifier.Answer {
	return func(r *verifier.Request) *verifier.Answer {
		// Nearly all requests are notifications: look for the word before anything is decoded.
		if !bytes.Contains(r.Body, []byte("Confirmation")) {
			return nil
		}
		body, err := readProven(r.Body)
		if err != nil {
			return nil
		}
		switch textOf(body, "Type") {
		case snsUnsubscribe:
			return verifier.Text(http.StatusOK, "")
		case snsSubscribe:
			return confirmSNS(s, textOf(body, "TopicArn"), textOf(body, "SubscribeURL"))
		default:
			return nil
		}
	}
}

func confirmSNS(s verifier.Settings, topic, address string) *verifier.Answer {
	const longest = 2 << 10
	u, err := url.Parse(address)
	if err != nil || len(address) > longest || !snsSubscribeURL.MatchString(address) || !slices.Contains(s.TopicARNs, topic) || u.Query().Get("TopicArn") != topic {
		return verifier.Text(http.StatusForbidden, "the subscription is not one that is confirmed here")
	}
	if _, err := fetch(address, nil); err != nil {
		return verifier.Text(http.StatusServiceUnavailable, "the subscription could not be confirmed; send it again")
	}
	return verifier.Text(http.StatusOK, "")
}
