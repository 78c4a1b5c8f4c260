package providers

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"

	"github.com/gatepost/gatepost/verifier"
)

// signatureKey verifies the signatures of one key and algorithm. It signs if it has what that
// takes: a shared secret, or the private half of a pair.
type signatureKey interface {
	verify(content, signature []byte) bool
	sign(content []byte) ([]byte, error)
}

var errNoPrivateKey = errors.New("signing needs the private key; the secret given is the public one")

// readKey reads a key as vendors show it: base64 of its DER form, or PEM. The private one is nil if
// the text is a public key.
func readKey(text string) (public crypto.PublicKey, private crypto.Signer, err error) {
	der, ok := verifier.DecodeBase64(text)
	if block, rest := pem.Decode([]byte(text)); block != nil && len(bytes.TrimSpace(rest)) == 0 {
		der, ok = block.Bytes, true
	}
	if !ok {
		return nil, nil, errors.New("is neither base64 nor PEM")
	}
	if public, err := x509.ParsePKIXPublicKey(der); err == nil {
		return public, nil, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, nil, errors.New("is neither a public key (PKIX) nor a private one (PKCS 8)")
	}
	private, ok = parsed.(crypto.Signer)
	if !ok {
		return nil, nil, errors.New("is a key that cannot sign")
	}
	return private.Public(), private, nil
}

// writePair is the text of both halves, as readKey reads it.
func writePair(private crypto.Signer, err error) (privateText, publicText string, _ error) {
	if err != nil {
		return "", "", err
	}
	a, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", "", err
	}
	b, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		return "", "", err
	}
	return base64.StdEncoding.EncodeToString(a), base64.StdEncoding.EncodeToString(b), nil
}

func digestOf(hash crypto.Hash, content []byte) []byte {
	h := hash.New()
	h.Write(content)
	return h.Sum(nil)
}

// hmacKey is a shared secret for HMAC-SHA256.
type hmacKey []byte

func (k hmacKey) verify(content, signature []byte) bool {
	mac, _ := k.sign(content)
	return hmac.Equal(mac, signature)
}

func (k hmacKey) sign(content []byte) ([]byte, error) {
	mac := hmac.New(sha256.New, k)
	mac.Write(content)
	return mac.Sum(nil), nil
}

type ed25519Key struct {
	public  ed25519.PublicKey
	private ed25519.PrivateKey // nil if not known
}

// newEd25519Key takes the 32 bytes of a public key, or the 64 of a private one.
func newEd25519Key(b []byte) (signatureKey, error) {
	switch len(b) {
	case ed25519.PublicKeySize:
		return ed25519Key{public: b}, nil
	case ed25519.PrivateKeySize:
		private := ed25519.NewKeyFromSeed(b[:ed25519.SeedSize])
		if !bytes.Equal(private, b) {
			return nil, errors.New("is no Ed25519 private key: its public half belongs to another")
		}
		return ed25519Key{private.Public().(ed25519.PublicKey), private}, nil
	default:
		return nil, errors.New("is no Ed25519 key: the public one has 32 bytes, the private one 64")
	}
}

// readEd25519Key reads a key in the forms of readKey.
func readEd25519Key(text string) (signatureKey, error) {
	public, private, err := readKey(text)
	if err != nil {
		return nil, err
	}
	var k ed25519Key
	k.public, _ = public.(ed25519.PublicKey)
	k.private, _ = private.(ed25519.PrivateKey)
	if k.public == nil {
		return nil, errors.New("is no Ed25519 key")
	}
	return k, nil
}

func (k ed25519Key) verify(content, signature []byte) bool {
	return len(signature) == ed25519.SignatureSize && ed25519.Verify(k.public, content, signature)
}

func (k ed25519Key) sign(content []byte) ([]byte, error) {
	if k.private == nil {
		return nil, errNoPrivateKey
	}
	return ed25519.Sign(k.private, content), nil
}

// ecdsaKey signs the hash of the content. The signature is two numbers: in the form of ASN.1, or
// one after the other, each as long as those of the curve.
type ecdsaKey struct {
	public  *ecdsa.PublicKey
	private *ecdsa.PrivateKey // nil if not known
	hash    crypto.Hash
	asn1    bool
}

// readECDSAKey reads a key of the curve.
func readECDSAKey(text string, curve elliptic.Curve, hash crypto.Hash, asn1 bool) (signatureKey, error) {
	public, private, err := readKey(text)
	if err != nil {
		return nil, err
	}
	k := ecdsaKey{hash: hash, asn1: asn1}
	k.public, _ = public.(*ecdsa.PublicKey)
	k.private, _ = private.(*ecdsa.PrivateKey)
	if k.public == nil || k.public.Curve != curve {
		return nil, errors.New("is no ECDSA key of the curve " + curve.Params().Name)
	}
	return k, nil
}

func (k ecdsaKey) verify(content, signature []byte) bool {
	if k.asn1 {
		return ecdsa.VerifyASN1(k.public, digestOf(k.hash, content), signature)
	}
	size := (k.public.Curve.Params().BitSize + 7) / 8
	if len(signature) != 2*size {
		return false
	}
	r, s := new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:])
	return ecdsa.Verify(k.public, digestOf(k.hash, content), r, s)
}

func (k ecdsaKey) sign(content []byte) ([]byte, error) {
	if k.private == nil {
		return nil, errNoPrivateKey
	}
	if k.asn1 {
		return ecdsa.SignASN1(rand.Reader, k.private, digestOf(k.hash, content))
	}
	r, s, err := ecdsa.Sign(rand.Reader, k.private, digestOf(k.hash, content))
	if err != nil {
		return nil, err
	}
	size := (k.public.Curve.Params().BitSize + 7) / 8
	return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...), nil
}

// rsaKey signs the hash of the content, with the padding of PSS or of PKCS #1 version 1.5.
type rsaKey struct {
	public  *rsa.PublicKey
	private *rsa.PrivateKey // nil if not known
	hash    crypto.Hash
	pss     bool
}

func readRSAKey(text string, hash crypto.Hash, pss bool) (signatureKey, error) {
	const leastBits = 2048
	public, private, err := readKey(text)
	if err != nil {
		return nil, err
	}
	k := rsaKey{hash: hash, pss: pss}
	k.public, _ = public.(*rsa.PublicKey)
	k.private, _ = private.(*rsa.PrivateKey)
	if k.public == nil || k.public.N.BitLen() < leastBits {
		return nil, errors.New("is no RSA key of at least 2048 bits")
	}
	return k, nil
}

func (k rsaKey) verify(content, signature []byte) bool {
	if k.pss {
		return rsa.VerifyPSS(k.public, k.hash, digestOf(k.hash, content), signature, k.saltLength()) == nil
	}
	return rsa.VerifyPKCS1v15(k.public, k.hash, digestOf(k.hash, content), signature) == nil
}

func (k rsaKey) sign(content []byte) ([]byte, error) {
	switch {
	case k.private == nil:
		return nil, errNoPrivateKey
	case k.pss:
		return rsa.SignPSS(rand.Reader, k.private, k.hash, digestOf(k.hash, content), k.saltLength())
	default:
		return rsa.SignPKCS1v15(rand.Reader, k.private, k.hash, digestOf(k.hash, content))
	}
}

func (k rsaKey) saltLength() *rsa.PSSOptions { return &rsa.PSSOptions{SaltLength: k.hash.Size()} }
