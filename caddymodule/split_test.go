package caddymodule

import (
	"slices"
	"testing"

	"github.com/gatepost/gatepost/dedupe"
)

// The user's own expressions are about parts, the provider's about the request, each with its
// defaults.
func TestIdentitiesOfASplitSource(t *testing.T) {
	digest := dedupe.Config{EventType: "body[0].event", Dedupe: "digest"}
	whole := func(change func(*dedupe.Config)) dedupe.Config {
		c := digest
		change(&c)
		return c
	}
	same := func(*dedupe.Config) {}
	for name, c := range map[string]struct {
		source      Source
		whole, part dedupe.Config
	}{
		"the provider's": {
			Source{Provider: "sendgrid", Split: "body"},
			whole(same),
			dedupe.Config{EventID: "body.sg_event_id", EventType: "body.event", Dedupe: "body.sg_event_id"},
		},
		"the user's": {
			Source{Provider: "sendgrid", Split: "body", EventID: "body.a", Dedupe: "[body.a, body.b]"},
			whole(same),
			dedupe.Config{EventID: "body.a", EventType: "body.event", Dedupe: "[body.a, body.b]"},
		},
		"off": {
			Source{Provider: "sendgrid", Split: "body", Dedupe: dedupe.Off},
			whole(func(c *dedupe.Config) { c.Dedupe = dedupe.Off }),
			dedupe.Config{EventID: "body.sg_event_id", EventType: "body.event", Dedupe: dedupe.Off},
		},
		"nobody's": {
			Source{Provider: "stripe", Split: "body.events"},
			dedupe.Config{EventID: "body.id", EventType: "body.type", Dedupe: "body.id"},
			dedupe.Config{},
		},
		"not split": {
			Source{Provider: "sendgrid", EventType: "body[1].event"},
			whole(func(c *dedupe.Config) { c.EventType = "body[1].event" }),
			dedupe.Config{EventID: "body.sg_event_id", EventType: "body[1].event", Dedupe: "body.sg_event_id"}, // not used
		},
	} {
		p, err := c.source.provider()
		if err != nil {
			t.Fatal(err)
		}
		if got := c.source.identity(p); got != c.whole {
			t.Errorf("%s: the request's is %+v, want %+v", name, got, c.whole)
		}
		if got := c.source.partIdentity(p); got != c.part {
			t.Errorf("%s: a part's is %+v, want %+v", name, got, c.part)
		}
		split, err := c.source.split(p)
		if err != nil || (split == nil) != (c.source.Split == "") {
			t.Errorf("%s: %+v, %v", name, split, err)
		}
	}
}

// A header that split reads is warned of, as those of dedupe and when are.
func TestHeadersInRules(t *testing.T) {
	s := Source{
		Split: `filter(body, header("x-split") == .tenant)`, Dedupe: `[header("X-Dedupe"), digest]`,
		Routes: []*Route{{When: `header("X-When") == "1" and header("X-Split") == "1"`}, {}},
	}
	if got := s.headersInRules(); !slices.Equal(got, []string{"X-Dedupe", "X-Split", "X-When"}) {
		t.Errorf("%v", got)
	}
	s.Dedupe = dedupe.Off
	if got := s.headersInRules(); !slices.Equal(got, []string{"X-Split", "X-When"}) {
		t.Errorf("%v", got)
	}
}
