package verifier

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/subtle"
	"errors"
	"hash"
	"strings"
	"sync"
)

// key is one secret, ready for use.
type key interface {
	// form is the form of the entries that the key can verify.
	form() int
	// verify reports whether one of the entries is the key's signature of the message.
	verify(m *message, e *entries) bool
	sign(m *message) ([]byte, error)
}

var errNoKeyID = errors.New("does not name its key: write <key>:<secret>")

// newKey makes the key of a secret. Errors hold none of it.
func (s *Scheme) newKey(signed template, secret string) (key, error) {
	if s.Signature.KeyHeader != "" {
		id, rest, ok := strings.Cut(secret, ":")
		if !ok || strings.TrimSpace(id) == "" {
			return nil, errNoKeyID
		}
		secret = rest
	}
	if s.Ed25519 != nil {
		if k, ok, err := newEd25519Key(s.Ed25519, signed, secret); ok {
			return k, err
		}
	}
	b, err := decodeSecret(s.Signature.SecretEncoding, secret)
	if err != nil {
		return nil, err
	}
	newHash := algorithms[s.Signature.Algorithm].new
	if signed.has(fieldSecret) {
		return newHashKey(newHash, signed.withSecret(b)), nil
	}
	return newHashKey(func() hash.Hash { return hmac.New(newHash, b) }, signed), nil
}

// checkSecret reports why a secret cannot be used.
func (s *Scheme) checkSecret(secret string) error {
	switch s.Kind {
	case HMAC:
	case Custom:
		return s.Custom.checkSecret(secret)
	default:
		return checkToken(*s, secret)
	}
	if _, known := algorithms[s.Signature.Algorithm]; !known {
		return nil // reported as such
	}
	_, err := s.newKey(nil, secret)
	return err
}

// hashKey compares hashes: keyed ones, or plain ones of a template that holds the secret. It keeps
// the hashes for reuse: making a keyed one costs more than hashing a small body.
type hashKey struct {
	signed template
	states sync.Pool
}

type hashState struct {
	hash hash.Hash
	text []byte // what is signed before, between and after the body
	sum  []byte
}

func newHashKey(newHash func() hash.Hash, signed template) *hashKey {
	return &hashKey{signed: signed, states: sync.Pool{New: func() any {
		return &hashState{hash: newHash()}
	}}}
}

func (k *hashKey) form() int { return formHash }

func (k *hashKey) verify(m *message, e *entries) bool {
	s := k.states.Get().(*hashState)
	defer k.states.Put(s)
	s.compute(k.signed, m)
	match := 0
	for i := range e.n {
		if c := &e.list[i]; c.form == formHash {
			match |= subtle.ConstantTimeCompare(c.signature[:len(s.sum)], s.sum)
		}
	}
	return match == 1
}

func (k *hashKey) sign(m *message) ([]byte, error) {
	s := k.states.Get().(*hashState)
	defer k.states.Put(s)
	s.compute(k.signed, m)
	return bytes.Clone(s.sum), nil
}

// compute leaves the signature of the message in s.sum. The body is hashed where it lies.
func (s *hashState) compute(signed template, m *message) {
	s.hash.Reset()
	s.text = s.text[:0]
	for _, p := range signed {
		if p.field != fieldBody {
			s.text = append(s.text, m.value(p)...)
			continue
		}
		s.hash.Write(s.text)
		s.text = s.text[:0]
		s.hash.Write(m.request.Body)
	}
	s.hash.Write(s.text)
	s.sum = s.hash.Sum(s.sum[:0])
}

// ed25519Key verifies, and signs if it has the private half.
type ed25519Key struct {
	signed  template
	public  ed25519.PublicKey
	private ed25519.PrivateKey
}

// newEd25519Key reads a secret that has one of the prefixes; ok is false for all others.
func newEd25519Key(x *Ed25519, signed template, secret string) (k *ed25519Key, ok bool, err error) {
	if text, found := strings.CutPrefix(secret, x.PublicPrefix); found {
		public, err := decodeBase64(text)
		if err == nil && len(public) != ed25519.PublicKeySize {
			err = errors.New("is no Ed25519 public key: those have 32 bytes")
		}
		return &ed25519Key{signed: signed, public: public}, true, err
	}
	if text, found := strings.CutPrefix(secret, x.PrivatePrefix); found {
		private, err := readPrivate(text)
		if err != nil {
			return nil, true, err
		}
		return &ed25519Key{signed: signed, public: private.Public().(ed25519.PublicKey), private: private}, true, nil
	}
	return nil, false, nil
}

// readPrivate takes the 32 bytes of a seed, or those and the public key after them.
func readPrivate(text string) (ed25519.PrivateKey, error) {
	b, err := decodeBase64(text)
	if err != nil {
		return nil, err
	}
	if len(b) != ed25519.SeedSize && len(b) != ed25519.PrivateKeySize {
		return nil, errors.New("is no Ed25519 private key: those have 32 or 64 bytes")
	}
	private := ed25519.NewKeyFromSeed(b[:ed25519.SeedSize])
	if !bytes.HasPrefix(private, b) {
		return nil, errors.New("is no Ed25519 private key: its public half belongs to another")
	}
	return private, nil
}

func (k *ed25519Key) form() int { return formEd25519 }

func (k *ed25519Key) verify(m *message, e *entries) bool {
	content := k.signed.content(m)
	for i := range e.n {
		c := &e.list[i]
		if c.form == formEd25519 && ed25519.Verify(k.public, content, c.signature[:]) {
			return true
		}
	}
	return false
}

func (k *ed25519Key) sign(m *message) ([]byte, error) {
	if k.private == nil {
		return nil, errors.New("signing needs the private key; the secret given is the public one")
	}
	return ed25519.Sign(k.private, k.signed.content(m)), nil
}
