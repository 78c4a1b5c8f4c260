package e2e

import (
	"bytes"
	"net/http"
	"strconv"
	"testing"
	"time"

	githubsdk "github.com/google/go-github/v68/github"
	slacksdk "github.com/slack-go/slack"
	standardsdk "github.com/standard-webhooks/standard-webhooks/libraries/go"
	stripesdk "github.com/stripe/stripe-go/v82/webhook"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/verifier"
)

// Requests that the vendors' own libraries sign are accepted; and an application that verifies with
// them goes on working behind Gatepost.
func TestVendorsLibraries(t *testing.T) {
	t.Parallel()
	standard, err := standardsdk.NewWebhook(standardSecret)
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(`{"id":"evt_1","object":"event","type":"invoice.paid","event_id":"Ev1"}`)
	tests := []struct {
		provider string
		secret   string
		header   func() http.Header // signed by the library, or where it cannot sign by ours
		verify   func(received) error
	}{
		{
			provider: "stripe", secret: secret,
			header: func() http.Header {
				signed := stripesdk.GenerateTestSignedPayload(&stripesdk.UnsignedPayload{Payload: body, Secret: secret})
				return http.Header{"Stripe-Signature": {signed.Header}}
			},
			verify: func(r received) error {
				return stripesdk.ValidatePayload(r.Body, r.Header.Get("Stripe-Signature"), secret)
			},
		},
		{
			provider: "standard_webhooks", secret: standardSecret,
			header: func() http.Header {
				now := time.Now()
				signature, err := standard.Sign("msg_1", now, body)
				if err != nil {
					t.Fatal(err)
				}
				h := http.Header{}
				h.Set(standardsdk.HeaderWebhookID, "msg_1")
				h.Set(standardsdk.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
				h.Set(standardsdk.HeaderWebhookSignature, signature)
				return h
			},
			verify: func(r received) error { return standard.Verify(r.Body, r.Header) },
		},
		{
			provider: "github", secret: secret,
			verify: func(r received) error {
				_, err := githubsdk.ValidatePayloadFromBody("application/json", bytes.NewReader(r.Body), r.Header.Get(githubsdk.SHA256SignatureHeader), []byte(secret))
				return err
			},
		},
		{
			provider: "slack", secret: secret,
			verify: func(r received) error {
				v, err := slacksdk.NewSecretsVerifier(r.Header, secret)
				if err != nil {
					return err
				}
				if _, err := v.Write(r.Body); err != nil {
					return err
				}
				return v.Ensure()
			},
		},
	}
	a := newApp(t, nil)
	var site string
	for _, tt := range tests {
		site += configured{provider: tt.provider, settings: verifier.Settings{Secrets: []string{tt.secret}}}.directive("route app " + a.URL + "/" + tt.provider)
	}
	g := start(t, config{site: site})
	sent := map[string]event.ID{}
	for _, tt := range tests {
		r := request{Path: "/" + tt.provider, Body: body}
		if tt.header != nil {
			r.Header = tt.header()
		} else {
			r = newSource(r.Path, tt.provider, verifier.Settings{Secrets: []string{tt.secret}}).sign(r, "1", time.Now())
		}
		r.Header.Set("Content-Type", "application/json")
		sent[tt.provider] = g.accept(r)
	}
	for _, r := range a.await(len(tests)) {
		for _, tt := range tests {
			if r.URI != "/"+tt.provider {
				continue
			}
			if r.id() != sent[tt.provider].String() {
				t.Errorf("%s: %s arrived, %s was sent", tt.provider, r.id(), sent[tt.provider])
			}
			if err := tt.verify(r); err != nil {
				t.Errorf("%s: the library refuses what arrived: %v", tt.provider, err)
			}
		}
	}
}
