package verifier

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"testing"
)

// BenchmarkVerify1KiB prints what verification costs beside the bare HMAC over the same bytes.
func BenchmarkVerify1KiB(b *testing.B) {
	body := bytes.Repeat([]byte("0123456789abcdef"), 64)

	b.Run("bare", func(b *testing.B) {
		mac := hmac.New(sha256.New, []byte("secret"))
		mac.Write(body)
		want := mac.Sum(nil)
		b.ReportAllocs()
		for b.Loop() {
			mac := hmac.New(sha256.New, []byte("secret"))
			mac.Write(body)
			if !hmac.Equal(mac.Sum(nil), want) {
				b.Fatal("mismatch")
			}
		}
	})
	b.Run("bare-hex", func(b *testing.B) {
		mac := hmac.New(sha256.New, []byte("secret"))
		mac.Write(body)
		header := http.Header{"X-Sig": {"sha256=" + hex.EncodeToString(mac.Sum(nil))}}
		b.ReportAllocs()
		for b.Loop() {
			want, err := hex.DecodeString(header.Get("X-Sig")[7:])
			mac := hmac.New(sha256.New, []byte("secret"))
			mac.Write(body)
			if err != nil || !hmac.Equal(mac.Sum(nil), want) {
				b.Fatal("mismatch")
			}
		}
	})
	b.Run("bare-pooled", func(b *testing.B) {
		mac := hmac.New(sha256.New, []byte("secret"))
		mac.Write(body)
		want := mac.Sum(nil)
		var sum []byte
		b.ReportAllocs()
		for b.Loop() {
			mac.Reset()
			mac.Write(body)
			if sum = mac.Sum(sum[:0]); !hmac.Equal(sum, want) {
				b.Fatal("mismatch")
			}
		}
	})
	for name, s := range map[string]Settings{"plain": plainScheme, "list": listScheme, "pairs": pairsScheme} {
		b.Run(name, func(b *testing.B) {
			v := mustNew(b, "hmac", s)
			r := &Request{Method: "POST", Header: http.Header{}, Body: body}
			if err := v.Sign(r, "msg_1", testNow); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Verify(r, testNow); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
