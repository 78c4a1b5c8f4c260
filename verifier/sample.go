package verifier

import (
	"encoding/json"
	"hash/crc32"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Sample is a test event in the provider's form. In the body and in header values {id}, {type},
// {time} (RFC 3339), {unix}, {unix_ms} and {number} (made of the id) are replaced; in the body they are escaped as the Content-Type
// header asks, which is application/json unless given.
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
			"{unix_ms}", strconv.FormatInt(now.UnixMilli(), 10),
			"{number}", strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(id))), 10),
		).Replace(text)
	}
	e := SampleEvent{Type: eventType, Header: http.Header{}}
	e.Header.Set("Content-Type", "application/json")
	for name, value := range s.Header {
		e.Header.Set(name, fill(value, func(text string) string { return text }))
	}
	e.Body = []byte(fill(s.Body, escapeFor(e.Header.Get("Content-Type"))))
	return e
}

func escapeFor(contentType string) func(string) string {
	switch {
	case strings.Contains(contentType, "form"):
		return url.QueryEscape
	case strings.Contains(contentType, "xml"):
		return html.EscapeString
	default:
		return inJSON
	}
}

// inJSON escapes text for the inside of a JSON string.
func inJSON(text string) string {
	b, _ := json.Marshal(text) // a string always has a JSON form
	return string(b[1 : len(b)-1])
}
