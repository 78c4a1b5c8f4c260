package verifier

import (
	"crypto/rand"
	"encoding/hex"
)

// NewSecret makes a secret for test events, in the form that the provider's have: one that signs,
// and one that verifies what it signed. They differ where the keys are a pair. A provider without
// secrets has none.
func (p *Provider) NewSecret() (signs, verifies string, err error) {
	const size = 32
	if p.Scheme.Kind == None || p.Scheme.Keyless() {
		return "", "", nil
	}
	if p.Scheme.Kind == Custom && p.Scheme.Custom.NewPair != nil {
		return p.Scheme.Custom.NewPair()
	}
	b := make([]byte, size)
	_, _ = rand.Read(b) // never fails
	text := hex.EncodeToString(b)
	switch signature := &p.Scheme.Signature; {
	case p.Scheme.Kind == Basic:
		text = "user:" + text
	case signature.SecretEncoding == "base64":
		text = stdBase64.EncodeToString(b)
	case signature.SecretEncoding == "whsec", signature.SecretEncoding == whsecOrRaw:
		text = whsec + stdBase64.EncodeToString(b)
	}
	if p.Scheme.Signature.KeyHeader != "" {
		text = "key:" + text
	}
	return text, text, nil
}
