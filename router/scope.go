package router

import (
	"net/url"
	"strings"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/expression"
)

// ScopeOf is the scope of an event's request, whether it has just arrived or was stored long ago:
// the same event always gives the same answer. To a part of a request that was split, what it is
// made of is the request; of the steps that the request may take it has its share.
func ScopeOf(e *event.Event) *expression.Scope {
	path, query := splitURI(e.Request.URI)
	s := expression.NewPartScope(&expression.Request{
		Source: e.Source, Provider: e.Provider, Method: e.Request.Method, Path: path, RawQuery: query,
		Header: e.Request.Header, Body: e.Body, ReceivedAt: e.ReceivedAt,
	}, e.Parts)
	s.SetID(e.EventID)
	s.SetType(e.Type)
	return s
}

// splitURI is the decoded path and the raw query of a request target.
func splitURI(uri string) (path, query string) {
	path, query, _ = strings.Cut(uri, "?")
	if decoded, err := url.PathUnescape(path); err == nil {
		path = decoded
	}
	return path, query
}
