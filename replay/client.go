package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gatepost/gatepost/event"
)

// Client calls the admin API. A refused call returns an *Error with the answer's status.
type Client struct {
	Base string                                      // such as http://localhost:2019
	Do   func(*http.Request) (*http.Response, error) // default: http.DefaultClient's
	Warn func(text string)                           // is told what may be missing from a list; may be nil
}

// maxAnswer bounds what is read of an answer, in bytes: more than the largest body and the largest
// page together.
const maxAnswer = 256 << 20

// EventFilter selects events; empty fields select all. The fields are the API's parameters.
type EventFilter struct {
	Source string
	Type   string // * is any run of characters
	Status string
	Since  string // RFC 3339, or a duration back from now such as 2h or 7d
	Until  string
	Where  string // an expression
	Limit  int    // items a page, at most 1000; 0: the API's default
}

// DeliveryFilter selects deliveries; empty fields select all.
type DeliveryFilter struct {
	State  string
	Source string
	Route  string
	Limit  int // items a page, at most 1000; 0: the API's default
}

// Health says whether events can be taken now. That they cannot is no error.
func (c *Client) Health(ctx context.Context) (*Health, error) {
	status, answer, err := c.send(ctx, http.MethodGet, "health", nil, nil)
	if err != nil {
		return nil, err
	}
	h := new(Health)
	if json.Unmarshal(answer, h) == nil && h.Status != "" {
		return h, nil
	}
	return nil, errorOf(status, answer)
}

// Stats returns counts since the start, and the backlog now.
func (c *Client) Stats(ctx context.Context) (*Stats, error) { return get[Stats](ctx, c, "stats") }

// Sources lists the configured sources by name.
func (c *Client) Sources(ctx context.Context) ([]Source, error) {
	return collect(pages[Source](ctx, c, "sources", nil))
}

// Routes lists the routes and their backlog by source and name.
func (c *Client) Routes(ctx context.Context) ([]Route, error) {
	return collect(pages[Route](ctx, c, "routes", nil))
}

// Events yields the stored events that match, newest first, fetching page after page. After an
// error it ends.
func (c *Client) Events(ctx context.Context, f EventFilter) iter.Seq2[*Event, error] {
	return pages[Event](ctx, c, "events", query(f.Limit, "source", f.Source, "type", f.Type,
		"status", f.Status, "since", f.Since, "until", f.Until, "where", f.Where))
}

// Deliveries is like Events.
func (c *Client) Deliveries(ctx context.Context, f DeliveryFilter) iter.Seq2[*Delivery, error] {
	return pages[Delivery](ctx, c, "deliveries", query(f.Limit, "state", f.State, "source", f.Source, "route", f.Route))
}

// Event returns one event with its request and attempts.
func (c *Client) Event(ctx context.Context, id event.ID) (*Event, error) {
	return get[Event](ctx, c, "events/"+id.String())
}

// Body returns an event's body, byte for byte.
func (c *Client) Body(ctx context.Context, id event.ID) ([]byte, error) {
	return c.body(ctx, "events/"+id.String()+"/body")
}

func (c *Client) body(ctx context.Context, path string) ([]byte, error) {
	status, answer, err := c.send(ctx, http.MethodGet, path, nil, nil)
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK {
		return nil, errorOf(status, answer)
	}
	return answer, nil
}

// Delete removes an event and its deliveries.
func (c *Client) Delete(ctx context.Context, id event.ID) error {
	return c.remove(ctx, "events/"+id.String())
}

func (c *Client) remove(ctx context.Context, path string) error {
	status, answer, err := c.send(ctx, http.MethodDelete, path, nil, nil)
	if err != nil {
		return err
	}
	if status != http.StatusNoContent {
		return errorOf(status, answer)
	}
	return nil
}

// Replay makes new deliveries of an event: of the named routes or, if none is named, of those that
// match now.
func (c *Client) Replay(ctx context.Context, id event.ID, routes ...string) ([]Delivery, error) {
	r, err := post[ReplayResult](ctx, c, "events/"+id.String()+"/replay", ReplayRequest{Routes: routes})
	if err != nil {
		return nil, err
	}
	return r.Deliveries, nil
}

