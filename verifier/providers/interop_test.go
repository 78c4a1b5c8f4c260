package providers

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-github/v68/github"
	"github.com/slack-go/slack"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stripe/stripe-go/v82/webhook"

	"github.com/gatepost/gatepost/verifier"
)

// The official libraries compare with the real clock; these tests do so with them.

func TestInteropStandardWebhooks(t *testing.T) {
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	library, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	v := newVerifier(t, "standard_webhooks", verifier.Settings{Secrets: []string{secret}})
	at, body := time.Now(), []byte(`{"type":"invoice.paid"}`)

	r := &verifier.Request{Body: body}
	if err := v.Sign(r, "msg_1", at); err != nil {
		t.Fatal(err)
	}
	if err := library.Verify(body, r.Header); err != nil {
		t.Errorf("the library refuses ours: %v", err)
	}

	signature, err := library.Sign("msg_2", at, body)
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	h.Set("webhook-id", "msg_2")
	h.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	h.Set("webhook-signature", signature)
	if _, err := v.Verify(&verifier.Request{Header: h, Body: body}, at); err != nil {
		t.Errorf("we refuse the library's: %v", err)
	}
}

// Polar signs with the library: new secrets as they are, the text of older ones as key.
func TestInteropPolar(t *testing.T) {
	const (
		newer = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
		older = "whsec_4zRtZ4sJ0nVbq3Yl0bM9vGk6w2yTq8xXh5c7d1e3f2g" // 43 characters: no base64
	)
	standard, err := standardwebhooks.NewWebhook(newer)
	if err != nil {
		t.Fatal(err)
	}
	legacy, err := standardwebhooks.NewWebhookRaw([]byte(older))
	if err != nil {
		t.Fatal(err)
	}
	at, body := time.Now(), []byte(`{"type":"order.paid"}`)
	for secret, library := range map[string]*standardwebhooks.Webhook{newer: standard, older: legacy} {
		signature, err := library.Sign("evt_1", at, body)
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{}
		h.Set("webhook-id", "evt_1")
		h.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
		h.Set("webhook-signature", signature)
		v := newVerifier(t, "polar", verifier.Settings{Secrets: []string{secret}})
		if _, err := v.Verify(&verifier.Request{Header: h, Body: body}, at); err != nil {
			t.Errorf("we refuse what Polar signs with %s: %v", secret, err)
		}
	}
}

func TestInteropStripe(t *testing.T) {
	const secret = "whsec_0123456789abcdef"
	v := newVerifier(t, "stripe", verifier.Settings{Secrets: []string{secret}})
	at := time.Now()
	body := lookup(t, "stripe").Sample("invoice.paid", id, at).Body

	r := &verifier.Request{Body: body}
	if err := v.Sign(r, "", at); err != nil {
		t.Fatal(err)
	}
	event, err := webhook.ConstructEventWithOptions(body, r.Header.Get("Stripe-Signature"), secret, webhook.ConstructEventOptions{IgnoreAPIVersionMismatch: true})
	if err != nil {
		t.Errorf("the SDK refuses ours: %v", err)
	}
	if event.ID != "evt_"+id || event.Type != "invoice.paid" {
		t.Errorf("the SDK reads %s %s from the sample", event.ID, event.Type)
	}

	theirs := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: body, Secret: secret, Timestamp: at})
	h := http.Header{"Stripe-Signature": {theirs.Header}}
	if _, err := v.Verify(&verifier.Request{Header: h, Body: theirs.Payload}, at); err != nil {
		t.Errorf("we refuse the SDK's: %v", err)
	}
}

func TestInteropGitHub(t *testing.T) {
	const secret = "a secret"
	v := newVerifier(t, "github", verifier.Settings{Secrets: []string{secret}})
	e := lookup(t, "github").Sample("push", id, now)
	r := &verifier.Request{Body: e.Body, Header: e.Header}
	if err := v.Sign(r, id, now); err != nil {
		t.Fatal(err)
	}
	if err := github.ValidateSignature(r.Header.Get(github.SHA256SignatureHeader), e.Body, []byte(secret)); err != nil {
		t.Errorf("go-github refuses ours: %v", err)
	}
	request := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(e.Body))
	request.Header = r.Header
	payload, err := github.ValidatePayload(request, []byte(secret))
	if err != nil || !bytes.Equal(payload, e.Body) {
		t.Errorf("go-github refuses the request: %v", err)
	}
	for _, s := range lookup(t, "github").Samples {
		if _, err := github.ParseWebHook(s.Type, lookup(t, "github").Sample(s.Type, id, now).Body); err != nil {
			t.Errorf("go-github cannot read the sample %s: %v", s.Type, err)
		}
	}
}

func TestInteropSlack(t *testing.T) {
	const secret = "8f742231b10e8888abcd99yyyzzz85a5"
	v := newVerifier(t, "slack", verifier.Settings{Secrets: []string{secret}})
	at := time.Now()
	body := lookup(t, "slack").Sample("message", id, at).Body
	r := &verifier.Request{Body: body}
	if err := v.Sign(r, "", at); err != nil {
		t.Fatal(err)
	}
	sdk, err := slack.NewSecretsVerifier(r.Header, secret)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sdk.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := sdk.Ensure(); err != nil {
		t.Errorf("slack-go refuses ours: %v", err)
	}
}
