package providers

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Bounds on the calls that some schemes make: for keys and certificates, and to confirm a
// subscription. The address of each is matched whole against a pattern before.
const (
	fetchTimeout = 5 * time.Second
	maxDocument  = 64 << 10
)

// calls is the client of all calls. Its transport is a variable for tests alone.
var calls = &http.Client{
	Transport: newTransport(),
	Timeout:   fetchTimeout,
	CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // a redirect leads past the pattern
	},
}

func newTransport() http.RoundTripper {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:      true,
		MaxResponseHeaderBytes: maxDocument,
		MaxConnsPerHost:        4,
		MaxIdleConns:           4,
		IdleConnTimeout:        30 * time.Second,
	}
}

// fetch gets the document at the address, or posts JSON to it if there is a body. Its errors name
// the host and nothing else of the address, which can hold tokens.
func fetch(address string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	method, content := http.MethodGet, io.Reader(http.NoBody)
	if body != nil {
		method, content = http.MethodPost, bytes.NewReader(body)
	}
	r, err := http.NewRequestWithContext(ctx, method, address, content)
	if err != nil {
		return nil, errors.New("the address to call is not one")
	}
	if r.URL.Scheme != "https" {
		return nil, fmt.Errorf("call %s: not an https address", r.URL.Host)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	document, err := read(calls.Do(r))
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", r.URL.Host, err)
	}
	return document, nil
}

func read(response *http.Response, err error) ([]byte, error) {
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err
		}
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("answered with status %d", response.StatusCode)
	}
	document, err := io.ReadAll(io.LimitReader(response.Body, maxDocument+1))
	if err == nil && len(document) > maxDocument {
		err = fmt.Errorf("answered with more than %d KiB", maxDocument>>10)
	}
	return document, err
}
