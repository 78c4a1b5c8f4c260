package providers

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func TestDecodeHubSpotURL(t *testing.T) {
	for given, want := range map[string]string{
		"https://a.example/b?c=%3A%2F%3F%40%21%24%27%28%29%2A%2C%3B": "https://a.example/b?c=:/?@!$'()*,;",
		"https://a.example/b?c=%3a%2f":                               "https://a.example/b?c=:/",
		"https://a.example/b?c=%20%26%25%2B+%3D%23":                  "https://a.example/b?c=%20%26%25%2B+%3D%23",
		"https://a.example/b?c=%253A":                                "https://a.example/b?c=%253A",
	} {
		if got := decodeHubSpotURL(given); got != want {
			t.Errorf("%s: %s, want %s", given, got, want)
		}
	}
}

// HubSpot's documentation and its SDKs differ in what of the address is decoded.
func TestHubSpotV3Addresses(t *testing.T) {
	v := newVerifier(t, "hubspot_v3", settings("hubspot_v3"))
	keys := v.(*hubspotV3Verifier).keys
	for _, address := range []string{"https://hooks.example.com/in?u=https%3A%2F%2Fa&b=%20", "https://hooks.example.com/in?u=https://a&b=%20"} {
		stamp := verifier.FormatTimestamp(verifier.UnixMilli, now)
		mac := keys.sum("POST"+address, []byte("[]"), stamp)
		r := &verifier.Request{
			Method: "POST", Scheme: "https", Host: "hooks.example.com", URI: "/in?u=https%3A%2F%2Fa&b=%20", Body: []byte("[]"),
			Header: http.Header{http.CanonicalHeaderKey(hubspotV3Signature): {encodeBase64(mac)}, http.CanonicalHeaderKey(hubspotV3Timestamp): {stamp}},
		}
		if _, err := v.Verify(r, now); err != nil {
			t.Errorf("%s: %v", address, err)
		}
		if _, err := v.Verify(r, now.Add(5*time.Minute+time.Second)); codeOf(err) != verifier.TimestampTooOld {
			t.Errorf("an old one: %v", err)
		}
		if _, err := v.Verify(r, now.Add(-5*time.Minute-time.Second)); codeOf(err) != verifier.TimestampInFuture {
			t.Errorf("one of the future: %v", err)
		}
	}
	r := signed(t, "hubspot_v3", v)
	for stamp, want := range map[string]verifier.Code{"": verifier.TimestampMissing, "1790000000": verifier.SignatureMismatch, "1790000000.0": verifier.TimestampMalformed} {
		r.Header.Set(hubspotV3Timestamp, stamp)
		if _, err := v.Verify(r, now); codeOf(err) != want {
			t.Errorf("timestamp %q: %v", stamp, err)
		}
	}
	r.Header.Del(hubspotV3Signature)
	r.Header.Set("X-HubSpot-Signature", strings.Repeat("ab", 32))
	if _, err := v.Verify(r, now); codeOf(err) != verifier.SignatureMissing {
		t.Errorf("an older version alone: %v", err)
	}
}

func TestContentfulPath(t *testing.T) {
	for given, want := range map[string]string{
		"/":             "/",
		"/a b":          "/a%20b",
		"/a%20b":        "/a%2520b",
		"/in?v=1":       "/in?v%253D1",
		"/in?v=1&w=a b": "/in?v%253D1%2526w%253Da%2520b",
		"/in?(é)":       "/in?(%25C3%25A9)",
		"/in?a?b":       "/in?a%253Fb",
		"/in?":          "/in",
		"/é":            "/%C3%A9",
	} {
		var b strings.Builder
		writeContentfulPath(&b, given)
		if got := b.String(); got != want {
			t.Errorf("%s: %s, want %s", given, got, want)
		}
	}
}

