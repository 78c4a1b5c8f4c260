package caddymodule

import (
	"net/http"
	"slices"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/replay"
	"github.com/gatepost/gatepost/router"
	"github.com/gatepost/gatepost/verifier"
)

func init() {
	caddy.RegisterModule(new(adminAPI))
	caddy.RegisterModule(new(AdminHandler))
}

// adminAPI answers /webhooks/ on Caddy's admin endpoint. It is made before the apps and survives a
// failed reload, so it looks the app up anew for every request.
type adminAPI struct{}

// CaddyModule returns the Caddy module information.
func (*adminAPI) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "admin.api.webhooks", New: func() caddy.Module { return new(adminAPI) }}
}

// Routes implements caddy.AdminRouter.
func (*adminAPI) Routes() []caddy.AdminRoute {
	handler := replay.NewHandler(func() *replay.Service {
		app, err := caddy.ActiveContext().AppIfConfigured("webhooks")
		if err != nil {
			return nil
		}
		return app.(*App).service()
	})
	return []caddy.AdminRoute{{
		Pattern: "/webhooks/",
		Handler: caddy.AdminHandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
			handler.ServeHTTP(w, r)
			return nil
		}),
	}}
}

// AdminHandler answers the admin API's paths, /webhooks/…, in a site and passes all others on. Put
// authentication in front of it: it shows stored events and sends them again.
type AdminHandler struct {
	handler http.Handler
}

// CaddyModule returns the Caddy module information.
func (*AdminHandler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.webhooks_admin", New: func() caddy.Module { return new(AdminHandler) }}
}

// Provision finds the app.
func (h *AdminHandler) Provision(ctx caddy.Context) error {
	loaded, err := ctx.App("webhooks")
	if err != nil {
		return err
	}
	h.handler = replay.NewHandler(loaded.(*App).service)
	return nil
}

func (h *AdminHandler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	if !replay.Serves(r.URL.Path) {
		return next.ServeHTTP(w, r)
	}
	h.handler.ServeHTTP(w, r)
	return nil
}

// service is the operator's view of this config.
func (a *App) service() *replay.Service {
	return &replay.Service{
		Engine: a.vault.store, Deliverer: a.vault.dispatcher, Config: liveConfig{a}, IDs: &a.vault.ids,
		Now: time.Now, Since: a.vault.since, Counts: a.vault.counts.snapshot, Logger: a.slog,
	}
}

// liveConfig is a config as package replay wants to see it.
type liveConfig struct{ a *App }

// Sources implements replay.Config.
func (c liveConfig) Sources() []replay.Source {
	var all []replay.Source
	for _, name := range c.a.sourceNames() {
		s := c.a.sources[name]
		info := replay.Source{
			Name: s.Name, Provider: s.Provider.Name, DedupeWindow: replay.Duration(s.Window),
			OnUnverified: onUnverifiedReject,
			Routes:       []string{}, Policies: make(map[string]replay.Policy),
		}
		if s.Quarantine != nil {
			info.OnUnverified = onUnverifiedQuarantine
		}
		for _, r := range s.deliveries {
			p := r.Policy
			info.Routes = append(info.Routes, r.Name)
			info.Policies[r.Name] = replay.Policy{
				Timeout: replay.Duration(p.Timeout), Concurrency: p.Concurrency,
				Retry: replay.Retry{
					Initial: replay.Duration(p.Initial), Max: replay.Duration(p.Max), For: replay.Duration(p.For),
					Attempts: p.Attempts, NoRetry: p.NoRetry,
				},
			}
		}
		all = append(all, info)
	}
	return all
}

// Match implements replay.Config.
func (c liveConfig) Match(e *event.Event) (routes []string, ok bool) {
	s, ok := c.a.sources[e.Source]
	if !ok {
		return nil, false
	}
	taken, _ := s.Router.Match(router.ScopeOf(e), e.Type)
	for _, i := range taken {
		routes = append(routes, s.Routes[i].Name)
	}
	return routes, true
}

// SecretHeader implements replay.Config.
func (c liveConfig) SecretHeader(source, provider, header string) bool {
	var secret []string
	if s, ok := c.a.sources[source]; ok && s.Provider.Name == provider {
		secret = s.secretHeaders
	} else if p, ok := verifier.Lookup(provider); ok { // of a source that is no longer configured
		secret = p.SecretHeaders(verifier.Settings{})
	}
	return slices.Contains(secret, http.CanonicalHeaderKey(header))
}

var (
	_ caddy.AdminRouter           = (*adminAPI)(nil)
	_ caddy.Provisioner           = (*AdminHandler)(nil)
	_ caddyhttp.MiddlewareHandler = (*AdminHandler)(nil)
)
