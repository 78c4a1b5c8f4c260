package verifier

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var testNow = time.Unix(1_790_000_000, 0).UTC()

func mustNew(t testing.TB, provider string, s Settings) Verifier {
	t.Helper()
	p, ok := Lookup(provider)
	if !ok {
		t.Fatalf("no provider %s", provider)
	}
	v, err := p.New(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func codeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

// The schemes from which the tables start.
var (
	plainScheme = Settings{
		Secrets:   []string{"secret"},
		Signature: &Signature{Header: []string{"X-Sig"}, Prefix: "sha256="},
	}
	listScheme = Settings{
		Secrets:         []string{"c2VjcmV0"},
		Signature:       &Signature{Header: []string{"X-Sig"}, Format: List, Separator: " ", Prefix: "v1,", Encoding: "base64", Signed: "{id}.{timestamp}.{body}", SecretEncoding: "whsec"},
		TimestampHeader: "X-Time",
		IDHeader:        "X-Id",
	}
	pairsScheme = Settings{
		Secrets:   []string{"secret"},
		Signature: &Signature{Header: []string{"X-Sig"}, Format: Pairs, Separator: ",", SignatureKey: "v1", TimestampKey: "t", Signed: "{timestamp}.{body}"},
	}
)

// Each row changes one thing of a request that verifies.
func TestVerify(t *testing.T) {
	set := func(name string, values ...string) func(*Request, string) {
		return func(r *Request, _ string) { r.Header[name] = values }
	}
	with := func(f func(sig string) []string) func(*Request, string) {
		return func(r *Request, sig string) { r.Header["X-Sig"] = f(sig) }
	}
	one := func(f func(sig string) string) func(*Request, string) {
		return with(func(sig string) []string { return []string{f(sig)} })
	}
	unix := strconv.FormatInt(testNow.Unix(), 10)

	tests := []struct {
		name   string
		scheme Settings
		change func(r *Request, sig string)
		want   Code
	}{
		{"as signed", plainScheme, nil, ""},
		{"upper case hex", plainScheme, one(func(s string) string { return "sha256=" + strings.ToUpper(s[7:]) }), ""},
		{"no header", plainScheme, func(r *Request, _ string) { r.Header.Del("X-Sig") }, SignatureMissing},
		{"empty header", plainScheme, set("X-Sig", ""), SignatureMissing},
		{"no prefix", plainScheme, one(func(s string) string { return s[7:] }), SignatureMalformed},
		{"prefix alone", plainScheme, set("X-Sig", "sha256="), SignatureMalformed},
		{"other prefix", plainScheme, one(func(s string) string { return "sha1=" + s[7:] }), SignatureMalformed},
		{"prefix in capitals", plainScheme, one(func(s string) string { return "SHA256=" + s[7:] }), SignatureMalformed},
		{"cut short", plainScheme, one(func(s string) string { return s[:len(s)-2] }), SignatureMalformed},
		{"too long", plainScheme, one(func(s string) string { return s + "00" }), SignatureMalformed},
		{"no hex", plainScheme, one(func(s string) string { return s[:len(s)-1] + "g" }), SignatureMalformed},
		{"line break at the end", plainScheme, one(func(s string) string { return s + "\r\n" }), SignatureMalformed},
		{"line break within", plainScheme, one(func(s string) string { return s[:20] + "\r\n" + s[20:] }), SignatureMalformed},
		{"space before", plainScheme, one(func(s string) string { return " " + s }), SignatureMalformed},
		{"another's signature", plainScheme, one(func(s string) string { return "sha256=" + strings.Repeat("0", 64) }), SignatureMismatch},
		{"a wrong one, then the right one in a second header", plainScheme, with(func(s string) []string { return []string{"sha256=" + strings.Repeat("0", 64), s} }), ""},
		{"rubbish, then the right one in a second header", plainScheme, with(func(s string) []string { return []string{"rubbish", s} }), ""},
		{"the right one as 16th", plainScheme, with(func(s string) []string {
			return append(slices.Repeat([]string{"sha256=" + strings.Repeat("0", 64)}, 15), s)
		}), ""},
		{"the right one as 17th", plainScheme, with(func(s string) []string {
			return append(slices.Repeat([]string{"sha256=" + strings.Repeat("0", 64)}, 16), s)
		}), SignatureMismatch},
		{"1000 headers", plainScheme, with(func(s string) []string { return slices.Repeat([]string{s}, 1000) }), SignatureMalformed},
		{"a huge header", plainScheme, one(func(s string) string { return s + strings.Repeat("0", 1<<20) }), SignatureMalformed},
		{"a huge second header", plainScheme, with(func(s string) []string { return []string{s, strings.Repeat("0", 1<<20)} }), SignatureMalformed},
		{"other body", plainScheme, func(r *Request, _ string) { r.Body = append(r.Body, '\n') }, SignatureMismatch},
		{"no body", plainScheme, func(r *Request, _ string) { r.Body = nil }, SignatureMismatch},

		{"list", listScheme, nil, ""},
		{"list: others beside it", listScheme, one(func(s string) string { return "v1a,AAAA v2,x  " + s + " v1,rubbish" }), ""},
		{"list: only unknown versions", listScheme, one(func(s string) string { return "v2," + s[3:] }), SignatureMalformed},
		{"list: version alone", listScheme, set("X-Sig", "v1,"), SignatureMalformed},
		{"list: spaces alone", listScheme, set("X-Sig", "   "), SignatureMalformed},
		{"list: base64 without padding", listScheme, one(func(s string) string { return strings.TrimRight(s, "=") }), SignatureMalformed},
		{"list: line break in base64", listScheme, one(func(s string) string { return s[:9] + "\n" + s[9:] }), SignatureMalformed},
		{"list: loose bits at the end of base64", listScheme, one(looseBits), SignatureMalformed},
		{"list: 1000 candidates", listScheme, one(func(s string) string { return strings.Repeat(s+" ", 1000) }), SignatureMalformed},
		{"list: 100 candidates", listScheme, one(func(s string) string { return strings.Repeat(s+" ", 100) }), ""},
		{"list: no timestamp", listScheme, func(r *Request, _ string) { r.Header.Del("X-Time") }, TimestampMissing},
		{"list: empty timestamp", listScheme, set("X-Time", ""), TimestampMissing},
		{"list: two timestamps", listScheme, set("X-Time", unix, unix), TimestampMalformed},
		{"list: timestamp with a sign", listScheme, set("X-Time", "+"+unix), TimestampMalformed},
		{"list: fraction", listScheme, set("X-Time", unix+".0"), TimestampMalformed},
		{"list: milliseconds", listScheme, set("X-Time", unix+"000"), TimestampMalformed},
		{"list: hexadecimal", listScheme, set("X-Time", "0x6ab13b80"), TimestampMalformed},
		{"list: overflow", listScheme, set("X-Time", strings.Repeat("9", 40)), TimestampMalformed},
		{"list: leading zero", listScheme, set("X-Time", "0"+unix), TimestampMalformed},
		{"list: other timestamp", listScheme, set("X-Time", "1"), SignatureMismatch},
		{"list: no ID", listScheme, func(r *Request, _ string) { r.Header.Del("X-Id") }, SignatureMissing},
		{"list: two IDs", listScheme, set("X-Id", "id", "id"), SignatureMalformed},
		{"list: ID with the separator", listScheme, set("X-Id", "i.d"), SignatureMalformed},
		{"list: long ID", listScheme, set("X-Id", strings.Repeat("i", maxID+1)), SignatureMalformed},
		{"list: other ID", listScheme, set("X-Id", "other"), SignatureMismatch},

		{"pairs", pairsScheme, nil, ""},
		{"pairs: spaces", pairsScheme, one(func(s string) string { return strings.ReplaceAll(s, ",", " , ") }), ""},
		{"pairs: other order", pairsScheme, one(func(s string) string { t, v, _ := strings.Cut(s, ","); return v + "," + t }), ""},
		{"pairs: v0 beside it", pairsScheme, one(func(s string) string { return s + ",v0=" + strings.Repeat("0", 64) }), ""},
		{"pairs: a wrong one beside it", pairsScheme, one(func(s string) string { return "v1=" + strings.Repeat("0", 64) + ",v1=x," + s }), ""},
		{"pairs: only v0", pairsScheme, one(func(s string) string { return strings.Replace(s, "v1=", "v0=", 1) }), SignatureMalformed},
		{"pairs: no timestamp", pairsScheme, one(func(s string) string { _, v, _ := strings.Cut(s, ","); return v }), TimestampMissing},
		{"pairs: empty timestamp", pairsScheme, one(func(s string) string { _, v, _ := strings.Cut(s, ","); return "t=," + v }), TimestampMissing},
		{"pairs: two timestamps", pairsScheme, one(func(s string) string { return "t=1," + s }), SignatureMalformed},
		{"pairs: the same timestamp twice", pairsScheme, one(func(s string) string { return "t=" + unix + "," + s }), ""},
		{"pairs: two headers with different timestamps", pairsScheme, with(func(s string) []string { return []string{s, "t=1,v1=" + strings.Repeat("0", 64)} }), SignatureMalformed},
		{"pairs: keys without values", pairsScheme, set("X-Sig", "t,v1=,v0="), SignatureMalformed},
		{"pairs: separators alone", pairsScheme, set("X-Sig", ",,,,"), SignatureMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := mustNew(t, "hmac", tt.scheme)
			r := &Request{Method: "POST", Header: http.Header{}, Body: []byte(`{"a":1}`)}
			if err := v.Sign(r, "id", testNow); err != nil {
				t.Fatal(err)
			}
			if tt.change != nil {
				tt.change(r, r.Header.Get("X-Sig"))
			}
			if _, err := v.Verify(r, testNow); codeOf(err) != tt.want || (err == nil) != (tt.want == "") {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// looseBits changes the bits of the last base64 character that carry nothing.
func looseBits(s string) string {
	b := []byte(s)
	b[len(b)-2]++
	return string(b)
}

func TestEncodingsAndAlgorithms(t *testing.T) {
	for _, algorithm := range []string{"sha1", "sha256", "sha384", "sha512"} {
		for _, encoding := range []string{"hex", "base64", "base64url"} {
			v := mustNew(t, "hmac", Settings{Secrets: []string{"secret"}, Signature: &Signature{Header: []string{"X-Sig"}, Algorithm: algorithm, Encoding: encoding}})
			for body := range 32 { // so that all characters of the alphabets occur
				r := &Request{Body: []byte{byte(body)}}
				if err := v.Sign(r, "", testNow); err != nil {
					t.Fatal(err)
				}
				if _, err := v.Verify(r, testNow); err != nil {
					t.Errorf("%s %s: %v", algorithm, encoding, err)
				}
				if encoding == "base64url" {
					r.Header.Set("X-Sig", strings.TrimRight(r.Header.Get("X-Sig"), "="))
					if _, err := v.Verify(r, testNow); err != nil {
						t.Errorf("%s %s without padding: %v", algorithm, encoding, err)
					}
				}
			}
		}
	}
}

func TestSecretEncodings(t *testing.T) {
	same := map[string]string{"raw": "secret", "hex": "736563726574", "base64": "c2VjcmV0", "whsec": "whsec_c2VjcmV0", "whsec_or_raw": "whsec_c2VjcmV0"}
	var first string
	for encoding, secret := range same {
		v := mustNew(t, "hmac", Settings{Secrets: []string{secret}, Signature: &Signature{Header: []string{"X-Sig"}, SecretEncoding: encoding}})
		r := &Request{Body: []byte("body")}
		if err := v.Sign(r, "", testNow); err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = r.Header.Get("X-Sig")
		}
		if got := r.Header.Get("X-Sig"); got != first {
			t.Errorf("%s: another key", encoding)
		}
	}
	for _, text := range []string{"polar_whs_c2VjcmV0", "whsec_c2VjcmV", "whsec_c2Vjc-V0"} {
		key, err := decodeSecret(whsecOrRaw, text)
		if err != nil || string(key) != text {
			t.Errorf("%s: should be taken as it is: %q %v", text, key, err)
		}
	}
}

func TestTimestampUnits(t *testing.T) {
	for unit, text := range map[string]string{"": "1790000000", Unix: "1790000000", UnixMilli: "1790000000000", RFC3339: testNow.Format(time.RFC3339)} {
		s := Settings{Secrets: []string{"secret"}, Signature: &Signature{Header: []string{"X-Sig"}, Signed: "{timestamp}{body}"}, TimestampHeader: "X-Time", TimestampUnit: unit, Tolerance: time.Minute}
		v := mustNew(t, "hmac", s)
		r := &Request{Body: []byte("{}")}
		if err := v.Sign(r, "", testNow); err != nil {
			t.Fatal(err)
		}
		if got := r.Header.Get("X-Time"); got != text {
			t.Errorf("%s: %s, want %s", unit, got, text)
		}
		if got, err := v.Verify(r, testNow.Add(time.Minute)); err != nil || !got.SignedAt.Equal(testNow) {
			t.Errorf("%s: %+v, %v", unit, got, err)
		}
		if _, err := v.Verify(r, testNow.Add(time.Minute+1)); codeOf(err) != TimestampTooOld {
			t.Errorf("%s: too old: %v", unit, err)
		}
		r.Header.Set("X-Time", "now")
		if _, err := v.Verify(r, testNow); codeOf(err) != TimestampMalformed {
			t.Errorf("%s: malformed: %v", unit, err)
		}
	}
}

func TestTokens(t *testing.T) {
	header := Settings{Secrets: []string{"old", "new"}, Header: "x-token"}
	bearer := Settings{Secrets: []string{"old", "new"}, Bearer: true}
	query := Settings{Secrets: []string{"old", "new&="}, Query: "key"}
	basic := Settings{Secrets: []string{"u:old", "u:new"}}
	tests := []struct {
		name     string
		provider string
		settings Settings
		headers  http.Header
		uri      string
		want     Code
		secret   int
	}{
		{"header", "token", header, http.Header{"X-Token": {"old"}}, "/", "", 0},
		{"header, second secret", "token", header, http.Header{"X-Token": {"new"}}, "/", "", 1},
		{"header, wrong", "token", header, http.Header{"X-Token": {"ol"}}, "/", TokenMismatch, 0},
		{"header, absent", "token", header, http.Header{}, "/", SignatureMissing, 0},
		{"header, empty", "token", header, http.Header{"X-Token": {""}}, "/", SignatureMissing, 0},
		{"header, twice", "token", header, http.Header{"X-Token": {"old", "old"}}, "/", SignatureMalformed, 0},
		{"bearer", "token", bearer, http.Header{"Authorization": {"bearer  new"}}, "/", "", 1},
		{"bearer, no scheme", "token", bearer, http.Header{"Authorization": {"old"}}, "/", SignatureMalformed, 0},
		{"bearer, other scheme", "token", bearer, http.Header{"Authorization": {"Basic old"}}, "/", SignatureMalformed, 0},
		{"bearer, wrong", "token", bearer, http.Header{"Authorization": {"Bearer x"}}, "/", TokenMismatch, 0},
		{"query", "token", query, http.Header{}, "/in?a=1&key=old", "", 0},
		{"query, escaped", "token", query, http.Header{}, "/in?key=new%26%3D", "", 1},
		{"query, absent", "token", query, http.Header{}, "/in?a=1", SignatureMissing, 0},
		{"query, twice", "token", query, http.Header{}, "/in?key=old&key=old", SignatureMalformed, 0},
		{"query, wrong", "token", query, http.Header{}, "/in?key=x", TokenMismatch, 0},
		{"basic", "basic", basic, http.Header{"Authorization": {"Basic dTpuZXc="}}, "/", "", 1},
		{"basic, no base64", "basic", basic, http.Header{"Authorization": {"Basic u:new"}}, "/", SignatureMalformed, 0},
		{"basic, wrong", "basic", basic, http.Header{"Authorization": {"Basic dTp4"}}, "/", TokenMismatch, 0},
		{"basic, absent", "basic", basic, http.Header{}, "/", SignatureMissing, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := mustNew(t, tt.provider, tt.settings)
			got, err := v.Verify(&Request{URI: tt.uri, Header: tt.headers}, testNow)
			if codeOf(err) != tt.want || got.Secret != tt.secret {
				t.Errorf("%+v, %v, want %q and secret %d", got, err, tt.want, tt.secret)
			}
		})
	}

	v := mustNew(t, "token", Settings{Secrets: []string{"new&="}, Query: "key"})
	r := &Request{URI: "/in?a=1&key=stale&b"}
	if err := v.Sign(r, "", testNow); err != nil {
		t.Fatal(err)
	}
	if want := "/in?a=1&b&key=new%26%3D"; r.URI != want {
		t.Errorf("signed URI %s, want %s", r.URI, want)
	}
}

func TestURL(t *testing.T) {
	tests := []struct{ public, want string }{
		{"", "http://internal:8080/in?a=1"},
		{"https://hooks.example.com", "https://hooks.example.com/in?a=1"},
		{"https://hooks.example.com/", "https://hooks.example.com/in?a=1"},
		{"https://hooks.example.com/x/y", "https://hooks.example.com/x/y?a=1"},
	}
	for _, tt := range tests {
		r := &Request{Scheme: "http", Host: "internal:8080", URI: "/in?a=1", PublicURL: tt.public}
		if got := r.URL(); got != tt.want {
			t.Errorf("public_url %q: %s, want %s", tt.public, got, tt.want)
		}
	}

	s := Settings{Secrets: []string{"secret"}, Signature: &Signature{Header: []string{"X-Sig"}, Signed: "{url}{body}"}, PublicURL: "https://hooks.example.com"}
	r := &Request{Scheme: "https", Host: "hooks.example.com", URI: "/in", Body: []byte("{}")}
	if err := mustNew(t, "hmac", s).Sign(r, "", testNow); err != nil {
		t.Fatal(err)
	}
	r.Scheme, r.Host = "http", "10.0.0.1"
	if _, err := mustNew(t, "hmac", s).Verify(r, testNow); err != nil {
		t.Errorf("behind a proxy: %v", err)
	}
	if r.PublicURL != "" {
		t.Error("the request was changed")
	}
}

func TestSignedHeadersAndParametersAreGivenOnce(t *testing.T) {
	v := mustNew(t, "hmac", Settings{Secrets: []string{"secret"}, Signature: &Signature{Header: []string{"X-Sig"}, Signed: "{header.X-Kind}{query.k}{body}"}})
	r := &Request{URI: "/?k=1", Header: http.Header{"X-Kind": {"a"}}, Body: []byte("{}")}
	if err := v.Sign(r, "", testNow); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(r, testNow); err != nil {
		t.Fatal(err)
	}
	twice := *r
	twice.URI = "/?k=1&k=2"
	if _, err := v.Verify(&twice, testNow); codeOf(err) != SignatureMalformed {
		t.Errorf("parameter twice: %v", err)
	}
	r.Header.Add("X-Kind", "b")
	if _, err := v.Verify(r, testNow); codeOf(err) != SignatureMalformed {
		t.Errorf("header twice: %v", err)
	}
}

func TestSignRefusesWhatWouldNotVerify(t *testing.T) {
	v := mustNew(t, "hmac", listScheme)
	for _, id := range []string{"", "a.b", strings.Repeat("i", maxID+1)} {
		if err := v.Sign(&Request{}, id, testNow); err == nil {
			t.Errorf("signs the ID %.10q", id)
		}
	}
}

func TestNoErrorRepeatsTheRequestOrSecret(t *testing.T) {
	const canary = "canary-9f27"
	p, _ := Lookup("hmac")
	for _, encoding := range []string{"hex", "base64", "whsec"} {
		_, err := p.New(Settings{Secrets: []string{canary}, Signature: &Signature{Header: []string{"X-Sig"}, SecretEncoding: encoding}})
		if err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", encoding, err)
		}
	}
	for _, s := range []Settings{plainScheme, listScheme, pairsScheme} {
		v := mustNew(t, "hmac", s)
		for _, name := range []string{"X-Sig", "X-Time", "X-Id"} {
			r := &Request{Header: http.Header{}, Body: []byte(canary)}
			if err := v.Sign(r, "id", testNow); err != nil {
				t.Fatal(err)
			}
			r.Header.Set(name, canary+".")
			if _, err := v.Verify(r, testNow); err != nil && strings.Contains(err.Error(), canary) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestVerifyDoesNotChangeTheRequest(t *testing.T) {
	v := mustNew(t, "hmac", listScheme)
	r := &Request{Header: http.Header{}, Body: []byte("body")}
	if err := v.Sign(r, "id", testNow); err != nil {
		t.Fatal(err)
	}
	headers, body := r.Header.Clone(), bytes.Clone(r.Body)
	for range 100 { // also: pooled memory of one request must not reach the next
		if _, err := v.Verify(r, testNow); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Verify(&Request{Header: http.Header{"X-Sig": r.Header["X-Sig"]}, Body: body}, testNow); codeOf(err) != TimestampMissing {
			t.Fatalf("a request without timestamp: %v", err)
		}
	}
	if !bytes.Equal(r.Body, body) || len(headers) != len(r.Header) {
		t.Error("the request was changed")
	}
}

func TestVerifyAllocatesLittle(t *testing.T) {
	for _, s := range []Settings{plainScheme, listScheme, pairsScheme} {
		v := mustNew(t, "hmac", s)
		r := &Request{Header: http.Header{}, Body: make([]byte, 1<<10)}
		if err := v.Sign(r, "id", testNow); err != nil {
			t.Fatal(err)
		}
		// None usually; the race detector empties pools at random.
		if n := testing.AllocsPerRun(1000, func() { _, _ = v.Verify(r, testNow) }); n > 8 {
			t.Errorf("%s: %v allocations", s.Signature.Format, n)
		}
	}
}
