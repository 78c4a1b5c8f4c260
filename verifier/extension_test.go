package verifier

import (
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"testing"
	"time"
)

// A plain hash of the secret and the body is the state from which the hash of a longer body goes on:
// nobody needs the secret for that.
func TestLengthExtension(t *testing.T) {
	const secret = "0123456789abcdef"
	for _, signed := range []string{"{secret}{body}", "{secret}{method}{body}", "{secret}{body}{query.x}", "{body}{secret}"} {
		p, _ := Lookup("hmac")
		v, err := p.New(Settings{Secrets: []string{secret}, Signature: &Signature{Header: []string{"X-Sig"}, Signed: signed}})
		if err != nil {
			t.Fatal(err)
		}
		r := &Request{Method: "POST", Scheme: "https", Host: "h.example", URI: "/", Header: http.Header{}, Body: []byte(`[{"id":1}]`)}
		now := time.Unix(1_790_000_000, 0)
		if err := v.Sign(r, "", now); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Verify(r, now); err != nil {
			t.Errorf("%s: the genuine one: %v", signed, err)
		}
		template, _ := parseTemplate(signed)
		length := len(template.withSecret([]byte(secret)).content(&message{request: r}))
		glue, extended := extend(t, r.Header.Get("X-Sig"), length, "more")
		r.Header.Set("X-Sig", extended)
		r.Body = append(append(r.Body, glue...), "more"...)
		if signed != "{body}{secret}" { // the attack itself works
			sum := sha256.Sum256(template.withSecret([]byte(secret)).content(&message{request: r}))
			if hex.EncodeToString(sum[:]) != extended {
				t.Fatalf("%s: the extension is not one", signed)
			}
		}
		if _, err := v.Verify(r, now); err == nil {
			t.Errorf("%s: an extended body passes", signed)
		}
		r.Body, r.URI = []byte(`[{"id":1}]`), "/?x="+queryBytes(glue)+"more"
		if _, err := v.Verify(r, now); err == nil {
			t.Errorf("%s: an extended parameter passes", signed)
		}
	}
}

// extend is the SHA-256 of a text of that length and hash, glue and more.
func extend(t *testing.T, sum string, length int, more string) (glue []byte, extended string) {
	t.Helper()
	glue = append(glue, 0x80)
	for (length+len(glue))%64 != 56 {
		glue = append(glue, 0)
	}
	glue = binary.BigEndian.AppendUint64(glue, uint64(length)*8)
	state, err := hex.DecodeString(sum)
	if err != nil {
		t.Fatal(err)
	}
	blob := append([]byte("sha\x03"), state...)
	blob = append(blob, make([]byte, 64)...)
	blob = binary.BigEndian.AppendUint64(blob, uint64(length+len(glue)))
	h := sha256.New()
	if err := h.(encoding.BinaryUnmarshaler).UnmarshalBinary(blob); err != nil {
		t.Fatal(err)
	}
	h.Write([]byte(more))
	return glue, hex.EncodeToString(h.Sum(nil))
}

func queryBytes(b []byte) (text string) {
	for _, c := range b {
		text += "%" + hex.EncodeToString([]byte{c})
	}
	return text
}
