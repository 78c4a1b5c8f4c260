package providers

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dunglas/httpsfv"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		signatures = "RFC 9421"
		digests    = "RFC 9530"
	)
	verifier.Register(verifier.Provider{
		Name:  "rfc9421",
		Title: "HTTP Message Signatures (RFC 9421)",
		Scheme: verifier.Scheme{
			Kind: verifier.Custom,
			Custom: &verifier.CustomScheme{
				Name:        "http-message-signatures",
				Proof:       "Signature and Signature-Input over parts of the request, the body by Content-Digest",
				New:         newMessageSignatures,
				CheckSecret: checkMessageSecret,
				NewPair: func() (string, string, error) {
					_, private, err := ed25519.GenerateKey(nil)
					return writePair(private, err)
				},
				CoversFor: messageCovers,
			},
		},
		Open:     []string{"algorithm", "components"},
		Required: []string{"algorithm"},
		Gap:      "a key must serve one algorithm only, and no request may choose it",
		Example:  verifier.Settings{Algorithm: "ed25519"},
		Identity: verifier.Identity{
			EventType: "body.type",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "Signature-Input names the covered components and the parameters of each labelled signature in Signature; what is signed is a line for each", Source: signatures, Confidence: verifier.Documented},
			{About: "body", Text: "Content-Digest holds its SHA-256 or SHA-512", Source: digests, Confidence: verifier.Documented},
			{About: "algorithms", Text: "hmac-sha256, ed25519, ecdsa-p256-sha256, ecdsa-p384-sha384, rsa-pss-sha512, rsa-v1_5-sha256", Source: signatures, Confidence: verifier.Documented},
			{About: "tolerance", Text: "left to the application", Source: signatures, Confidence: verifier.Documented},
		},
		Notes: []string{
			"The secret is a public key, PEM or base64 of its DER form, or for hmac-sha256 the base64 of the shared key.",
			"A signature is accepted only if it covers @method, @authority, @path and content-digest, or what you list as components, among which content-digest must be. @target-uri counts for authority and path, @request-target for the path. The query is covered only where @query or @target-uri is.",
			"The parameter created is required, its age checked against tolerance (5 minutes unless set), and expires heeded.",
			"Where public_url is set, it stands for the address. The parameters sf, bs, key, tr and req of components are not supported.",
			"There is no event ID: set event_id and dedupe if the body or a covered header has one.",
		},
		Samples: []verifier.Sample{{
			Type:    "test",
			AnyType: true,
			Body:    `{"id":"{id}","type":"{type}","created_at":"{time}"}`,
		}},
	})
}

// Bounds on what a request can make us read.
const (
	maxLabels     = 8
	maxComponents = 64
	contentDigest = "content-digest"
)

// defaultComponents are required where the settings name no others.
var defaultComponents = []string{"@method", "@authority", "@path", contentDigest}

// messageCovers is what every signature that is accepted covers.
func messageCovers(s verifier.Settings) verifier.Covers {
	required := requiredComponents(s)
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(required, name) })
	}
	c := verifier.Covers{
		Body: has(contentDigest), Timestamp: true, Method: has("@method"),
		Host: has("@authority", "host"), Path: has("@path", "@request-target"),
	}
	c.URL = has("@target-uri") || c.Host && c.Path && has("@query", "@request-target")
	for _, name := range required {
		if !strings.HasPrefix(name, "@") {
			c.Headers = append(c.Headers, http.CanonicalHeaderKey(name))
		}
	}
	return c
}

func requiredComponents(s verifier.Settings) []string {
	if len(s.Components) == 0 {
		return defaultComponents
	}
	return s.Components
}

// messageVerifier checks HTTP message signatures.
type messageVerifier struct {
	algorithm  string
	components []string // that must be covered
	keys       []signatureKey
	tolerance  time.Duration
}

func newMessageSignatures(s verifier.Settings) (verifier.Verifier, error) {
	newKey, known := messageAlgorithms[s.Algorithm]
	if !known {
		return nil, fmt.Errorf("algorithm: unknown %q: use hmac-sha256, ed25519, ecdsa-p256-sha256, ecdsa-p384-sha384, rsa-pss-sha512 or rsa-v1_5-sha256", s.Algorithm)
	}
	v := &messageVerifier{algorithm: s.Algorithm, components: requiredComponents(s), tolerance: s.Tolerance}
	if !slices.Contains(v.components, contentDigest) {
		return nil, errors.New("components: content-digest is missing: without it anybody who saw one request could send another body with its signature")
	}
	for _, c := range v.components {
		if strings.ToLower(c) != c {
			return nil, fmt.Errorf("components: %q: write it in lower case", c)
		}
	}
	for i, secret := range s.Secrets {
		k, err := newKey(secret)
		if err != nil {
			return nil, fmt.Errorf("secret %d: %w", i+1, err)
		}
		v.keys = append(v.keys, k)
	}
	return v, nil
}

