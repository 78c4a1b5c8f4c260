package verifier

import "strings"

// CustomScheme is a way of proving requests that the parameters of [Scheme] do not reach, and what
// must be known of it without running it. The parts of Scheme that belong to other kinds stay
// empty, Tolerance excepted.
type CustomScheme struct {
	// Name is what people call the scheme: "ed25519", "jwt-hs256".
	Name string

	// Proof says in a few words what a request carries: "RSA signature in X-Signature".
	Proof string

	// New makes the verifier. The settings have been checked, and Tolerance is set if the scheme
	// covers a timestamp. Their PublicURL comes with each request.
	New func(Settings) (Verifier, error)

	// CheckSecret reports why a secret that is not blank cannot be used, without repeating any of
	// it. Nil takes every secret.
	CheckSecret func(secret string) error

	// NewPair makes a key pair for test events, both halves in the form of a secret. The private
	// half signs and verifies, the public one verifies. A shared secret of a certain form is both.
	// Nil where any text is a shared secret.
	NewPair func() (private, public string, err error)

	// Keyless says that no secret is shared, for the key is fetched or nothing is signed.
	Keyless bool

	// Fetches says that the key is fetched from the provider with the secret, which is good for that
	// alone. So no other is ever tried in its place: the provider would be told it.
	Fetches bool

	// Covers says what the proof covers. CoversFor says it where that depends on the settings.
	Covers    Covers
	CoversFor func(Settings) Covers

	// SecretHeaders are the request headers that carry the secret itself, by their canonical names.
	SecretHeaders []string
}

// checkSecret reports why a secret cannot be used.
func (c *CustomScheme) checkSecret(secret string) error {
	if text := strings.TrimSpace(secret); text == "" || text == whsec {
		return errSecretEmpty
	}
	if c.CheckSecret == nil {
		return nil
	}
	return c.CheckSecret(secret)
}
