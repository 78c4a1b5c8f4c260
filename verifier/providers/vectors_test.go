package providers

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

// vector is a request from a provider's own documentation or tests.
type vector struct {
	ID         string
	Provider   string
	Kind       string // primitive or handshake: not a whole request
	Secret     string
	KeyID      string `json:"key_id"`
	Method     string
	URL        string
	SignedURL  string `json:"signed_url"`
	Headers    map[string]string
	Body       string
	BodyBase64 []byte `json:"body_base64"`
	Now        int64
	Valid      bool
}

// vectorSettings are the settings of vectors that need more than their secret. A file of tests may
// add those of its providers in init.
var vectorSettings = map[string]func(vector) verifier.Settings{
	"pusher": func(v vector) verifier.Settings {
		return verifier.Settings{Secrets: []string{v.KeyID + ":" + v.Secret}}
	},
}

// vectorProviders are providers under another name than their vectors'.
var vectorProviders = map[string]string{}

func TestVectors(t *testing.T) {
	vectors := readVectors(t)
	if len(vectors) < 85 {
		t.Fatalf("only %d vectors", len(vectors))
	}
	for _, c := range vectors {
		name, s, ok := c.settings()
		if !ok {
			continue
		}
		t.Run(c.ID, func(t *testing.T) {
			v := newVerifier(t, name, s)
			_, err := v.Verify(c.request(t), time.Unix(c.Now, 0))
			if (err == nil) != c.Valid {
				t.Errorf("valid should be %v: %v", c.Valid, err)
			}
		})
	}
}

func readVectors(t testing.TB) (vectors []vector) {
	t.Helper()
	text, err := os.ReadFile("../testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	return vectors
}

// settings are those under which the vector's request is verified; ok is false if it is none.
func (c vector) settings() (name string, s verifier.Settings, ok bool) {
	name = c.Provider
	if other, renamed := vectorProviders[name]; renamed {
		name = other
	}
	s.Secrets = []string{c.Secret}
	if f := vectorSettings[c.Provider]; f != nil {
		s = f(c)
	}
	_, known := verifier.Lookup(name)
	return name, s, known && c.Kind == ""
}

func (c vector) request(t testing.TB) *verifier.Request {
	t.Helper()
	u, err := url.Parse(c.URL)
	if err != nil {
		t.Fatal(err)
	}
	r := &verifier.Request{Method: c.Method, Scheme: u.Scheme, Host: u.Host, URI: u.RequestURI(), Header: http.Header{}, Body: c.BodyBase64}
	if r.Body == nil {
		r.Body = []byte(c.Body)
	}
	if u.User != nil { // clients send the credentials of an address so
		password, _ := u.User.Password()
		pair := u.User.Username() + ":" + password
		r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(pair)))
	}
	for name, value := range c.Headers {
		r.Header.Set(name, value)
	}
	return r
}
