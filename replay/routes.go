package replay

import (
	"context"
	"net/http"

	"github.com/gatepost/gatepost/delivery"
	"github.com/gatepost/gatepost/event"
)

func (c *call) health() error {
	if reasons := c.Engine.Health(); len(reasons) > 0 {
		return c.answer(http.StatusServiceUnavailable, Health{Status: HealthFailing, Reasons: reasons})
	}
	return c.answer(http.StatusOK, Health{Status: HealthOK})
}

func (c *call) stats() error {
	routes, err := c.Deliverer.Routes(c.r.Context())
	if err != nil {
		return err
	}
	engine := c.Engine.Stats()
	s := Stats{
		Since: Time{c.Since}, Requests: c.Counts(), StoreBytes: engine.Bytes,
		Deliveries: DeliveryCounts{
			Delivered: engine.Ended[event.Delivered], Dead: engine.Ended[event.Dead], Cancelled: engine.Ended[event.Cancelled],
		},
	}
	for _, r := range routes {
		s.Deliveries.Delivering += int64(r.Delivering)
		if r.Stopped() {
			s.Deliveries.Held += int64(r.Pending)
		} else {
			s.Deliveries.Pending += int64(r.Pending)
		}
	}
	return c.answer(http.StatusOK, s)
}

func (c *call) sources() error {
	sources := c.Config.Sources()
	shown := make([]Source, len(sources))
	for i, s := range sources {
		shown[i] = showSource(s)
	}
	list, err := listByName(c, shown, func(s Source) string { return s.Name })
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, list)
}

func (c *call) routes() error {
	routes, err := c.Deliverer.Routes(c.r.Context())
	if err != nil {
		return err
	}
	shown := make([]Route, len(routes))
	for i, r := range routes {
		shown[i] = showRoute(r)
	}
	list, err := listByName(c, shown, func(r Route) string { return r.Source + "/" + r.Name })
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, list)
}

func (c *call) hold() error { return c.setRoute(c.Deliverer.Hold) }

func (c *call) resume() error { return c.setRoute(c.Deliverer.Resume) }

// setRoute changes the route that the path names and answers with what it is then.
func (c *call) setRoute(do func(context.Context, event.Route) (delivery.RouteStatus, error)) error {
	if err := c.decode(&struct{}{}); err != nil {
		return err
	}
	r, err := do(c.r.Context(), event.Route{Source: c.args[0], Name: c.args[1]})
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, showRoute(r))
}

func showRoute(r delivery.RouteStatus) Route {
	return Route{
		Source: r.Route.Source, Name: r.Route.Name, Configured: r.Configured, Held: r.Held,
		Pending: r.Pending, Delivering: r.Delivering, Dead: r.Dead, OldestPendingAt: Time{r.OldestPendingAt},
	}
}

// showSource is a copy in which no list is null.
func showSource(s Source) Source {
	s.Routes = append([]string{}, s.Routes...)
	policies := make(map[string]Policy, len(s.Policies))
	for route, p := range s.Policies {
		p.Retry.NoRetry = append([]int{}, p.Retry.NoRetry...)
		policies[route] = p
	}
	s.Policies = policies
	return s
}