func TestContentfulHeaders(t *testing.T) {
	v := newVerifier(t, "contentful", settings("contentful"))
	keys := v.(*contentfulVerifier).keys
	stamp := verifier.FormatTimestamp(verifier.UnixMilli, now)
	// request is one that is signed over the headers, whatever their list says.
	request := func(list string, headers ...string) *verifier.Request {
		r := &verifier.Request{Method: "POST", Scheme: "https", Host: "hooks.example.com", URI: "/in?v=1", Body: []byte("{}"), Header: http.Header{}}
		r.Header.Set(contentfulTimestamp, stamp)
		r.Header.Set(contentfulSigned, list)
		r.Header.Set("x-one", " 1 ")
		content := "POST\n/in?v%253D1\n" + strings.Join(headers, ";") + "\n{}"
		r.Header.Set(contentfulSignature, encodeHex(keys.sum(content, nil, "")))
		return r
	}
	const both = contentfulSigned + "," + contentfulTimestamp
	for name, tt := range map[string]struct {
		request *verifier.Request
		want    verifier.Code
	}{
		"the least":       {request(both, contentfulSigned+":"+both, contentfulTimestamp+":"+stamp), ""},
		"in any order":    {request("x-one,"+both, "x-contentful-signed-headers:x-one,"+both, contentfulTimestamp+":"+stamp, "x-one:1"), ""},
		"without time":    {request(contentfulSigned, contentfulSigned+":"+contentfulSigned), verifier.SignatureMalformed},
		"without itself":  {request(contentfulTimestamp, contentfulTimestamp+":"+stamp), verifier.SignatureMalformed},
		"an absent one":   {request(both+",x-two", contentfulSigned+":"+both+",x-two", contentfulTimestamp+":"+stamp), verifier.SignatureMalformed},
		"one twice":       {request(both+","+contentfulTimestamp, contentfulSigned+":"+both, contentfulTimestamp+":"+stamp), verifier.SignatureMalformed},
		"capitals":        {request(both+",X-One", contentfulSigned+":"+both+",X-One", contentfulTimestamp+":"+stamp, "X-One:1"), verifier.SignatureMalformed},
		"empty":           {request(both+",", contentfulSigned+":"+both+",", contentfulTimestamp+":"+stamp), verifier.SignatureMalformed},
		"very many":       {request(both + strings.Repeat(",x-one", 40)), verifier.SignatureMalformed},
		"another content": {request(both, "x"), verifier.SignatureMismatch},
	} {
		if _, err := v.Verify(tt.request, now); codeOf(err) != tt.want || err != nil && tt.want == "" {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	r := signed(t, "contentful", v)
	r.URI = "/in?v=1?evil"
	if _, err := v.Verify(r, now); codeOf(err) != verifier.SignatureMismatch {
		t.Errorf("a second question mark: %v", err)
	}
	r = signed(t, "contentful", v)
	r.Header.Add(contentfulTimestamp, stamp)
	if _, err := v.Verify(r, now); codeOf(err) != verifier.TimestampMalformed {
		t.Errorf("two times: %v", err)
	}
}

func TestHook0(t *testing.T) {
	v := newVerifier(t, "coinbase_cdp", settings("coinbase_cdp"))
	keys := v.(*hook0Verifier).keys
	const stamp = "1790000000"
	code := func(content string) string { return encodeHex(keys.sum(content, nil, "")) }
	v0 := code(stamp + ".{}")
	v1 := code(stamp + ".x-a x-b.1.2.{}")
	for name, tt := range map[string]struct {
		signature string
		want      verifier.Code
	}{
		"v0":                   {"t=" + stamp + ",v0=" + v0, ""},
		"v1":                   {"t=" + stamp + ",h=x-a x-b,v1=" + v1, ""},
		"capitals":             {"t=" + stamp + ",h=x-a x-b,v1=" + strings.ToUpper(v1), ""},
		"v1 wrong, v0 right":   {"t=" + stamp + ",h=x-a x-b,v1=" + v0 + ",v0=" + v0, verifier.SignatureMismatch},
		"v1 empty, v0 right":   {"t=" + stamp + ",h=x-a x-b,v1=,v0=" + v0, verifier.SignatureMalformed},
		"v1 right, v0 wrong":   {"t=" + stamp + ",h=x-a x-b,v0=" + v1 + ",v1=" + v1, ""},
		"a header not there":   {"t=" + stamp + ",h=x-a x-c,v1=" + v1, verifier.SignatureMalformed},
		"a header given twice": {"t=" + stamp + ",h=x-twice,v1=" + v1, verifier.SignatureMalformed},
		"no header named":      {"t=" + stamp + ",v1=" + v1, verifier.SignatureMalformed},
		"very many headers":    {"t=" + stamp + ",h=" + strings.Repeat("x-a ", 40) + "x-a,v1=" + v1, verifier.SignatureMalformed},
		"time twice":           {"t=" + stamp + ",t=1,v0=" + v0, verifier.SignatureMalformed},
		"no time":              {"v0=" + v0, verifier.TimestampMissing},
		"no number":            {"t=x,v0=" + v0, verifier.TimestampMalformed},
		"no signature":         {"t=" + stamp, verifier.SignatureMalformed},
		"no pairs":             {v0, verifier.SignatureMalformed},
		"nothing":              {"", verifier.SignatureMissing},
	} {
		r := &verifier.Request{Header: http.Header{"X-A": {"1"}, "X-B": {"2"}, "X-Twice": {"1", "2"}, hook0Header: {tt.signature}}, Body: []byte("{}")}
		if _, err := v.Verify(r, now); codeOf(err) != tt.want || err != nil && tt.want == "" {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}

	// The beginning of a body does not pass for the end of a header.
	body := `{"amount":1.5}`
	r := &verifier.Request{
		Header: http.Header{"X-A": {`1.{"amount":1`}, hook0Header: {"t=" + stamp + ",h=x-a,v1=" + code(stamp+".x-a.1."+body)}},
		Body:   []byte("5}"),
	}
	if _, err := v.Verify(r, now); codeOf(err) != verifier.SignatureMalformed {
		t.Errorf("a body cut in two: %v", err)
	}

	bare := &verifier.Request{Body: []byte("{}")}
	if err := v.Sign(bare, "", now); err != nil || !strings.Contains(bare.Header.Get(hook0Header), "v0=") {
		t.Errorf("a request without headers: %v, %v", bare.Header, err)
	}
	if _, err := v.Verify(bare, now); err != nil {
		t.Error(err)
	}
}
