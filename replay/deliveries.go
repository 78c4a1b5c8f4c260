package replay

import (
	"context"
	"net/http"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

func (c *call) deliveries() error {
	source, route := c.params["source"], c.params["route"]
	var state event.State
	if text := c.params["state"]; text != "" {
		var err error
		if state, err = event.ParseState(text); err != nil {
			return badRequest("%v", err)
		}
	}
	limit, after, err := c.place(deliveryCursor)
	if err != nil {
		return err
	}
	var q store.DeliveryQuery
	copy(q.Before[:], after)

	page := newScan[Delivery](c.r.Context(), limit)
	err = c.Engine.Deliveries(page.ctx, q, func(d *event.Delivery) bool {
		if !page.take(d.ID) {
			return false
		}
		if source != "" && d.Route.Source != source || route != "" && d.Route.Name != route {
			return true
		}
		shown := c.showDelivery(d)
		if state == 0 || shown.State == state.String() {
			page.items = append(page.items, shown)
		}
		return true
	})
	list, err := page.list(deliveryCursor, err)
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, list)
}

func (c *call) retry() error { return c.step(c.Deliverer.Retry) }

func (c *call) cancel() error { return c.step(c.Deliverer.Cancel) }

// step does one step of the delivery that the path names and answers with what it is then.
func (c *call) step(do func(context.Context, event.DeliveryID) (*event.Delivery, error)) error {
	id, err := event.ParseDeliveryID(c.args[0])
	if err != nil {
		return &Error{http.StatusNotFound, "no such delivery: " + err.Error()}
	}
	if err := c.decode(&struct{}{}); err != nil {
		return err
	}
	d, err := do(c.r.Context(), id)
	if err != nil {
		return err
	}
	shown := c.showDelivery(d)
	shown.Attempts = showAttempts(d)
	return c.answer(http.StatusOK, shown)
}

// showDelivery is a delivery as lists have it. It changes d's state and reason to those shown.
func (s *Service) showDelivery(d *event.Delivery) Delivery {
	s.Deliverer.Show(d)
	shown := Delivery{
		ID: d.ID, Event: d.Event, Source: d.Route.Source, Route: d.Route.Name, State: d.State.String(),
		AttemptCount: d.AttemptCount, Reason: d.Reason, Replay: d.Replay,
	}
	if d.State == event.Pending {
		shown.NextAttemptAt = Time{d.NextAttemptAt}
	}
	return shown
}

func showAttempts(d *event.Delivery) []Attempt {
	shown := make([]Attempt, len(d.Attempts))
	for i, a := range d.Attempts {
		shown[i] = Attempt{
			Number: a.Number, StartedAt: Time{a.StartedAt}, DurationMS: a.Duration.Milliseconds(),
			Status: a.Status, Error: a.Error, Response: string(a.Response),
		}
	}
	return shown
}
