package providers

import (
	"crypto/hmac"
	"hash"
	"sync"
)

// macKeys are the shared secrets of a source as keys of an HMAC. Keyed states are kept for reuse:
// making one costs more than hashing a small body.
type macKeys []*sync.Pool // of hash.Hash

func newMACKeys(h func() hash.Hash, secrets []string) macKeys {
	keys := make(macKeys, len(secrets))
	for i, s := range secrets {
		keys[i] = &sync.Pool{New: func() any { return hmac.New(h, []byte(s)) }}
	}
	return keys
}

// sum is the MAC of the pieces, one after another, under the key of the index.
func (m macKeys) sum(index int, pieces ...[]byte) []byte {
	state := m[index].Get().(hash.Hash)
	defer m[index].Put(state)
	state.Reset()
	for _, p := range pieces {
		state.Write(p)
	}
	return state.Sum(nil)
}

// match is the index of the key under which the signature is the MAC of the pieces, or -1.
func (m macKeys) match(signature []byte, pieces ...[]byte) int {
	for i := range m {
		if hmac.Equal(m.sum(i, pieces...), signature) {
			return i
		}
	}
	return -1
}
