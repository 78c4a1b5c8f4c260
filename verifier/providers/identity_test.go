package providers

import (
	"slices"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/dedupe"
	"github.com/gatepost/gatepost/expression"
	"github.com/gatepost/gatepost/verifier"
)

// identify evaluates the provider's identity over a signed sample, as the receiving way does.
func identify(t *testing.T, name, eventType, id string) dedupe.Result {
	t.Helper()
	p := lookup(t, name)
	s := settings(name)
	identity, err := dedupe.Compile(dedupe.Config(p.IdentityFor(s)))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	e := p.Sample(eventType, id, now)
	r := &verifier.Request{Method: "POST", Scheme: "https", Host: "hooks.example.com", URI: "/in", Header: e.Header, Body: e.Body}
	if err := newVerifier(t, name, s).Sign(r, id, now); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return identity.Of(expression.NewScope(&expression.Request{
		Source: name, Provider: name, Method: r.Method, Path: "/in", Header: r.Header, Body: r.Body, ReceivedAt: now,
	}))
}

func TestSamplesHaveTheirIdentity(t *testing.T) {
	const other = "01K5OTHEROTHEROTHEROTHEROT"
	for _, name := range verifier.Names() {
		p := lookup(t, name)
		hasID := false
		for _, s := range p.Samples {
			a, b := identify(t, name, s.Type, id), identify(t, name, s.Type, other)
			if p.Identity.EventType != "" && a.Type != s.Type {
				t.Errorf("%s: the sample %s has the type %q", name, s.Type, a.Type)
			}
			hasID = hasID || a.EventID != ""
			if off := p.Identity.Dedupe == dedupe.Off; off != a.Key.IsZero() {
				t.Errorf("%s: dedupe is off: %v, key %q", name, off, a.DedupeKey)
			} else if !off && a.Key == b.Key {
				t.Errorf("%s: two samples %s are one event: %q", name, s.Type, a.DedupeKey)
			}
			fellBack := p.Identity.Dedupe != "digest" && strings.HasPrefix(a.DedupeKey, "sha256:")
			if fellBack != slices.Contains(withoutKey[name], s.Type) {
				t.Errorf("%s: the dedupe key of the sample %s is that of its body: %v (%s)", name, s.Type, fellBack, a.DedupeKey)
			}
		}
		if p.Identity.EventID != "" && !hasID {
			t.Errorf("%s: no sample has an ID", name)
		}
	}
}
