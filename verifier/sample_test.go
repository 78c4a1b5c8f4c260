package verifier

import (
	"regexp"
	"slices"
	"testing"
	"time"
)

func TestSamplePlaceholders(t *testing.T) {
	p := &Provider{Samples: []Sample{{
		Type:   "a.b",
		Header: map[string]string{"X-Id": "{id}"},
		Body:   "{uuid} {hex24} {hex32} {hex40} {number} {time} {date} {clock} {unix} {unix_ms} {other}",
	}}}
	now := time.Date(2026, 11, 21, 7, 5, 9, 123e6, time.FixedZone("", 3600))
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12} [0-9a-f]{24} [0-9a-f]{32} [0-9a-f]{40} \d+ ` +
		`2026-11-21T06:05:09Z 2026-11-21 06:05:09 1795241109 1795241109123 \{other\}$`)
	e := p.Sample("", "some id", now)
	if !form.Match(e.Body) || e.Header.Get("X-Id") != "some id" || e.Type != "a.b" {
		t.Errorf("%s %v", e.Body, e.Header)
	}
	const id = "9cfb482a-81e3-4154-b5b9-2c805e70a02d"
	if e := p.Sample("", id, now); string(e.Body[:len(id)]) != id {
		t.Errorf("a UUID does not stay itself: %s", e.Body)
	}
}

func TestSampleOfAnotherType(t *testing.T) {
	p := &Provider{Samples: []Sample{{Type: "customer.created", Body: "customer {type}"}, {Type: "invoice.paid", Body: "invoice {type}"}}}
	for eventType, want := range map[string]string{
		"":               "customer customer.created",
		"invoice.paid":   "invoice invoice.paid",
		"invoice.payd":   "invoice invoice.payd",
		"invoice.voided": "invoice invoice.voided",
		"x":              "customer x",
	} {
		if got := string(p.Sample(eventType, "id", time.Time{}).Body); got != want {
			t.Errorf("%q: %q, want %q", eventType, got, want)
		}
	}
	if p.HasSample("invoice.voided") || !p.HasSample("invoice.paid") {
		t.Error("what there is a sample of")
	}
	if got := p.NearestSamples("INVOICE.PAI"); !slices.Equal(got, []string{"invoice.paid"}) {
		t.Errorf("nearest %q", got)
	}
	p.Samples = append(p.Samples, Sample{Type: "test", AnyType: true})
	if !p.HasSample("invoice.voided") {
		t.Error("a sample that serves every type")
	}
}
