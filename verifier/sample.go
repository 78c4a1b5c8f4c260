package verifier

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash/crc32"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Sample is a test event in the provider's form. In the body and in header values these are replaced:
//
//   - {id} and {type}; in the body escaped as the Content-Type header asks, which is application/json
//     unless given;
//   - what is made of the id, in the forms that providers give to theirs: {uuid} (the id itself if it
//     is one), {hex24}, {hex32}, {hex40} (so many hex digits) and {number} (below 2^32);
//   - the time: {time} (RFC 3339, in UTC), its parts {date} and {clock}, {unix} and {unix_ms}.
type Sample struct {
	Type   string
	Header map[string]string
	Body   string

	// AnyType says that events of every type look like this one.
	AnyType bool
}

// SampleEvent is a test event, ready to be signed.
type SampleEvent struct {
	Type   string
	Header http.Header // Content-Type included
	Body   []byte
}

// Sample makes a test event of the type, "" being the provider's default. A type that the
// provider has no sample of takes the shape of the one that resembles it most, else of the default.
// Samples of different ids are different events.
func (p *Provider) Sample(eventType, id string, now time.Time) SampleEvent {
	if len(p.Samples) == 0 {
		return SampleEvent{Type: eventType, Header: http.Header{}}
	}
	s := p.sampleLike(eventType)
	if eventType == "" {
		eventType = s.Type
	}
	now = now.UTC()
	digits := hexOf(id)
	fill := func(text string, escape func(string) string) string {
		return strings.NewReplacer(
			"{id}", escape(id),
			"{type}", escape(eventType),
			"{uuid}", uuidOf(id),
			"{hex24}", digits[:24],
			"{hex32}", digits[:32],
			"{hex40}", digits[:40],
			"{number}", strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(id))), 10),
			"{time}", now.Format(time.RFC3339),
			"{date}", now.Format(time.DateOnly),
			"{clock}", now.Format(time.TimeOnly),
			"{unix}", strconv.FormatInt(now.Unix(), 10),
			"{unix_ms}", strconv.FormatInt(now.UnixMilli(), 10),
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

// sampleLike is the sample of the type, or the one to take in its place.
func (p *Provider) sampleLike(eventType string) Sample {
	like := eventType
	if near := p.NearestSamples(eventType); !p.HasSample(eventType) && len(near) > 0 {
		like = near[0]
	}
	i := slices.IndexFunc(p.Samples, func(s Sample) bool { return s.Type == like })
	return p.Samples[max(i, 0)]
}

// HasSample reports whether the provider has a sample of the type, or one that serves every type.
func (p *Provider) HasSample(eventType string) bool {
	return slices.ContainsFunc(p.Samples, func(s Sample) bool { return s.AnyType || s.Type == eventType })
}

// NearestSamples are at most three types of samples that resemble the given one, the best first.
func (p *Provider) NearestSamples(eventType string) []string {
	types := make([]string, len(p.Samples))
	for i, s := range p.Samples {
		types[i] = s.Type
	}
	return nearest(strings.ToLower(eventType[:min(len(eventType), maxNearest)]), types)
}

func hexOf(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])
}

var uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// uuidOf is a UUID of version 8, which leaves the digits to whoever makes it, unless id is a UUID.
func uuidOf(id string) string {
	if uuidForm.MatchString(id) {
		return id
	}
	d := hexOf(id)
	return d[:8] + "-" + d[8:12] + "-8" + d[13:16] + "-8" + d[17:20] + "-" + d[20:32]
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
