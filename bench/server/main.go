// Command server is the binary under test: gatepost as it is shipped, and one handler more that only
// checks a signature, so that every case of a run is served by the same process.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	_ "github.com/caddyserver/caddy/v2/modules/standard" // Caddy's own modules

	_ "github.com/gatepost/gatepost" // and ours
)

func main() {
	go func() { // whoever started this is gone when the pipe breaks
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	caddycmd.Main()
}

func init() {
	caddy.RegisterModule(new(checkHMAC))
	httpcaddyfile.RegisterHandlerDirective("check_hmac", parse)
	httpcaddyfile.RegisterDirectiveOrder("check_hmac", httpcaddyfile.Before, "respond")
}

// checkHMAC answers 200 to a body that GitHub's signature fits, as a handler written in an afternoon
// would: it remembers nothing.
type checkHMAC struct {
	Secret string `json:"secret"`
}

// CaddyModule returns the Caddy module information.
func (*checkHMAC) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.check_hmac", New: func() caddy.Module { return new(checkHMAC) }}
}

func parse(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	h.Next() // the directive's name
	c := new(checkHMAC)
	if !h.AllArgs(&c.Secret) {
		return nil, h.ArgErr()
	}
	return c, nil
}

func (c *checkHMAC) ServeHTTP(w http.ResponseWriter, r *http.Request, _ caddyhttp.Handler) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		return caddyhttp.Error(http.StatusBadRequest, err)
	}
	text := strings.TrimPrefix(r.Header.Get("X-Hub-Signature-256"), "sha256=")
	signature, err := hex.DecodeString(text)
	mac := hmac.New(sha256.New, []byte(c.Secret))
	mac.Write(body)
	if err != nil || !hmac.Equal(signature, mac.Sum(nil)) {
		w.WriteHeader(http.StatusUnauthorized)
		return nil
	}
	w.WriteHeader(http.StatusOK)
	return nil
}
