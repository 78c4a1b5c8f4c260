package verifier

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Sample is a test event in the provider's form, a JSON body and what headers go with it. In the body and in header values {id}, {type},
// {time} (RFC 3339) and {unix} are replaced.
type Sample struct {
	Type   string
	Header map[string]string
	Body   string
}

// SampleEvent is a test event, ready to be signed.
type SampleEvent struct {
	Type   string
	Header http.Header // Content-Type included
	Body   []byte
}

// Sample makes a test event of the type, "" being the provider's default. A type that the
// provider has no sample of takes the shape of the default. Samples of different ids are
// different events.
func (p *Provider) Sample(eventType, id string, now time.Time) SampleEvent {
	if len(p.Samples) == 0 {
		return SampleEvent{Type: eventType, Header: http.Header{}}
	}
	s := p.Samples[0]
	for _, other := range p.Samples {
		if other.Type == eventType {
			s = other
		}
	}
	if eventType == "" {
		eventType = s.Type
	}
	fill := func(text string, escape func(string) string) string {
		return strings.NewReplacer(
			"{id}", escape(id),
			"{type}", escape(eventType),
			"{time}", now.UTC().Format(time.RFC3339),
			"{unix}", strconv.FormatInt(now.Unix(), 10),
		).Replace(text)
	}
	e := SampleEvent{Type: eventType, Body: []byte(fill(s.Body, inJSON)), Header: http.Header{}}
	e.Header.Set("Content-Type", "application/json")
	for name, value := range s.Header {
		e.Header.Set(name, fill(value, func(text string) string { return text }))
	}
	return e
}

// inJSON escapes text for the inside of a JSON string.
func inJSON(text string) string {
	b, _ := json.Marshal(text) // a string always has a JSON form
	return string(b[1 : len(b)-1])
}
