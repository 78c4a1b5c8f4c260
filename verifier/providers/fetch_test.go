package providers

import (
	"bytes"
	"crypto/tls"
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestFetch(t *testing.T) {
	const address = "https://keys.example.com/a?Token=secret"
	tests := map[string]struct {
		status int
		size   int
		want   string
	}{
		"document":      {200, maxDocument, ""},
		"empty":         {200, 0, ""},
		"too large":     {200, maxDocument + 1, "call keys.example.com: answered with more than 64 KiB"},
		"redirect":      {302, 0, "call keys.example.com: answered with status 302"},
		"not found":     {404, 10, "call keys.example.com: answered with status 404"},
		"another 2xx":   {204, 0, "call keys.example.com: answered with status 204"},
		"its own fault": {500, 0, "call keys.example.com: answered with status 500"},
	}
	for name, tt := range tests {
		theWeb.documents[address] = func([]byte) (int, []byte) { return tt.status, bytes.Repeat([]byte("x"), tt.size) }
		got, err := fetch(address, nil)
		if tt.want == "" && (err != nil || len(got) != tt.size) || tt.want != "" && (err == nil || err.Error() != tt.want) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	for _, bad := range []string{"http://keys.example.com/a", "file:///etc/passwd", "https://[::1", "ftp://keys.example.com/"} {
		if _, err := fetch(bad, nil); err == nil {
			t.Errorf("%s is fetched", bad)
		}
	}
}

type brokenTransport struct{}

func (brokenTransport) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("no route")
}

func TestFetchErrorsHoldNoToken(t *testing.T) {
	transport := calls.Transport
	defer func() { calls.Transport = transport }()
	calls.Transport = brokenTransport{}
	_, err := fetch("https://keys.example.com/?Token=secret", nil)
	if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "no route") {
		t.Error(err)
	}
}

func TestCallsFollowNoRedirect(t *testing.T) {
	if !errors.Is(calls.CheckRedirect(nil, nil), http.ErrUseLastResponse) || calls.Timeout != fetchTimeout {
		t.Error("calls follow redirects, or wait without end")
	}
	if transport, ok := newTransport().(*http.Transport); !ok || transport.TLSClientConfig.MinVersion < tls.VersionTLS12 || transport.TLSClientConfig.InsecureSkipVerify {
		t.Error("calls take old versions of TLS, or any certificate")
	}
}
