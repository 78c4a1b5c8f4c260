package replay

import (
	"cmp"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/expression"
	"github.com/gatepost/gatepost/router"
	"github.com/gatepost/gatepost/store"
)

// eventFilter is what a listed event must match. Zero fields match all.
type eventFilter struct {
	source string
	typ    *router.Router // one rule, so that a glob means here what it means in a route's on
	status event.Status
	where  *expression.Program
}

func (c *call) eventFilter() (f eventFilter, err error) {
	f.source = c.params["source"]
	if text := c.params["type"]; text != "" {
		if f.typ, err = router.Compile([]router.Rule{{On: []string{text}}}); err != nil {
			return f, badRequest("bad type: %v", err)
		}
	}
	if text := c.params["status"]; text != "" {
		if f.status, err = event.ParseStatus(text); err != nil {
			return f, badRequest("%v", err)
		}
	}
	if text := c.params["where"]; text != "" {
		if f.where, err = expression.CompileRule(text); err != nil {
			return f, badRequest("bad expression in where: %v", err)
		}
	}
	return f, nil
}

// matches fails if where cannot be evaluated on the event; then it does not match.
func (f *eventFilter) matches(e *event.Event, deliveries []*event.Delivery) (bool, error) {
	if f.source != "" && e.Source != f.source ||
		f.status != "" && event.StatusOf(deliveries) != f.status {
		return false, nil
	}
	if f.typ != nil {
		if taken, _ := f.typ.Match(nil, e.Type); len(taken) == 0 {
			return false, nil
		}
	}
	if f.where == nil {
		return true, nil
	}
	return f.where.Bool(router.ScopeOf(e))
}

func (c *call) events() error {
	f, err := c.eventFilter()
	if err != nil {
		return err
	}
	q := store.EventQuery{Body: f.where != nil}
	if q.Since, q.Until, err = c.times(); err != nil {
		return err
	}
	limit, after, err := c.place(eventCursor)
	if err != nil {
		return err
	}
	copy(q.Before[:], after)

	page := newScan[Event](c.r.Context(), limit)
	fails, fail := 0, error(nil) // of where, and the first of them
	err = c.Engine.Events(page.ctx, q, func(e *event.Event, ds []*event.Delivery) bool {
		if !page.take(e.ID) {
			return false
		}
		if matches, err := f.matches(e, ds); err != nil {
			fails, fail = fails+1, cmp.Or(fail, err)
		} else if matches {
			page.items = append(page.items, c.showEvent(e, ds))
		}
		return true
	})
	list, err := page.list(eventCursor, err)
	if err != nil {
		return err
	}
	if fails > 0 {
		list.Warning = fmt.Sprintf("where could not be evaluated on %d of the %d events looked at, so they are left out: %v", fails, page.rows, fail)
	}
	return c.answer(http.StatusOK, list)
}

// eventID is the event that the path names. What cannot be an ID names none.
func (c *call) eventID() (event.ID, error) {
	id, err := event.ParseID(c.args[0])
	if err != nil {
		return id, &Error{http.StatusNotFound, "no such event: " + err.Error()}
	}
	return id, nil
}

func (c *call) event() error {
	id, err := c.eventID()
	if err != nil {
		return err
	}
	e, err := c.Engine.Event(c.r.Context(), id)
	if err != nil {
		return err
	}
	ds, err := c.Engine.DeliveriesOf(c.r.Context(), id)
	if err != nil {
		return err
	}
	shown := c.showEvent(e, ds)
	shown.Request = showRequest(&e.Request, func(header string) bool { return c.Config.SecretHeader(e.Source, e.Provider, header) })
	for i, d := range ds {
		shown.Deliveries[i].Attempts = showAttempts(d)
	}
	return c.answer(http.StatusOK, shown)
}

func (c *call) body() error {
	id, err := c.eventID()
	if err != nil {
		return err
	}
	e, err := c.Engine.Event(c.r.Context(), id)
	if err != nil {
		return err
	}
	c.answerBody(id.String(), e.Body)
	return nil
}

// answerBody answers with the bytes that arrived, as a file of that name.
func (c *call) answerBody(name string, body []byte) {
	h := c.w.Header()
	h.Set("Content-Type", "application/octet-stream") // nothing may interpret what a stranger sent
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write(body)
}

func (c *call) remove() error {
	id, err := c.eventID()
	if err != nil {
		return err
	}
	if err := c.Engine.Remove(c.r.Context(), id); err != nil {
		return err
	}
	c.Logger.Info("event removed by an operator", "event", id.String())
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

func (c *call) replay() error {
	id, err := c.eventID()
	if err != nil {
		return err
	}
	var in ReplayRequest
	if err := c.decode(&in); err != nil {
		return err
	}
	ds, err := c.Replay(c.r.Context(), id, in.Routes)
	if err != nil {
		return err
	}
	result := ReplayResult{Deliveries: make([]Delivery, len(ds))}
	for i, d := range ds {
		c.Logger.Info("event replayed by an operator", "event", id.String(), "delivery", d.ID.String(), "route", d.Route.String())
		result.Deliveries[i] = c.showDelivery(d)
		result.Deliveries[i].Attempts = showAttempts(d)
	}
	return c.answer(http.StatusCreated, result)
}

// showEvent is an event as lists have it.
func (s *Service) showEvent(e *event.Event, ds []*event.Delivery) Event {
	shown := Event{
		ID: e.ID, Source: e.Source, Provider: e.Provider, EventID: e.EventID, Type: e.Type,
		Status: event.StatusOf(ds), ReceivedAt: Time{e.ReceivedAt}, Size: e.Size,
		DedupeKey: e.DedupeKey, BodyError: e.BodyError, RouteErrors: append([]event.RouteError{}, e.RouteErrors...),
		Part: e.Part, Parts: e.Parts, SplitError: e.SplitError,
		Verification: Verification{
			Result: e.Verification.Result, Secret: e.Verification.Secret, SignedAt: Time{e.Verification.SignedAt},
		},
		Deliveries: make([]Delivery, len(ds)),
	}
	for i, d := range ds {
		shown.Deliveries[i] = s.showDelivery(d)
	}
	return shown
}

// showRequest is a request without the values of headers that are secret.
func showRequest(in *event.Request, secret func(header string) bool) *Request {
	path, _, _ := strings.Cut(in.URI, "?") // a query can hold a token
	r := &Request{Method: in.Method, Path: path, RemoteIP: in.ClientIP, Headers: make(map[string][]string)}
	for name, values := range in.Header {
		shown := append([]string{}, values...)
		if soundsSecret(name) || secret(name) {
			for i := range shown {
				shown[i] = redacted
			}
		}
		r.Headers[name] = shown
	}
	return r
}

const redacted = "REDACTED"

// secretNames are parts of header names whose values are never shown, whoever sends them: the
// source that knows better may not be configured any more.
var secretNames = []string{"authorization", "cookie", "token", "secret", "password", "api-key", "apikey"}

func soundsSecret(header string) bool {
	header = strings.ToLower(header)
	for _, part := range secretNames {
		if strings.Contains(header, part) {
			return true
		}
	}
	return false
}
