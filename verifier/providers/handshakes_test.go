package providers

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/verifier"
)

// Each row is a request to a provider and what must be answered; "" is no handshake.
func TestHandshakes(t *testing.T) {
	get := func(uri string) *verifier.Request {
		return &verifier.Request{Method: "GET", URI: uri, Header: http.Header{}}
	}
	post := func(body string, headers ...string) *verifier.Request {
		r := &verifier.Request{Method: "POST", URI: "/in", Header: http.Header{}, Body: []byte(body)}
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		return r
	}
	with := func(r *verifier.Request, method string, headers ...string) *verifier.Request {
		r.Method = method
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		return r
	}
	long := strings.Repeat("c", maxChallenge+1)
	secret := func(s verifier.Settings) verifier.Settings {
		s.Secrets = []string{"secret"}
		return s
	}
	meta := secret(verifier.Settings{VerifyToken: "token"})
	hub := "/in?hub.mode=subscribe&hub.topic=https%3A%2F%2Fexample.com%2Ffeed&hub.challenge=42"
	topics := secret(verifier.Settings{Topics: []string{"https://example.com/feed"}})
	origins := secret(verifier.Settings{AllowedOrigins: []string{"events.example.com"}})
	none := secret(verifier.Settings{})
	const grid = `[{"id":"1","eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","data":{"validationCode":"code-1","validationUrl":"https://example.com"}}]`
	const zoom = `{"event":"endpoint.url_validation","event_ts":1,"payload":{"plainToken":"abc"}}`

	tests := []struct {
		name     string
		provider string
		settings verifier.Settings
		request  *verifier.Request
		status   int
		body     string
		header   string // name=value
	}{
		{"meta", "meta", meta, get("/in?hub.mode=subscribe&hub.verify_token=token&hub.challenge=42"), 200, "42", "Content-Type=text/plain; charset=utf-8"},
		{"meta, script as challenge", "meta", meta, get("/in?hub.mode=subscribe&hub.verify_token=token&hub.challenge=%3Cscript%3E"), 200, "<script>", "X-Content-Type-Options=nosniff"},
		{"meta, other token", "meta", meta, get("/in?hub.mode=subscribe&hub.verify_token=x&hub.challenge=42"), 0, "", ""},
		{"meta, no token configured", "meta", none, get("/in?hub.mode=subscribe&hub.verify_token=&hub.challenge=42"), 0, "", ""},
		{"meta, other mode", "meta", meta, get("/in?hub.mode=unsubscribe&hub.verify_token=token&hub.challenge=42"), 0, "", ""},
		{"meta, two challenges", "meta", meta, get("/in?hub.mode=subscribe&hub.verify_token=token&hub.challenge=1&hub.challenge=2"), 0, "", ""},
		{"meta, long challenge", "meta", meta, get("/in?hub.mode=subscribe&hub.verify_token=token&hub.challenge=" + long), 0, "", ""},
		{"meta, POST", "meta", meta, with(get("/in?hub.mode=subscribe&hub.verify_token=token&hub.challenge=42"), "POST"), 0, "", ""},

		{"websub", "websub", topics, get(hub), 200, "42", "Content-Type=text/plain; charset=utf-8"},
		{"websub, unsubscribe", "websub", topics, get(strings.Replace(hub, "subscribe", "unsubscribe", 1)), 200, "42", ""},
		{"websub, denied", "websub", topics, get(strings.Replace(hub, "subscribe", "denied", 1)), 0, "", ""},
		{"websub, other topic", "websub", topics, get(strings.Replace(hub, "feed", "other", 1)), 0, "", ""},
		{"websub, no topics", "websub", none, get(hub), 0, "", ""},

		{"dropbox", "dropbox", none, get("/in?challenge=42"), 200, "42", "X-Content-Type-Options=nosniff"},
		{"onfleet", "onfleet", none, get("/in?check=42"), 200, "42", "X-Content-Type-Options=nosniff"},
		{"onfleet, POST", "onfleet", none, with(get("/in?check=42"), "POST"), 0, "", ""},
		{"dropbox, event", "dropbox", none, post(`{"challenge":"42"}`), 0, "", ""},
		{"front", "front", none, post(`{"type":"sync","authorization":{"id":"cmp_1"}}`, "X-Front-Challenge", "42"), 200, `{"challenge":"42"}`, "Content-Type=application/json"},
		{"front, event with a header added", "front", none, post(`{"type":"inbound"}`, "X-Front-Challenge", "42"), 0, "", ""},
		{"front, no challenge", "front", none, post(`{"type":"sync"}`), 0, "", ""},
		{"nylas", "nylas", none, get("/in?challenge=42"), 200, "42", "X-Content-Type-Options=nosniff"},

		{"zoom", "zoom", none, post(zoom), 200, `{"plainToken":"abc","encryptedToken":"9946dad4e00e913fc8be8e5d3f7e110a4a9e832f83fb09c345285d78638d8a0e"}`, "Content-Type=application/json"},
		{"zoom, the content of a request", "zoom", none, post(strings.Replace(zoom, "abc", "v0:1:{}", 1)), 0, "", ""},
		{"zoom, long", "zoom", none, post(strings.Replace(zoom, "abc", long, 1)), 0, "", ""},
		{"zoom, empty", "zoom", none, post(strings.Replace(zoom, "abc", "", 1)), 0, "", ""},
		{"zoom, event", "zoom", none, post(strings.Replace(zoom, `"endpoint.url_validation"`, `"meeting.started"`, 1)), 0, "", ""},

		{"twitch", "twitch", none, post(`{"challenge":"abc","subscription":{}}`, "Twitch-Eventsub-Message-Type", "webhook_callback_verification"), 200, "abc", "Content-Type=text/plain; charset=utf-8"},
		{"twitch, event", "twitch", none, post(`{"challenge":"abc"}`, "Twitch-Eventsub-Message-Type", "notification"), 0, "", ""},
		{"twitch, no challenge", "twitch", none, post(`{}`, "Twitch-Eventsub-Message-Type", "webhook_callback_verification"), 0, "", ""},

		{"okta", "okta", none, with(get("/in"), "GET", "X-Okta-Verification-Challenge", `a"b`), 200, `{"verification":"a\"b"}`, "Content-Type=application/json"},
		{"okta, POST", "okta", none, post(`{}`, "X-Okta-Verification-Challenge", "abc"), 0, "", ""},
		{"okta, GET without", "okta", none, get("/in"), 0, "", ""},

		{"woocommerce", "woocommerce", none, post("webhook_id=12"), 200, "", ""},
		{"woocommerce, more", "woocommerce", none, post("webhook_id=12&x=1"), 0, "", ""},
		{"woocommerce, no number", "woocommerce", none, post("webhook_id=x"), 0, "", ""},
		{"woocommerce, signed", "woocommerce", none, post("webhook_id=12", "X-WC-Webhook-Signature", "x"), 0, "", ""},

		{"smartsheet", "smartsheet", none, post(`{"challenge":"abc","webhookId":1}`, "Smartsheet-Hook-Challenge", "abc"), 200, "", "Smartsheet-Hook-Response=abc"},
		{"smartsheet, long", "smartsheet", none, post(`{}`, "Smartsheet-Hook-Challenge", long), 0, "", ""},
		{"smartsheet, event", "smartsheet", none, post(`{}`), 0, "", ""},

		{"event grid", "azure_event_grid", none, post(grid, "aeg-event-type", "SubscriptionValidation"), 200, `{"validationResponse":"code-1"}`, "Content-Type=application/json"},
		{"event grid, event", "azure_event_grid", none, post(grid, "aeg-event-type", "Notification"), 0, "", ""},
		{"event grid, CloudEvents", "azure_event_grid", none, with(get("/in"), "OPTIONS", "WebHook-Request-Origin", "eventgrid.azure.net"), 200, "", "WebHook-Allowed-Origin=eventgrid.azure.net"},
		{"event grid, other origin", "azure_event_grid", none, with(get("/in"), "OPTIONS", "WebHook-Request-Origin", "example.com"), 0, "", ""},

		{"cloudevents", "cloudevents", origins, with(get("/in"), "OPTIONS", "WebHook-Request-Origin", "events.example.com", "WebHook-Request-Rate", "120"), 200, "", "WebHook-Allowed-Rate=*"},
		{"cloudevents, other origin", "cloudevents", origins, with(get("/in"), "OPTIONS", "WebHook-Request-Origin", "example.com"), 0, "", ""},
		{"cloudevents, POST", "cloudevents", origins, post(`{}`, "WebHook-Request-Origin", "events.example.com"), 0, "", ""},

		{"linkedin", "linkedin", none, get("/in?challengeCode=890e4665-4dfe-4ab1-b689-ed553bceeed0"), 200, `{"challengeCode":"890e4665-4dfe-4ab1-b689-ed553bceeed0","challengeResponse":"9585d359e64d6a2013e0cf377f702b7141313246286c6891f22e3bfcc3938f65"}`, ""},
		{"linkedin, the content of a request", "linkedin", none, get("/in?challengeCode=hmacsha256%3D%7B%7D"), 0, "", ""},

		{"x", "x", none, get("/in?crc_token=9b4507b3-9040-4669-9ca3-6b94edb50553"), 200, `{"response_token":"sha256=CCaF7JoinKrx7/LQHWSmMC3gluNLvmLge86rnkkUiTg="}`, ""},
		{"x, a body as token", "x", none, get("/in?crc_token=%7B%7D"), 0, "", ""},
		{"x, a token as body", "x", none, post("9b4507b3-9040-4669-9ca3-6b94edb50553"), 401, "", ""},
		{"x, a token as body of a GET", "x", none, with(post("abc"), "GET"), 401, "", ""},
		{"x, event", "x", none, post(`{"for_user_id":"1"}`), 0, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := lookup(t, tt.provider).HandshakeFor(tt.settings).Answer(tt.request)
			if tt.status == 0 {
				if a != nil {
					t.Errorf("answered %d %s", a.Status, a.Body)
				}
				return
			}
			if a == nil || a.Status != tt.status || string(a.Body) != tt.body {
				t.Fatalf("%+v %s", a, a.Body)
			}
			if name, value, ok := strings.Cut(tt.header, "="); ok && a.Header.Get(name) != value {
				t.Errorf("%s: %q", name, a.Header.Get(name))
			}
		})
	}
}

