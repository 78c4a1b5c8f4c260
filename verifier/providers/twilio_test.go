package providers

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/verifier"
)

// The cases of Twilio's own validators.
func TestTwilioCases(t *testing.T) {
	const (
		form    = "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212"
		query   = "mycompany.com/myapp.php?foo=1&bar=2"
		address = "https://" + query
		body    = `{"property": "value", "boolean": true}`
		hash    = "&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
		ofEmpty = "&bodySHA256=44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
		json    = "application/json"
	)
	for name, tt := range map[string]struct {
		address, contentType, body, signature string
		want                                  verifier.Code
	}{
		"form":                    {address, formType, form, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", ""},
		"user alone":              {"https://user@" + query, formType, form, "2YRLlVAflCqxaNicjMpJcSTgzSs=", ""},
		"credentials":             {"https://user:pass@" + query, formType, form, "CukzLTc1tT5dXEDIHm/tKBanW10=", ""},
		"credentials and port":    {"https://user:pass@" + query, formType, form, "ZQFR1PTIZXF2MXB8ZnKCvnnA+rI=", ""},
		"credentials left out":    {"https://user:pass@" + query, formType, form, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", ""},
		"special characters":      {address + "&Body=It's+amazing", formType, form, "dsq4Ehbj6cs+KdTkpF5sSSplOWw=", ""},
		"several values":          {address, formType, "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234", "IK+Dwps556ElfBT0I3Rgjkr1wJU=", ""},
		"hash of a body":          {address + hash, json, body, "a9nBmqA0ju/hNViExpshrM61xv4=", ""},
		"hash of an empty object": {address + ofEmpty, json, "{}", "Ldidvp12m26NI7eqEvxnEpkd9Hc=", ""},

		"body without hash":        {address, json, body, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=", verifier.SignatureMissing},
		"another body":             {address + hash, json, body + " ", "a9nBmqA0ju/hNViExpshrM61xv4=", verifier.SignatureMismatch},
		"no body":                  {address + hash, json, "", "a9nBmqA0ju/hNViExpshrM61xv4=", verifier.SignatureMismatch},
		"an empty form instead":    {address + hash, formType, "", "a9nBmqA0ju/hNViExpshrM61xv4=", verifier.SignatureMismatch},
		"a form without fields":    {address + hash, formType, "&&", "a9nBmqA0ju/hNViExpshrM61xv4=", verifier.SignatureMismatch},
		"hash of other length":     {(address + hash)[:len(address+hash)-1], json, body, "a9nBmqA0ju/hNViExpshrM61xv4=", verifier.SignatureMismatch},
		"two hashes":               {address + hash + hash, json, body, "a9nBmqA0ju/hNViExpshrM61xv4=", verifier.SignatureMissing},
		"one more parameter":       {address + "&more=1", formType, form, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", verifier.SignatureMismatch},
		"another order of query":   {"https://mycompany.com/myapp.php?bar=2&foo=1", formType, form, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", verifier.SignatureMismatch},
		"untrimmed value":          {address, formType, form + "+", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", verifier.SignatureMismatch},
		"a form that is none":      {address, formType, form + "&%zz", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", verifier.SignatureMalformed},
		"a signature that is none": {address, formType, form, "WRONG_SIGNATURE", verifier.SignatureMalformed},
		"loose bits":               {address, formType, form, "RSOYDt4T1cUTdK1PDd93/VVr8B9=", verifier.SignatureMalformed},
		"no signature":             {address, formType, form, "", verifier.SignatureMissing},
	} {
		r := vector{Method: "POST", URL: tt.address, Body: tt.body, Headers: map[string]string{"Content-Type": tt.contentType, twilioHeader: tt.signature}}.request(t)
		v := newVerifier(t, "twilio", verifier.Settings{Secrets: []string{"12345"}})
		if _, err := v.Verify(r, now); codeOf(err) != tt.want || err != nil && tt.want == "" {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

// Requests that carry everything in their address are different events if that differs.
func TestTwilioSignsWhatIsNoForm(t *testing.T) {
	v := newVerifier(t, "twilio", settings("twilio"))
	r := &verifier.Request{Method: "POST", Scheme: "https", Host: "hooks.example.com", URI: "/in?v=1", Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte("{}")}
	for range 2 {
		if err := v.Sign(r, id, now); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Verify(r, now); err != nil || strings.Count(r.URI, twilioBodyHash) != 1 {
			t.Errorf("%s: %v", r.URI, err)
		}
	}
	get := &verifier.Request{Method: "GET", Scheme: "https", Host: "hooks.example.com", URI: "/in?MessageSid=SM1", Header: http.Header{}}
	if err := v.Sign(get, id, now); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(get, now); err != nil {
		t.Error(err)
	}
	get.URI = "/in?MessageSid=SM2"
	if _, err := v.Verify(get, now); codeOf(err) != verifier.SignatureMismatch {
		t.Errorf("another address: %v", err)
	}
}

func TestTwilioAtItsPublicURL(t *testing.T) {
	s := settings("twilio")
	s.PublicURL = "https://public.example.com/twilio"
	v := newVerifier(t, "twilio", s)
	r := &verifier.Request{Method: "POST", Scheme: "https", Host: "public.example.com", URI: "/twilio?v=1", Header: http.Header{"Content-Type": {formType}}, Body: []byte("a=1")}
	if err := newVerifier(t, "twilio", settings("twilio")).Sign(r, id, now); err != nil {
		t.Fatal(err)
	}
	r.Scheme, r.Host, r.URI = "http", "10.0.0.1:8080", "/in?v=1"
	if _, err := v.Verify(r, now); err != nil {
		t.Error(err)
	}
}