// Retry makes a delivery due now with a fresh budget.
func (c *Client) Retry(ctx context.Context, id event.DeliveryID) (*Delivery, error) {
	return post[Delivery](ctx, c, "deliveries/"+id.String()+"/retry", struct{}{})
}

// Cancel ends a delivery for good.
func (c *Client) Cancel(ctx context.Context, id event.DeliveryID) (*Delivery, error) {
	return post[Delivery](ctx, c, "deliveries/"+id.String()+"/cancel", struct{}{})
}

// Hold stops a route's deliveries.
func (c *Client) Hold(ctx context.Context, source, route string) (*Route, error) {
	return post[Route](ctx, c, routePath(source, route)+"/hold", struct{}{})
}

// Resume starts a route's deliveries again.
func (c *Client) Resume(ctx context.Context, source, route string) (*Route, error) {
	return post[Route](ctx, c, routePath(source, route)+"/resume", struct{}{})
}

func routePath(source, route string) string {
	return "routes/" + url.PathEscape(source) + "/" + url.PathEscape(route)
}

// query is the pairs of names and values that have a value.
func query(limit int, pairs ...string) url.Values {
	q := make(url.Values)
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	return q
}

// pages yields the items of all pages of a list.
func pages[T any](ctx context.Context, c *Client, path string, filter url.Values) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		q := make(url.Values)
		maps.Copy(q, filter)
		for {
			list, err := do[List[T]](ctx, c, http.MethodGet, path, q, nil)
			if err != nil {
				yield(nil, err)
				return
			}
			if list.Warning != "" && c.Warn != nil {
				c.Warn(list.Warning)
			}
			for i := range list.Items {
				if !yield(&list.Items[i], nil) {
					return
				}
			}
			if list.Next == "" {
				return
			}
			q.Set("cursor", list.Next)
		}
	}
}

func collect[T any](items iter.Seq2[*T, error]) ([]T, error) {
	var all []T
	for item, err := range items {
		if err != nil {
			return nil, err
		}
		all = append(all, *item)
	}
	return all, nil
}

func get[T any](ctx context.Context, c *Client, path string) (*T, error) {
	return do[T](ctx, c, http.MethodGet, path, nil, nil)
}

func post[T any](ctx context.Context, c *Client, path string, in any) (*T, error) {
	return do[T](ctx, c, http.MethodPost, path, nil, in)
}

// do sends in as JSON, unless it is nil, and reads the answer into a T.
func do[T any](ctx context.Context, c *Client, method, path string, q url.Values, in any) (*T, error) {
	status, answer, err := c.send(ctx, method, path, q, in)
	if err != nil {
		return nil, err
	}
	if status < 200 || status > 299 {
		return nil, errorOf(status, answer)
	}
	out := new(T)
	if err := json.Unmarshal(answer, out); err != nil {
		return nil, fmt.Errorf("reading the answer to %s %s: %w", method, path, err)
	}
	return out, nil
}

func (c *Client) send(ctx context.Context, method, path string, q url.Values, in any) (status int, answer []byte, err error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return 0, nil, err
		}
		body = bytes.NewReader(b)
	}
	target := strings.TrimSuffix(c.Base, "/") + prefix + path
	if len(q) > 0 {
		target += "?" + q.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return 0, nil, err
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	send := c.Do
	if send == nil {
		send = http.DefaultClient.Do
	}
	resp, err := send(r)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(answer) > maxAnswer {
		err = fmt.Errorf("the answer to %s %s is larger than %d bytes", method, path, maxAnswer)
	}
	return resp.StatusCode, answer, err
}

// errorOf is the error that an answer tells of.
func errorOf(status int, answer []byte) error {
	var e errorAnswer
	if json.Unmarshal(answer, &e) != nil || e.Error == "" {
		e.Error = fmt.Sprintf("the server answered %d %s", status, http.StatusText(status))
	}
	return &Error{Status: status, Message: e.Error}
}
