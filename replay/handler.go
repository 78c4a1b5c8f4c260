package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

const (
	prefix = "/webhooks/"

	maxRequestBody = 64 << 10 // bytes
)

// endpoint is one path of the API and its methods. HEAD is answered wherever GET is.
type endpoint struct {
	path    string // below prefix; * stands for any one segment
	methods map[string]method
}

type method struct {
	serve  func(*call) error
	params string // the query parameters that it takes
}

var endpoints = []endpoint{
	{"health", map[string]method{"GET": {serve: (*call).health}}},
	{"stats", map[string]method{"GET": {serve: (*call).stats}}},
	{"sources", map[string]method{"GET": {(*call).sources, "limit cursor"}}},
	{"events", map[string]method{"GET": {(*call).events, "source type status since until where limit cursor"}}},
	{"events/*", map[string]method{"GET": {serve: (*call).event}, "DELETE": {serve: (*call).remove}}},
	{"events/*/body", map[string]method{"GET": {serve: (*call).body}}},
	{"events/*/replay", map[string]method{"POST": {serve: (*call).replay}}},
	{"rejected", map[string]method{"GET": {(*call).rejected, "source code since until limit cursor"}}},
	{"rejected/verify", map[string]method{"POST": {serve: (*call).verify}}}, // before what any ID matches
	{"rejected/*", map[string]method{"GET": {serve: (*call).rejectedOne}, "DELETE": {serve: (*call).removeRejected}}},
	{"rejected/*/body", map[string]method{"GET": {serve: (*call).rejectedBody}}},
	{"deliveries", map[string]method{"GET": {(*call).deliveries, "source route state limit cursor"}}},
	{"deliveries/*/retry", map[string]method{"POST": {serve: (*call).retry}}},
	{"deliveries/*/cancel", map[string]method{"POST": {serve: (*call).cancel}}},
	{"routes", map[string]method{"GET": {(*call).routes, "limit cursor"}}},
	{"routes/*/*/hold", map[string]method{"POST": {serve: (*call).hold}}},
	{"routes/*/*/resume", map[string]method{"POST": {serve: (*call).resume}}},
}

// call is one request to the API.
type call struct {
	*Service
	w      http.ResponseWriter
	r      *http.Request
	args   []string // what stands in the path where the endpoint has *
	params map[string]string
}

// NewHandler answers the admin API, whose paths Serves knows; every other is 404. current returns
// the service that is live at the moment of the request, or nil if there is none.
func NewHandler(current func() *Service) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff") // what was stored is hostile
		c := &call{Service: current(), w: w, r: r}
		if err := c.serve(); err != nil {
			c.refuse(err)
		}
	})
}

// Serves reports whether path is one of the admin API's, whatever the method.
func Serves(path string) bool {
	e, _ := find(path)
	return e != nil
}

func find(path string) (*endpoint, []string) {
	rest, ok := strings.CutPrefix(path, prefix)
	if !ok {
		return nil, nil
	}
	segments := strings.Split(rest, "/")
	for i := range endpoints {
		if args, ok := endpoints[i].match(segments); ok {
			return &endpoints[i], args
		}
	}
	return nil, nil
}

func (e *endpoint) match(segments []string) (args []string, ok bool) {
	pattern := strings.Split(e.path, "/")
	if len(pattern) != len(segments) {
		return nil, false
	}
	for i, p := range pattern {
		switch {
		case p == "*" && segments[i] != "":
			args = append(args, segments[i])
		case p != segments[i]:
			return nil, false
		}
	}
	return args, true
}

func (e *endpoint) allow() string {
	var names []string
	for name := range e.methods {
		names = append(names, name)
		if name == http.MethodGet {
			names = append(names, http.MethodHead)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func (c *call) serve() (err error) {
	e, args := find(c.r.URL.Path)
	if e == nil {
		return &Error{http.StatusNotFound, "there is nothing at this path"}
	}
	name := c.r.Method
	if name == http.MethodHead {
		name = http.MethodGet
	}
	m, ok := e.methods[name]
	if !ok {
		c.w.Header().Set("Allow", e.allow())
		return &Error{http.StatusMethodNotAllowed, "method not allowed: use " + e.allow()}
	}
	if c.Service == nil {
		return &Error{http.StatusNotFound, "webhooks are not configured"}
	}
	// No page of another site can send this content type without asking first, which nothing here
	// ever grants.
	if name == http.MethodPost && !isJSON(c.r.Header) {
		return &Error{http.StatusUnsupportedMediaType, "send Content-Type: application/json"}
	}
	c.args = args
	if c.params, err = readParams(c.r.URL.RawQuery, m.params); err != nil {
		return err
	}
	return m.serve(c)
}

func isJSON(h http.Header) bool {
	t, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && t == "application/json"
}

// decode reads the request's body, strictly. An empty one is {}.
func (c *call) decode(v any) error {
	b, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, maxRequestBody))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return &Error{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d bytes", maxRequestBody)}
	}
	if err != nil {
		return badRequest("reading the body: %v", err)
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return badRequest("the body is not what this call takes: %v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return badRequest("the body is more than one JSON object")
	}
	return nil
}

// answer writes v as JSON.
func (c *call) answer(status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "application/json")
	c.w.WriteHeader(status)
	_, _ = c.w.Write(append(b, '\n')) // nobody is left to be told
	return nil
}

type errorAnswer struct {
	Error string `json:"error"`
}

func (c *call) refuse(err error) {
	status := statusOf(err)
	if status == http.StatusInternalServerError {
		c.Logger.Error("admin request failed", "method", c.r.Method, "path", c.r.URL.Path, "error", err)
	}
	_ = c.answer(status, errorAnswer{err.Error()})
}

func statusOf(err error) int {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Status
	}
	is := func(targets ...error) bool {
		return slices.ContainsFunc(targets, func(t error) bool { return errors.Is(err, t) })
	}
	switch {
	case is(store.ErrNotFound):
		return http.StatusNotFound
	case is(event.ErrState):
		return http.StatusConflict
	case is(store.ErrClosed, store.ErrUnavailable, store.ErrDiskLow, store.ErrOverloaded,
		context.Canceled, context.DeadlineExceeded):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError // store.ErrDamaged too: the fault is ours, and lasting
}
