package providers

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/gatepost/gatepost/verifier"
)

// maxChallenge bounds what a handshake echoes, in bytes.
const maxChallenge = 1 << 10

// queryChallenge is the one value of a parameter of a GET request, "" if there is none fit to be
// echoed.
func queryChallenge(r *verifier.Request, name string) string {
	if r.Method != http.MethodGet {
		return ""
	}
	values := r.Query()[name]
	if len(values) != 1 || len(values[0]) > maxChallenge {
		return ""
	}
	return values[0]
}

// headerChallenge is the same of a header, for any method.
func headerChallenge(r *verifier.Request, name string) string {
	values := r.Header.Values(name)
	if len(values) != 1 || len(values[0]) > maxChallenge {
		return ""
	}
	return values[0]
}

// answerHead answers the HEAD request by which a provider tries an address out.
func answerHead(r *verifier.Request) *verifier.Answer {
	if r.Method != http.MethodHead {
		return nil
	}
	return &verifier.Answer{Status: http.StatusOK}
}

// hubChallenge answers the request by which a hub of WebSub, or Meta, asks for consent: with its
// challenge, if the request is accepted.
func hubChallenge(r *verifier.Request, accept func() bool) *verifier.Answer {
	challenge := queryChallenge(r, "hub.challenge")
	if challenge == "" || !accept() {
		return nil
	}
	return verifier.Text(http.StatusOK, challenge)
}

// decodeObject reads a JSON object into the fields that v names. Handshakes are small: whatever is
// not is none.
func decodeObject(r *verifier.Request, v any) bool {
	const most = 8 << 10
	return len(r.Body) <= most && json.Unmarshal(r.Body, v) == nil
}

// allowOrigin answers the request by which a sender of CloudEvents asks for consent, if it is one
// of the allowed origins.
func allowOrigin(r *verifier.Request, allowed ...string) *verifier.Answer {
	origin := headerChallenge(r, "WebHook-Request-Origin")
	if r.Method != http.MethodOptions || origin == "" || !slices.Contains(allowed, origin) {
		return nil
	}
	return &verifier.Answer{Status: http.StatusOK, Header: http.Header{
		"Allow":                  {http.MethodPost},
		"Webhook-Allowed-Origin": {origin},
		"Webhook-Allowed-Rate":   {"*"},
	}}
}
