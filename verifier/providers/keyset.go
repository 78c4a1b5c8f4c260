package providers

import (
	"crypto/rsa"
	"encoding/json"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gatepost/gatepost/verifier"
)

// rs256 is the one algorithm of detached signatures.
var rs256 = []jose.SignatureAlgorithm{jose.RS256}

// keySet checks detached JWS with the public keys at an address, a JSON Web Key Set.
type keySet struct {
	address string
	keys    cache[[]jose.JSONWebKey]
}

func newKeySet(address string) *keySet {
	s := &keySet{address: address}
	s.keys.lifetime = time.Hour
	return s
}

// verify checks that one of the keys signed the payload. A signature by none of them can mean that
// the set has changed: it is fetched again then, but not more than once a minute.
func (s *keySet) verify(signature string, payload []byte, keyID string, now time.Time) error {
	if payload == nil {
		payload = []byte{} // the library takes no nil
	}
	jws, err := jose.ParseDetached(signature, payload, rs256)
	if err != nil {
		return verifier.Refuse(verifier.SignatureMalformed, "the signature is no JWS that this provider makes")
	}
	for _, after := range []time.Time{{}, now.Add(-time.Minute)} {
		keys, err := s.keys.newer(s.address, after, now, s.fetch)
		if err != nil {
			return err
		}
		for _, k := range keys {
			if (keyID == "" || k.KeyID == keyID) && jws.DetachedVerify(payload, k.Key) == nil {
				return nil
			}
		}
	}
	return verifier.ErrMismatch
}

// fetch reads the RSA keys of the set.
func (s *keySet) fetch() ([]jose.JSONWebKey, error) {
	document, err := fetch(s.address, nil)
	if err != nil {
		return nil, err
	}
	return readKeySet(document)
}

func readKeySet(document []byte) ([]jose.JSONWebKey, error) {
	const most = 16
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(document, &set) != nil || len(set.Keys) > most {
		return nil, errors.New("what was fetched is no set of at most 16 keys")
	}
	var keys []jose.JSONWebKey
	for _, text := range set.Keys {
		var k jose.JSONWebKey
		// A set may hold keys of other kinds and for other uses.
		if json.Unmarshal(text, &k) != nil || k.Use != "" && k.Use != "sig" {
			continue
		}
		if _, ok := k.Key.(*rsa.PublicKey); ok {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("what was fetched holds no RSA key for signatures")
	}
	return keys, nil
}
