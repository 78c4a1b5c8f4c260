package providers

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

// Where the secret is still to come, none has to be configured, and nothing verifies.
func TestAsanaWithoutSecret(t *testing.T) {
	p := lookup(t, "asana")
	until := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for want, s := range map[string]verifier.Settings{
		"secret is missing":  {},
		"enrol: write":       {Enrol: &verifier.Enrol{Until: until}},
		"enrol: write the f": {Enrol: &verifier.Enrol{File: "/secret"}, Secrets: []string{"secret"}},
	} {
		if _, err := p.New(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	enrolling := newVerifier(t, "asana", verifier.Settings{Enrol: &verifier.Enrol{File: "/secret", Until: until}})
	r := signed(t, "asana", newVerifier(t, "asana", verifier.Settings{Secrets: []string{"secret"}}))
	if _, err := enrolling.Verify(r, now); codeOf(err) != verifier.SignatureMismatch {
		t.Errorf("without a secret: %v", err)
	}
	if err := enrolling.Sign(r, "", now); err == nil {
		t.Error("signs without a secret")
	}
	if err := lookup(t, "github").Check(verifier.Settings{Secrets: []string{"s"}, Enrol: &verifier.Enrol{File: "/secret", Until: until}}); err == nil {
		t.Error("a provider that hands out no secret takes enrol")
	}
}

// Who takes the secret builds on all three.
func TestProvidersThatEnrol(t *testing.T) {
	for _, name := range verifier.Names() {
		p := lookup(t, name)
		takes := slices.Contains(p.Open, "enrol")
		if takes != (p.EnrolHeader != "") || takes && (p.Handshake == nil || !p.Handshake.BeforeVerify) {
			t.Errorf("%s: has the option: %v, header %q, handshake %+v", name, takes, p.EnrolHeader, p.Handshake)
		}
	}
}
