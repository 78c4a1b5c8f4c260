package providers

import (
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/gatepost/gatepost/verifier"
)

// jwsHeader is what is read of a JWS before it verified: it says which key to take, no more.
type jwsHeader struct {
	Algorithm jose.SignatureAlgorithm `json:"alg"`
	KeyID     string                  `json:"kid"`
	Time      int64                   `json:"ts"`
}

// readJWS reads the header of a compact JWS. The library would accept several texts of one
// signature; here each part must be the one that its bytes have.
func readJWS(text string, detached bool, algorithms []jose.SignatureAlgorithm) (jwsHeader, bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 || detached != (parts[1] == "") {
		return jwsHeader{}, false
	}
	for _, p := range parts {
		if _, ok := verifier.DecodeBase64URL(p); !ok || strings.HasSuffix(p, "=") {
			return jwsHeader{}, false
		}
	}
	first, _ := verifier.DecodeBase64URL(parts[0])
	var h jwsHeader
	if json.Unmarshal(first, &h) != nil || !slices.Contains(algorithms, h.Algorithm) {
		return jwsHeader{}, false
	}
	return h, true
}

// hmacJWT checks JSON Web Tokens that are signed with a shared secret, and makes them with the
// first.
type hmacJWT struct {
	header     string // that holds the token
	algorithms []jose.SignatureAlgorithm
	keys       [][]byte
}

func newHMACJWT(header string, secrets []string, algorithms ...jose.SignatureAlgorithm) hmacJWT {
	t := hmacJWT{header: header, algorithms: algorithms}
	for _, s := range secrets {
		// HMAC fills a short key up with zeros. The library asks for keys as long as the hash,
		// which secrets that people choose are not.
		key := make([]byte, max(len(s), sha512.Size))
		copy(key, s)
		t.keys = append(t.keys, key)
	}
	return t
}

// verify checks the token's signature, decodes what it claims, and returns the index of its key.
func (t hmacJWT) verify(text string, claims any) (int, error) {
	malformed := verifier.Refuse(verifier.SignatureMalformed, "the "+t.header+" header holds no token that this provider signs")
	if _, ok := readJWS(text, false, t.algorithms); !ok {
		return 0, malformed
	}
	token, err := jose.ParseSignedCompact(text, t.algorithms)
	if err != nil {
		return 0, malformed
	}
	for i, key := range t.keys {
		payload, err := token.Verify(key)
		if err != nil {
			continue
		}
		if json.Unmarshal(payload, claims) != nil {
			return 0, malformed
		}
		return i, nil
	}
	return 0, verifier.ErrMismatch
}

// sign makes a token of the claims.
func (t hmacJWT) sign(claims any) (string, error) {
	return signJWS(jose.SigningKey{Algorithm: t.algorithms[0], Key: t.keys[0]}, claims)
}

func signJWS(key jose.SigningKey, claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(key, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", err
	}
	token, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return token.CompactSerialize()
}

// hexSHA256 is what tokens claim of a body or an address.
func hexSHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// isHexSHA256 reports whether a claim is the hash of the bytes.
func isHexSHA256(claim string, b []byte) bool {
	got, ok := verifier.DecodeHex(claim, sha256.Size)
	want := sha256.Sum256(b)
	return ok && subtle.ConstantTimeCompare(got, want[:]) == 1
}

// checkLifetime refuses a token before its time and after it.
func checkLifetime(from, until int64, now time.Time, leeway time.Duration) error {
	switch {
	case from == 0 || until == 0:
		return verifier.Refuse(verifier.TimestampMissing, "the token does not say from when until when it holds")
	case now.Add(leeway).Before(time.Unix(from, 0)):
		return verifier.Refuse(verifier.TimestampInFuture, "the token is not valid yet")
	case now.Add(-leeway).After(time.Unix(until, 0)):
		return verifier.Refuse(verifier.TimestampTooOld, "the token has expired")
	}
	return nil
}
