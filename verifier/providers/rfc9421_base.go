package providers

import (
	"bytes"
	"crypto"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/dunglas/httpsfv"

	"github.com/gatepost/gatepost/verifier"
)

// messageAlgorithms are the algorithms of RFC 9421, each with what makes a key of a secret.
var messageAlgorithms = map[string]func(secret string) (signatureKey, error){
	"hmac-sha256": func(secret string) (signatureKey, error) {
		key, ok := verifier.DecodeBase64(secret)
		if !ok || len(bytes.TrimSpace(key)) == 0 {
			return nil, errors.New("is not the base64 of a shared key")
		}
		return hmacKey(key), nil
	},
	"ed25519": readEd25519Key,
	"ecdsa-p256-sha256": func(secret string) (signatureKey, error) {
		return readECDSAKey(secret, elliptic.P256(), crypto.SHA256, false)
	},
	"ecdsa-p384-sha384": func(secret string) (signatureKey, error) {
		return readECDSAKey(secret, elliptic.P384(), crypto.SHA384, false)
	},
	"rsa-pss-sha512":  func(secret string) (signatureKey, error) { return readRSAKey(secret, crypto.SHA512, true) },
	"rsa-v1_5-sha256": func(secret string) (signatureKey, error) { return readRSAKey(secret, crypto.SHA256, false) },
}

// checkMessageSecret reports why a secret is a key of no algorithm.
func checkMessageSecret(secret string) error {
	if _, isBase64 := verifier.DecodeBase64(secret); isBase64 {
		return nil
	}
	_, _, err := readKey(secret)
	return err
}

// signatureBase is what is signed: a line for each covered component, and one for the signature's
// own parameters.
func signatureBase(r *verifier.Request, input httpsfv.InnerList) ([]byte, error) {
	if len(input.Items) > maxComponents {
		return nil, errMessageMalformed
	}
	var b strings.Builder
	seen := map[string]bool{}
	for _, item := range input.Items {
		identifier, err := httpsfv.Marshal(item)
		if err != nil || seen[identifier] {
			return nil, errMessageMalformed
		}
		seen[identifier] = true
		value, ok := componentValue(r, item)
		if !ok || strings.Contains(value, "\n") {
			return nil, errMessageMalformed
		}
		b.WriteString(identifier + ": " + value + "\n")
	}
	params, err := httpsfv.Marshal(input)
	if err != nil {
		return nil, errMessageMalformed
	}
	b.WriteString(`"@signature-params": ` + params)
	return []byte(b.String()), nil
}

// componentValue is the value of a component; ok is false if the request does not have it, or if it
// is of a kind that is not supported.
func componentValue(r *verifier.Request, item httpsfv.Item) (value string, ok bool) {
	name, isText := item.Value.(string)
	params := item.Params.Names()
	switch {
	case !isText || name != strings.ToLower(name):
		return "", false
	case name == "@query-param" && slices.Equal(params, []string{"name"}):
		return queryParameter(r, item)
	case len(params) > 0:
		return "", false
	case strings.HasPrefix(name, "@"):
		return derivedComponent(r, name)
	case name == "host":
		return r.Host, r.Host != ""
	}
	values := slices.Clone(r.Header.Values(name))
	for i := range values {
		values[i] = strings.TrimSpace(values[i])
	}
	return strings.Join(values, ", "), len(values) > 0
}

// derivedComponent is a component that is no header.
func derivedComponent(r *verifier.Request, name string) (value string, ok bool) {
	scheme, rest, _ := strings.Cut(r.URL(), "://")
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	host, target := rest[:end], rest[end:]
	if !strings.HasPrefix(target, "/") {
		target = "/" + target
	}
	path, query, _ := strings.Cut(target, "?")
	switch name {
	case "@method":
		return r.Method, true
	case "@scheme":
		return scheme, true
	case "@authority":
		port := map[string]string{"http": ":80", "https": ":443"}[scheme]
		return strings.TrimSuffix(strings.ToLower(host), port), true
	case "@target-uri":
		return r.URL(), true
	case "@request-target":
		return target, true
	case "@path":
		return path, true
	case "@query":
		return "?" + query, true
	default:
		return "", false
	}
}

// queryParameter is the one value of a parameter, encoded anew.
func queryParameter(r *verifier.Request, item httpsfv.Item) (value string, ok bool) {
	given, _ := item.Params.Get("name")
	text, _ := given.(string)
	name, err := url.QueryUnescape(text)
	values := r.Query()[name]
	if err != nil || len(values) != 1 {
		return "", false
	}
	return strings.ReplaceAll(url.QueryEscape(values[0]), "+", "%20"), true
}

// coversAll reports whether the signature covers each of the components, by itself or as a part of
// another.
func coversAll(input httpsfv.InnerList, components []string) bool {
	covered := map[string]bool{}
	for _, item := range input.Items {
		name, ok := item.Value.(string)
		if !ok || len(item.Params.Names()) > 0 {
			continue
		}
		covered[name] = true
		for _, part := range map[string][]string{
			"@target-uri":     {"@scheme", "@authority", "@path", "@query", "@request-target"},
			"@request-target": {"@path", "@query"},
		}[name] {
			covered[part] = true
		}
	}
	return !slices.ContainsFunc(components, func(c string) bool { return !covered[c] })
}

// isCanonical reports whether the signature stands in one of the headers as its bytes are written:
// the parser accepts other texts of them.
func isCanonical(headers []string, signature []byte) bool {
	text := ":" + base64.StdEncoding.EncodeToString(signature) + ":"
	return slices.ContainsFunc(headers, func(h string) bool { return strings.Contains(h, text) })
}

// newContentDigest is a Content-Digest header of the body.
func newContentDigest(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

// checkContentDigest holds the Content-Digest header against the body. Each digest of a known kind
// must be that of the body, and there must be one.
func checkContentDigest(r *verifier.Request) error {
	digests, err := httpsfv.UnmarshalDictionary(r.Header.Values("Content-Digest"))
	if err != nil || len(digests.Names()) > maxLabels {
		return verifier.Refuse(verifier.SignatureMalformed, "the Content-Digest header is malformed")
	}
	sha256sum, sha512sum := sha256.Sum256(r.Body), sha512.Sum512(r.Body)
	match := false
	for name, want := range map[string][]byte{"sha-256": sha256sum[:], "sha-512": sha512sum[:]} {
		member, given := digests.Get(name)
		if !given {
			continue
		}
		item, _ := member.(httpsfv.Item)
		got, _ := item.Value.([]byte)
		if subtle.ConstantTimeCompare(got, want) != 1 {
			return verifier.ErrMismatch
		}
		match = true
	}
	if !match {
		return verifier.Refuse(verifier.SignatureMissing, "the Content-Digest header has neither a sha-256 nor a sha-512")
	}
	return nil
}
