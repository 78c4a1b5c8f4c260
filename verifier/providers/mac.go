package providers

import (
	"bytes"
	"crypto/hmac"
	"hash"
	"sync"
)

// macKeys are the shared secrets of a source as keys of an HMAC. Keyed states are kept for reuse:
// making one costs more than hashing a small body.
type macKeys []*sync.Pool // of *macState

type macState struct {
	hash      hash.Hash
	text, sum []byte
}

func newMACKeys(h func() hash.Hash, secrets []string) macKeys {
	keys := make(macKeys, len(secrets))
	for i, s := range secrets {
		keys[i] = &sync.Pool{New: func() any { return &macState{hash: hmac.New(h, []byte(s))} }}
	}
	return keys
}

// compute leaves the MAC of the three, one after another, in s.sum. The body is hashed where it lies.
func (s *macState) compute(before string, body []byte, after string) {
	s.hash.Reset()
	s.text = append(s.text[:0], before...)
	s.hash.Write(s.text)
	s.hash.Write(body)
	s.text = append(s.text[:0], after...)
	s.hash.Write(s.text)
	s.sum = s.hash.Sum(s.sum[:0])
}

// sum is the MAC of the three, one after another, under the first key, which signs.
func (m macKeys) sum(before string, body []byte, after string) []byte {
	s := m[0].Get().(*macState)
	defer m[0].Put(s)
	s.compute(before, body, after)
	return bytes.Clone(s.sum)
}

// match is the index of the key under which the signature is the MAC of the three, or -1.
func (m macKeys) match(signature []byte, before string, body []byte, after string) int {
	for i := range m {
		if m.verify(i, signature, before, body, after) {
			return i
		}
	}
	return -1
}

func (m macKeys) verify(index int, signature []byte, before string, body []byte, after string) bool {
	s := m[index].Get().(*macState)
	defer m[index].Put(s)
	s.compute(before, body, after)
	return hmac.Equal(s.sum, signature)
}
