// Command hmac is Caddy with one handler that checks a GitHub signature and stores nothing: the
// least that anything which verifies webhooks has to do. It serves the benchmark only.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/caddyserver/caddy/v2"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

func main() {
	caddy.RegisterModule(new(handler))
	caddycmd.Main()
}

type handler struct {
	Secret string `json:"secret"`
}

// CaddyModule returns the Caddy module information.
func (*handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.check_hmac", New: func() caddy.Module { return new(handler) }}
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return caddyhttp.Error(http.StatusBadRequest, err)
	}
	text, _ := strings.CutPrefix(r.Header.Get("X-Hub-Signature-256"), "sha256=")
	got, err := hex.DecodeString(text)
	if err != nil {
		return caddyhttp.Error(http.StatusUnauthorized, err)
	}
	mac := hmac.New(sha256.New, []byte(h.Secret))
	mac.Write(body)
	if !hmac.Equal(got, mac.Sum(nil)) {
		return caddyhttp.Error(http.StatusUnauthorized, errors.New("wrong signature"))
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

var _ caddyhttp.MiddlewareHandler = (*handler)(nil)
