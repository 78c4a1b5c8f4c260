package providers

import (
	"testing"

	"github.com/gatepost/gatepost/verifier"
)

// Verification of the schemes that are parameters alone allocates at most a handful of times.
func TestVerifyAllocatesLittle(t *testing.T) {
	for _, name := range verifier.Names() {
		if lookup(t, name).Scheme.Kind == verifier.Custom || name == "hmac" { // whose settings here use everything
			continue
		}
		v := newVerifier(t, name, settings(name))
		r := signed(t, name, v)
		// The race detector empties pools at random.
		if n := testing.AllocsPerRun(100, func() { _, _ = v.Verify(r, now) }); n > 8 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