var (
	errMessageMissing   = verifier.Refuse(verifier.SignatureMissing, "the request has no Signature and Signature-Input of one label")
	errMessageMalformed = verifier.Refuse(verifier.SignatureMalformed, "Signature or Signature-Input is malformed, or names what cannot be signed here")
	errMessageCovers    = verifier.Refuse(verifier.SignatureMalformed, "no signature covers all that has to be covered")
)

// Verify tries each labelled signature. The refusal is that of the last.
func (v *messageVerifier) Verify(r *verifier.Request, now time.Time) (verifier.Result, error) {
	inputs, signatures, err := readSignatures(r.Header)
	if err != nil {
		return verifier.Result{}, err
	}
	err = errMessageMissing
	for _, label := range inputs.Names() {
		if _, ok := signatures.Get(label); !ok {
			continue
		}
		var result verifier.Result
		if result, err = v.verifyLabel(r, label, inputs, signatures, now); err == nil {
			return result, nil
		}
	}
	return verifier.Result{}, err
}

func (v *messageVerifier) verifyLabel(r *verifier.Request, label string, inputs, signatures *httpsfv.Dictionary, now time.Time) (verifier.Result, error) {
	member, _ := inputs.Get(label)
	input, isList := member.(httpsfv.InnerList)
	member, _ = signatures.Get(label)
	item, _ := member.(httpsfv.Item)
	signature, isBytes := item.Value.([]byte)
	if !isList || !isBytes || !isCanonical(r.Header.Values("Signature"), signature) {
		return verifier.Result{}, errMessageMalformed
	}
	if alg, given := input.Params.Get("alg"); given && alg != v.algorithm {
		return verifier.Result{}, verifier.Refuse(verifier.SignatureMalformed, "the signature is of another algorithm than the configured one")
	}
	if !coversAll(input, v.components) {
		return verifier.Result{}, errMessageCovers
	}
	created, given := input.Params.Get("created")
	seconds, isTime := created.(int64)
	switch {
	case !given:
		return verifier.Result{}, verifier.Refuse(verifier.TimestampMissing, "the signature does not say when it was created")
	case !isTime || seconds <= 0:
		return verifier.Result{}, verifier.ErrTimestampMalformed
	}
	base, err := signatureBase(r, input)
	if err != nil {
		return verifier.Result{}, err
	}
	index := slices.IndexFunc(v.keys, func(k signatureKey) bool { return k.verify(base, signature) })
	if index < 0 {
		return verifier.Result{}, verifier.ErrMismatch
	}
	if err := checkContentDigest(r); err != nil {
		return verifier.Result{}, err
	}
	if err := checkExpires(input, now); err != nil {
		return verifier.Result{}, err
	}
	return accept(index, time.Unix(seconds, 0).UTC(), now, v.tolerance)
}

func checkExpires(input httpsfv.InnerList, now time.Time) error {
	expires, given := input.Params.Get("expires")
	seconds, isTime := expires.(int64)
	switch {
	case given && !isTime:
		return verifier.ErrTimestampMalformed
	case given && now.After(time.Unix(seconds, 0)):
		return verifier.Refuse(verifier.TimestampTooOld, "the signature has expired")
	}
	return nil
}

// readSignatures reads both headers.
func readSignatures(h http.Header) (inputs, signatures *httpsfv.Dictionary, err error) {
	const most = 8 << 10
	for name, d := range map[string]**httpsfv.Dictionary{"Signature-Input": &inputs, "Signature": &signatures} {
		values := h.Values(name)
		if len(values) == 0 {
			return nil, nil, errMessageMissing
		}
		if len(strings.Join(values, ",")) > most {
			return nil, nil, errMessageMalformed
		}
		if *d, err = httpsfv.UnmarshalDictionary(values); err != nil || len((*d).Names()) > maxLabels {
			return nil, nil, errMessageMalformed
		}
	}
	return inputs, signatures, nil
}

// Sign covers the required components with the first key.
func (v *messageVerifier) Sign(r *verifier.Request, _ string, now time.Time) error {
	setHeader(r, "Content-Digest", newContentDigest(r.Body))
	input := httpsfv.InnerList{Params: httpsfv.NewParams()}
	for _, c := range v.components {
		input.Items = append(input.Items, httpsfv.NewItem(c))
	}
	input.Params.Add("created", now.Unix())
	input.Params.Add("alg", v.algorithm)
	base, err := signatureBase(r, input)
	if err != nil {
		return errors.New("a component that is required cannot be signed: the request does not have it")
	}
	signature, err := v.keys[0].sign(base)
	if err != nil {
		return err
	}
	for name, member := range map[string]httpsfv.Member{"Signature-Input": input, "Signature": httpsfv.NewItem(signature)} {
		d := httpsfv.NewDictionary()
		d.Add("sig1", member)
		text, err := httpsfv.Marshal(d)
		if err != nil {
			return err
		}
		r.Header.Set(name, text)
	}
	return nil
}
