package providers

import (
	"crypto/hmac"
	"hash"
)

// macKeys are the shared secrets of a source as keys of an HMAC.
type macKeys struct {
	hash func() hash.Hash
	keys [][]byte
}

func newMACKeys(h func() hash.Hash, secrets []string) macKeys {
	m := macKeys{hash: h}
	for _, s := range secrets {
		m.keys = append(m.keys, []byte(s))
	}
	return m
}

// sum is the MAC of the pieces, one after another, under the key of the index.
func (m macKeys) sum(index int, pieces ...[]byte) []byte {
	mac := hmac.New(m.hash, m.keys[index])
	for _, p := range pieces {
		mac.Write(p)
	}
	return mac.Sum(nil)
}

// match is the index of the key under which the signature is the MAC of the pieces, or -1.
func (m macKeys) match(signature []byte, pieces ...[]byte) int {
	for i := range m.keys {
		if hmac.Equal(m.sum(i, pieces...), signature) {
			return i
		}
	}
	return -1
}