// What is signed on demand must not verify as a request.
func TestSignedChallengesAreNoRequests(t *testing.T) {
	s := verifier.Settings{Secrets: []string{"secret"}}
	for name, token := range map[string]string{"x": "abc", "linkedin": "890e4665-4dfe-4ab1-b689-ed553bceeed0"} {
		p := lookup(t, name)
		r := &verifier.Request{Method: "POST", URI: "/in", Header: http.Header{}, Body: []byte(token)}
		if err := newVerifier(t, name, s).Sign(r, "", now); err != nil {
			t.Fatal(err)
		}
		a := p.HandshakeFor(s).Answer(r)
		if _, err := newVerifier(t, name, s).Verify(r, now); err == nil && name == "x" && (a == nil || a.Status != http.StatusUnauthorized) {
			t.Errorf("%s: a signed token is taken for an event", name)
		}
	}
}

// A provider that needs no verification first must not be one whose handshake is signed.
func TestWhoIsVerifiedFirst(t *testing.T) {
	for _, name := range []string{"slack", "zoom", "twitch", "azure_event_grid", "discord"} {
		if lookup(t, name).Handshake.BeforeVerify {
			t.Errorf("%s signs its handshake: verify it first", name)
		}
	}
}

func TestHandshakesSpareEvents(t *testing.T) {
	for _, name := range verifier.Names() {
		p := lookup(t, name)
		h := p.HandshakeFor(settings(name))
		if h == nil {
			continue
		}
		if h.Answer == nil || h.Summary == "" {
			t.Errorf("%s: a handshake without answer or summary", name)
			continue
		}
		r := signed(t, name, newVerifier(t, name, settings(name)))
		if a := h.Answer(r); a != nil {
			t.Errorf("%s: the default sample is taken for a handshake: %d", name, a.Status)
		}
	}
}
