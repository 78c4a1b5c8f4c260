package providers

import (
	"encoding/json"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

// vector is a request from a provider's own documentation or tests.
type vector struct {
	ID         string
	Provider   string
	Secret     string
	Method     string
	Headers    map[string]string
	Body       string
	BodyBase64 []byte `json:"body_base64"`
	Now        int64
	Valid      bool
}

func TestVectors(t *testing.T) {
	text, err := os.ReadFile("../testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) < 13 {
		t.Fatalf("only %d vectors", len(vectors))
	}
	for _, c := range vectors {
		t.Run(c.ID, func(t *testing.T) {
			v := newVerifier(t, c.Provider, verifier.Settings{Secrets: []string{c.Secret}})
			body := c.BodyBase64
			if body == nil {
				body = []byte(c.Body)
			}
			h := http.Header{}
			for name, value := range c.Headers {
				h.Set(name, value)
			}
			_, err := v.Verify(&verifier.Request{Method: c.Method, Header: h, Body: body}, time.Unix(c.Now, 0))
			if (err == nil) != c.Valid {
				t.Errorf("valid should be %v: %v", c.Valid, err)
			}
		})
	}
}
