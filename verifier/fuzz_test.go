package verifier

import (
	"crypto/sha256"
	"net/http"
	"testing"
)

// No header makes verification panic, and none but the genuine signature passes. The verifier's
// form is chosen by the first argument, so that one target covers all.
func FuzzSignatureHeader(f *testing.F) {
	base64url := Settings{Secrets: []string{"secret"}, Signature: &Signature{Header: []string{"X-Sig"}, Format: List, Separator: ",", Encoding: "base64url", Algorithm: "sha1"}}
	asymmetric := Provider{Name: "asymmetric", Scheme: Scheme{
		Kind:      HMAC,
		Signature: Signature{Header: []string{"X-Sig"}, Format: List, Separator: " ", Prefix: "v1,", Encoding: "base64", SecretEncoding: "whsec"},
		Ed25519:   &Ed25519{Prefix: "v1a,", PublicPrefix: "whpk_", PrivatePrefix: "whsk_"},
	}}
	var verifiers []Verifier
	for _, s := range []Settings{plainScheme, listScheme, pairsScheme, base64url} {
		verifiers = append(verifiers, mustNew(f, "hmac", s))
	}
	both, err := asymmetric.New(Settings{Secrets: []string{"whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "whsec_c2VjcmV0"}})
	if err != nil {
		f.Fatal(err)
	}
	verifiers = append(verifiers, both,
		mustNew(f, "token", Settings{Secrets: []string{"a secret"}, Header: "X-Sig"}),
		mustNew(f, "token", Settings{Secrets: []string{"a secret"}, Bearer: true}),
		mustNew(f, "token", Settings{Secrets: []string{"a secret"}, Query: "t"}),
		mustNew(f, "basic", Settings{Secrets: []string{"user:a secret"}}),
	)
	for i, v := range verifiers {
		r := &Request{Header: http.Header{}, URI: "/", Body: []byte("body")}
		if err := v.Sign(r, "id", testNow); err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), r.Header.Get("X-Sig")+r.Header.Get("Authorization"), "1790000000", "id", r.URI)
	}
	f.Add(uint8(2), "t,v1=,v0=", "", "", "")
	f.Add(uint8(1), "v1, v1a, v1", "-1", ".", "?t=%zz")

	f.Fuzz(func(t *testing.T, which uint8, signature, timestamp, id, uri string) {
		v := verifiers[int(which)%len(verifiers)]
		r := &Request{URI: uri, Body: []byte("another body"), Header: http.Header{
			"X-Sig": {signature}, "Authorization": {signature}, "X-Time": {timestamp}, "X-Id": {id},
		}}
		_, err := v.Verify(r, testNow)
		if err == nil {
			if _, token := v.(*tokenVerifier); !token {
				t.Errorf("verifier %d takes %q", which, signature)
			}
			return
		}
		if codeOf(err) == "" {
			t.Errorf("not an *Error: %v", err)
		}
	})
}

func FuzzTemplate(f *testing.F) {
	for _, s := range []string{"{body}", "v0:{timestamp}:{body}", "{id}.{timestamp}.{body}", "{header.X-A}{query.b}", "{http.request.uri}", "{", "}{", "{{}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parseTemplate(text)
		if err != nil {
			return
		}
		m := &message{request: &Request{Body: []byte("body"), URI: "/?b=1", Header: http.Header{}}, timestamp: "1", id: "id"}
		content := string(parsed.content(m))
		if !parsed.has(fieldBody) && len(parsed) == 1 && parsed[0].field == fieldText && content != text {
			t.Errorf("%q became %q", text, content)
		}
		pieces := hashState{hash: sha256.New()}
		pieces.compute(parsed, m)
		if whole := sha256.Sum256([]byte(content)); string(pieces.sum) != string(whole[:]) {
			t.Errorf("%q: signed in pieces and as a whole differ", text)
		}
	})
}
