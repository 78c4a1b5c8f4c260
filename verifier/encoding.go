package verifier

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"strings"
)

// algorithms are the hashes that an HMAC may use. Configuration pins one; no request chooses.
var algorithms = map[string]struct {
	new  func() hash.Hash
	size int
}{
	"sha1":   {sha1.New, sha1.Size},
	"sha256": {sha256.New, sha256.Size},
	"sha384": {sha512.New384, sha512.Size384},
	"sha512": {sha512.New, sha512.Size},
}

// The strict encodings have one text only for each value.
var (
	stdBase64    = base64.StdEncoding.Strict()
	urlBase64    = base64.URLEncoding.Strict()
	rawURLBase64 = base64.RawURLEncoding.Strict()
)

// maxSignature is the size of the longest signature: SHA-512, and Ed25519.
const maxSignature = 64

// codec reads and writes signatures of a fixed size.
type codec struct {
	name string // hex, base64 or base64url
	size int    // of the decoded signature, at most maxSignature
}

// decode reads text into dst and reports whether it is exactly one signature.
func (c codec) decode(dst *[maxSignature]byte, text string) bool {
	if c.name == "hex" {
		if len(text) != hex.EncodedLen(c.size) {
			return false
		}
		_, err := hex.Decode(dst[:], []byte(text))
		return err == nil
	}
	enc := stdBase64
	if c.name == "base64url" {
		enc = urlBase64
		if strings.IndexByte(text, '=') < 0 {
			enc = rawURLBase64
		}
	}
	// The decoder skips line breaks; the length keeps them out, and dst from overflowing.
	if len(text) != enc.EncodedLen(c.size) || strings.IndexByte(text, '\r') >= 0 || strings.IndexByte(text, '\n') >= 0 {
		return false
	}
	n, err := enc.Decode(dst[:], []byte(text))
	return err == nil && n == c.size
}

func (c codec) encode(signature []byte) string {
	switch c.name {
	case "base64":
		return stdBase64.EncodeToString(signature)
	case "base64url":
		return rawURLBase64.EncodeToString(signature)
	default:
		return hex.EncodeToString(signature)
	}
}

const whsec = "whsec_"

// whsecOrRaw is for senders that changed the form of their secrets: the form tells which it is.
const whsecOrRaw = "whsec_or_raw"

// Errors about secrets never hold any of it.
var (
	errSecretEmpty  = errors.New("is empty: anybody could sign with it")
	errSecretHex    = errors.New("is not hex, as secret_encoding says")
	errSecretBase64 = errors.New("is not padded standard base64, which its encoding asks for")
)

// decodeSecret makes the key of a secret's text.
func decodeSecret(encoding, text string) ([]byte, error) {
	var key []byte
	var err error
	switch encoding {
	case "hex":
		if key, err = hex.DecodeString(text); err != nil {
			return nil, errSecretHex
		}
	case "base64":
		key, err = decodeBase64(text)
	case "whsec":
		key, err = decodeBase64(strings.TrimPrefix(strings.TrimPrefix(text, "v1,"), whsec))
	case whsecOrRaw:
		key = []byte(text)
		if rest, ok := strings.CutPrefix(text, whsec); ok {
			if decoded, err := decodeBase64(rest); err == nil {
				key = decoded
			}
		}
	default:
		key = []byte(text)
	}
	if err != nil {
		return nil, err
	}
	// Some providers use the whole "whsec_…" as key: the prefix alone is an empty secret, too.
	if len(bytes.TrimSpace(key)) == 0 || strings.TrimSpace(text) == whsec {
		return nil, errSecretEmpty
	}
	return key, nil
}

func decodeBase64(text string) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, errSecretBase64
	}
	key, err := stdBase64.DecodeString(text)
	if err != nil {
		return nil, errSecretBase64
	}
	return key, nil
}

// DecodeHex reads hex of exactly size bytes, in either case.
func DecodeHex(text string, size int) ([]byte, bool) {
	if len(text) != hex.EncodedLen(size) {
		return nil, false
	}
	b, err := hex.DecodeString(text)
	return b, err == nil
}

// DecodeBase64 reads padded standard base64 that has one text only for each value: no line breaks,
// no loose bits.
func DecodeBase64(text string) ([]byte, bool) {
	b, err := decodeBase64(text)
	return b, err == nil
}

// DecodeBase64URL reads base64 of the URL alphabet as strictly; with or without padding.
func DecodeBase64URL(text string) ([]byte, bool) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, false
	}
	enc := rawURLBase64
	if strings.HasSuffix(text, "=") {
		enc = urlBase64
	}
	b, err := enc.DecodeString(text)
	return b, err == nil
}
