package providers

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/dedupe"
	"github.com/gatepost/gatepost/expression"
	"github.com/gatepost/gatepost/verifier"
)

// keyOf is the dedupe key of a request that has been verified.
func keyOf(t *testing.T, name string, r *verifier.Request) string {
	t.Helper()
	identity := must(dedupe.Compile(dedupe.Config(lookup(t, name).IdentityFor(settings(name)))))
	result := identity.Of(expression.NewScope(&expression.Request{
		Source: name, Provider: name, Method: r.Method, Path: "/in", Header: r.Header, Body: r.Body, ReceivedAt: now,
	}))
	return string(result.Key[:])
}

func TestReadProven(t *testing.T) {
	deep := strings.Repeat(`{"a":`, maxProvenDepth) + "1" + strings.Repeat("}", maxProvenDepth)
	for text, good := range map[string]bool{
		`{}`:                          true,
		`{"a":1,"A":2,"b":[{"a":1}]}`: true,
		` {"a":"<é\n"} `:              true,
		deep:                          true,
		`{"a":` + deep + `}`:          false,
		`{"a":1,"a":2}`:               false,
		`{"b":{"a":1,"\u0061":2}}`:    false,
		`{"a":1}{"a":2}`:              false,
		`{"a":1} x`:                   false,
		`{"a":01}`:                    false,
		`{"a":1,}`:                    false,
		`{"a"}`:                       false,
		`{a:1}`:                       false,
		"{\"a\":\"\xff\"}":            false,
		"\ufeff{}":                    false,
		`[]`:                          false,
		`"a"`:                         false,
		``:                            false,
		`{"a":[` + strings.Repeat("1,", maxProvenValues) + "1]}":   false,
		`{"a":"` + strings.Repeat("x", maxProvenBody) + `"}`:       false,
		`{"a":"` + strings.Repeat("x", maxProvenBody-11) + `"}   `: true,
	} {
		if _, err := readProven([]byte(text)); (err == nil) != good {
			t.Errorf("%.60s: %v", text, err)
		}
	}
	for text, good := range map[string]bool{
		`{"a":1,"b":{"A":2},"C":3}`: true, // in what is not looked at
		`{"a":1,"A":2}`:             false,
		`{"A":1}`:                   false,
		`{"a":[{"A":2}]}`:           false,
		`{"key":1,"\u212aey":2}`:    false, // the sign for Kelvin, which encoding/json takes for a K
	} {
		if _, err := readProven([]byte(text), "a", "key"); (err == nil) != good {
			t.Errorf("%s, of which a and key count: %v", text, err)
		}
	}
	o, err := readProven([]byte(`{"a":{"b":"c"},"n":1000.0,"l":[1]}`))
	if err != nil || textOf(o, "a", "b") != "c" || o["n"].(json.Number) != "1000.0" || textOf(o, "l", "b") != "" || textOf(o, "n") != "" {
		t.Errorf("%v, %v", o, err)
	}
}

func TestMailgun(t *testing.T) {
	v := newVerifier(t, "mailgun", settings("mailgun"))
	valid := signed(t, "mailgun", v)
	change := func(f func(signature object, body object)) *verifier.Request {
		r := clone(valid)
		body := must(readProven(r.Body))
		f(body["signature"].(object), body)
		r.Body = must(writeJSON(body))
		return r
	}
	for name, tt := range map[string]struct {
		request *verifier.Request
		want    verifier.Code
	}{
		"genuine":          {valid, ""},
		"another time":     {change(func(s, _ object) { s["timestamp"] = "1790000001" }), verifier.SignatureMismatch},
		"time as number":   {change(func(s, _ object) { s["timestamp"] = json.Number("1790000000") }), verifier.TimestampMissing},
		"another token":    {change(func(s, _ object) { s["token"] = "x" }), verifier.SignatureMismatch},
		"no token":         {change(func(s, _ object) { delete(s, "token") }), verifier.SignatureMissing},
		"no signature":     {change(func(_, b object) { delete(b, "signature") }), verifier.SignatureMissing},
		"half a signature": {change(func(s, _ object) { s["signature"] = textOf(s, "signature")[:32] }), verifier.SignatureMalformed},
		"a token above":    {change(func(_, b object) { b["token"] = "x" }), verifier.SignatureMalformed},
		"shifted digits": {change(func(s, _ object) {
			s["timestamp"], s["token"] = "179000000", "0"+textOf(s, "token")
		}), verifier.TimestampMalformed},
		"signature twice": {&verifier.Request{Body: []byte(strings.Replace(string(valid.Body), "{", `{"signature":{"token":"x"},`, 1))}, verifier.SignatureMalformed},
	} {
		if _, err := v.Verify(tt.request, now); codeOf(err) != tt.want || err != nil && tt.want == "" {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	if _, err := v.Verify(valid, now.Add(5*time.Minute+time.Second)); codeOf(err) != verifier.TimestampTooOld {
		t.Errorf("an old one: %v", err)
	}

	// Any event passes under a captured token, but not as another than the first.
	forged := change(func(_, b object) { b["event-data"] = object{"id": "other", "event": "opened"} })
	if _, err := v.Verify(forged, now); err != nil {
		t.Fatal(err)
	}
	if keyOf(t, "mailgun", forged) != keyOf(t, "mailgun", valid) {
		t.Error("a captured token can be used for another event")
	}
	if keyOf(t, "mailgun", signed(t, "mailgun", signedBy{v, func(r *verifier.Request, _ string, at time.Time) error { return v.Sign(r, "other", at) }})) == keyOf(t, "mailgun", valid) {
		t.Error("two tokens are one event")
	}
}

func TestMailgunForms(t *testing.T) {
	v := newVerifier(t, "mailgun", settings("mailgun"))
	signature := must(readProven(signed(t, "mailgun", v).Body))["signature"].(object)
	form := url.Values{"event": {"opened"}, "recipient": {"ada@example.com"}}
	for name := range signature {
		form.Set(name, textOf(signature, name))
	}
	request := func(body, contentType string) *verifier.Request {
		return &verifier.Request{Method: "POST", Header: http.Header{"Content-Type": {contentType}}, Body: []byte(body)}
	}
	valid := request(form.Encode(), formType+"; charset=utf-8")
	if _, err := v.Verify(valid, now); err != nil {
		t.Fatal(err)
	}
	more := request(form.Encode()+"&event=failed&x=1", formType)
	if _, err := v.Verify(more, now); err != nil || keyOf(t, "mailgun", more) != keyOf(t, "mailgun", valid) {
		t.Errorf("another form with its token: %v, or another key", err)
	}
	for name, r := range map[string]*verifier.Request{
		"hidden by payload":   request(form.Encode()+"&payload=%7B%22token%22%3A%22x%22%7D", formType),
		"two tokens":          request(form.Encode()+"&token=x", formType),
		"hidden by JSON":      request(`{"token":"x"}&`+form.Encode(), formType),
		"badly encoded":       request(form.Encode()+"&a=%zz", formType),
		"multipart":           request(form.Encode(), "multipart/form-data; boundary=x"),
		"without a type":      request(form.Encode(), ""),
		"very many fields":    request(form.Encode()+strings.Repeat("&", maxProvenValues), formType),
		"a mark before JSON":  request("\ufeff{}&"+form.Encode(), formType),
		"a space before JSON": request(" [&"+form.Encode(), formType),
		"many spaces":         request(strings.Repeat(" ", 100)+`{"token":"&`+form.Encode()+`&x="}`, formType),
	} {
		if _, err := v.Verify(r, now); err == nil {
			t.Errorf("%s passes", name)
		}
	}
}

func TestAdyen(t *testing.T) {
	v := newVerifier(t, "adyen", settings("adyen"))
	valid := signed(t, "adyen", v)
	change := func(f func(item, body object)) *verifier.Request {
		r := clone(valid)
		body := must(readProven(r.Body))
		f(must(adyenItems(body))[0], body)
		r.Body = must(writeJSON(body))
		return r
	}
	second := func(body object, item object) {
		body["notificationItems"] = append(body["notificationItems"].([]any), object{"NotificationRequestItem": item})
	}
	for name, tt := range map[string]struct {
		request *verifier.Request
		want    verifier.Code
	}{
		"genuine":        {valid, ""},
		"more unsigned":  {change(func(i, _ object) { i["reason"] = "x" }), ""},
		"null as absent": {change(func(i, _ object) { i["originalReference"] = nil }), ""},
		"another amount": {change(func(i, _ object) { i["amount"].(object)["value"] = json.Number("1001") }), verifier.SignatureMismatch},
		"amount as text": {change(func(i, _ object) { i["amount"].(object)["value"] = "1000" }), verifier.SignatureMalformed},
		"as a float":     {change(func(i, _ object) { i["amount"].(object)["value"] = json.Number("1000.0") }), verifier.SignatureMismatch},
		"as an exponent": {change(func(i, _ object) { i["amount"].(object)["value"] = json.Number("1e3") }), verifier.SignatureMismatch},
		"success a bool": {change(func(i, _ object) { i["success"] = true }), verifier.SignatureMalformed},
		"success false":  {change(func(i, _ object) { i["success"] = "false" }), verifier.SignatureMismatch},
		"a number":       {change(func(i, _ object) { i["pspReference"] = json.Number("1") }), verifier.SignatureMalformed},
		"unsigned":       {change(func(i, _ object) { delete(i, "additionalData") }), verifier.SignatureMissing},
		"not base64":     {change(func(i, _ object) { i["additionalData"].(object)["hmacSignature"] = "notValidSign" }), verifier.SignatureMalformed},
		"no items":       {change(func(_, b object) { b["notificationItems"] = []any{} }), verifier.SignatureMalformed},
		"a second, unsigned": {change(func(_, b object) {
			second(b, object{"pspReference": "x"})
		}), verifier.SignatureMissing},
		"a second, signed as the first": {change(func(i, b object) {
			second(b, object{"pspReference": "x", "additionalData": i["additionalData"]})
		}), verifier.SignatureMalformed},
		"a second, no item": {change(func(_, b object) {
			b["notificationItems"] = append(b["notificationItems"].([]any), object{})
		}), verifier.SignatureMalformed},
		"the same twice": {change(func(i, b object) { second(b, i) }), verifier.SignatureMalformed},
		"too many": {change(func(i, b object) {
			for range 100 {
				second(b, i)
			}
		}), verifier.SignatureMalformed},
	} {
		if _, err := v.Verify(tt.request, now); codeOf(err) != tt.want || err != nil && tt.want == "" {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	if a := change(func(i, _ object) { i["reason"] = "x" }); keyOf(t, "adyen", a) != keyOf(t, "adyen", valid) {
		t.Error("what is not signed makes another event of it")
	}
	both := change(func(i, b object) {
		second(b, object{"pspReference": "other", "amount": i["amount"], "eventCode": "REFUND", "success": "true"})
	})
	if err := v.Sign(both, "", now); err != nil || keyOf(t, "adyen", both) == keyOf(t, "adyen", valid) {
		t.Error("two items are the event that one is", err)
	}
	again := clone(both)
	again.Body = bytes.Replace(again.Body, []byte(`"success"`), []byte(`"unsigned":"x","success"`), 1)
	if _, err := v.Verify(again, now); err != nil || keyOf(t, "adyen", again) != keyOf(t, "adyen", both) {
		t.Error("what is not signed makes another event of two items", err)
	}
	for _, bad := range []string{"secret", "abc", "0x12"} {
		if _, err := lookup(t, "adyen").New(verifier.Settings{Secrets: []string{bad}}); err == nil {
			t.Errorf("the key %q is taken", bad)
		}
	}
}

// The key of the HMAC is the SHA-1 of the private one, as in the tests of Braintree's SDKs.
func TestBraintreeVectors(t *testing.T) {
	text, err := os.ReadFile("../testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []struct {
		vector
		Note string
	}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, v := range all {
		if v.Provider != "braintree" || v.Kind != "primitive" {
			continue
		}
		n++
		got := hex.EncodeToString(newBraintreeKey("public:" + v.Secret).sign(v.Body))
		if !strings.Contains(v.Note, got) {
			t.Errorf("%s: %s", v.ID, got)
		}
	}
	if n == 0 {
		t.Error("no vector")
	}
}

func TestBraintree(t *testing.T) {
	v := newVerifier(t, "braintree", settings("braintree"))
	valid := signed(t, "braintree", v)
	form := must(url.ParseQuery(string(valid.Body)))
	payload := form.Get("bt_payload")
	signature := form.Get("bt_signature")
	key := newBraintreeKey("public:private")
	signedWith := func(content string) string { return "public|" + hex.EncodeToString(key.sign(content)) }
	request := func(fields ...string) *verifier.Request {
		values := url.Values{}
		for i := 0; i < len(fields); i += 2 {
			values.Add(fields[i], fields[i+1])
		}
		return &verifier.Request{Method: "POST", Header: http.Header{"Content-Type": {formType}}, Body: []byte(values.Encode())}
	}
	challenge := strings.Repeat("a", maxBraintreeChallenge)
	for name, tt := range map[string]struct {
		request *verifier.Request
		want    verifier.Code
	}{
		"genuine":              {valid, ""},
		"among other pairs":    {request("bt_signature", "other|"+strings.Repeat("00", 20)+"&"+signature, "bt_payload", payload), ""},
		"with a line feed":     {request("bt_signature", signedWith(payload+"\n"), "bt_payload", payload), ""},
		"another field":        {request("bt_signature", signature, "bt_payload", payload, "x", "1"), ""},
		"of another key":       {request("bt_signature", strings.Replace(signature, "public", "other", 1), "bt_payload", payload), verifier.SignatureMismatch},
		"another payload":      {request("bt_signature", signature, "bt_payload", "A"+payload), verifier.SignatureMismatch},
		"half a signature":     {request("bt_signature", signature[:20], "bt_payload", payload), verifier.SignatureMalformed},
		"our key twice":        {request("bt_signature", "public|"+strings.Repeat("00", 20)+"&"+signature, "bt_payload", payload), verifier.SignatureMalformed},
		"two payloads":         {request("bt_signature", signature, "bt_payload", payload, "bt_payload", "x"), verifier.SignatureMissing},
		"no signature":         {request("bt_payload", payload), verifier.SignatureMissing},
		"no base64":            {request("bt_signature", signedWith("<xml>"+payload), "bt_payload", "<xml>"+payload), verifier.SignatureMalformed},
		"a signed challenge":   {request("bt_signature", signedWith(challenge), "bt_payload", challenge), verifier.SignatureMalformed},
		"and a line feed":      {request("bt_signature", signedWith(challenge), "bt_payload", challenge+"\n"), verifier.SignatureMalformed},
		"hidden by payload":    {request("bt_signature", signature, "bt_payload", payload, "payload", "{}"), verifier.SignatureMalformed},
		"a key that is no SHA": {request("bt_signature", "public|"+plainSHA1(payload), "bt_payload", payload), verifier.SignatureMismatch},
	} {
		if _, err := v.Verify(tt.request, now); codeOf(err) != tt.want || err != nil && tt.want == "" {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	bare := request("bt_signature", signature, "bt_payload", payload)
	cut := request("bt_signature", signedWith(strings.TrimSpace(payload)+"\n"), "bt_payload", strings.TrimSpace(payload))
	if keyOf(t, "braintree", bare) != keyOf(t, "braintree", cut) {
		t.Error("a line feed makes another event")
	}
	for _, bad := range []string{"private", "a:", ":b", "a|b:c", "a&b:c"} {
		if _, err := lookup(t, "braintree").New(verifier.Settings{Secrets: []string{bad}}); err == nil {
			t.Errorf("the secret %q is taken", bad)
		}
	}
}

// plainSHA1 is a signature with the private key itself.
func plainSHA1(payload string) string {
	mac := hmac.New(sha1.New, []byte("private"))
	mac.Write([]byte(payload))
	return hex.EncodeToString(mac.Sum(nil))
}

func TestBraintreeChallenge(t *testing.T) {
	answer := lookup(t, "braintree").HandshakeFor(settings("braintree")).Answer
	for challenge, want := range map[string]bool{
		strings.Repeat("0a", 10):        true,
		strings.Repeat("f", 32):         true,
		strings.Repeat("f", 33):         false,
		strings.Repeat("f", 19):         false,
		strings.Repeat("F", 20):         false,
		strings.Repeat("g", 20):         false,
		strings.Repeat("f", 20) + "%0a": false,
		"":                              false,
	} {
		r := &verifier.Request{Method: "GET", URI: "/in?bt_challenge=" + challenge}
		a := answer(r)
		if (a != nil) != want {
			t.Errorf("%q: %+v", challenge, a)
		}
		if a != nil && string(a.Body) != "public|"+hex.EncodeToString(newBraintreeKey("public:private").sign(challenge)) {
			t.Errorf("%q: %s", challenge, a.Body)
		}
	}
	twice := strings.Repeat("f", 20)
	if a := answer(&verifier.Request{Method: "GET", URI: "/in?bt_challenge=" + twice + "&bt_challenge=" + twice}); a != nil {
		t.Errorf("two challenges: %+v", a)
	}
	if a := answer(&verifier.Request{Method: "POST", URI: "/in?bt_challenge=" + twice}); a != nil {
		t.Errorf("POST: %+v", a)
	}
}

func TestMicrosoftGraph(t *testing.T) {
	s := verifier.Settings{Secrets: []string{"one", "two"}}
	v := newVerifier(t, "microsoft_graph", s)
	for body, want := range map[string]verifier.Code{
		`{"value":[{"clientState":"one"}]}`:                         "",
		`{"value":[{"clientState":"one"},{"clientState":"two"}]}`:   "",
		`{"value":[{"clientState":"one"},{"clientState":"three"}]}`: verifier.TokenMismatch,
		`{"value":[{"clientState":"three"},{"clientState":"one"}]}`: verifier.TokenMismatch,
		`{"value":[{"clientState":"one"},{}]}`:                      verifier.SignatureMissing,
		`{"value":[{"clientState":"one"},{"clientState":null}]}`:    verifier.SignatureMissing,
		`{"value":[{"clientState":"one"},1]}`:                       verifier.SignatureMissing,
		`{"value":[{"ClientState":"one"}]}`:                         verifier.SignatureMalformed,
		`{"value":[{"clientState":"one","ClientState":"x"}]}`:       verifier.SignatureMalformed,
		`{"value":[{"clientState":"x","clientState":"one"}]}`:       verifier.SignatureMalformed,
		`{"value":[]}`:                    verifier.SignatureMalformed,
		`{"value":{"clientState":"one"}}`: verifier.SignatureMalformed,
		`{"clientState":"one"}`:           verifier.SignatureMalformed,
		``:                                verifier.SignatureMalformed,
	} {
		if _, err := v.Verify(&verifier.Request{Body: []byte(body)}, now); codeOf(err) != want || err != nil && want == "" {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
}

func TestMicrosoftGraphValidation(t *testing.T) {
	answer := lookup(t, "microsoft_graph").Handshake.Answer
	for uri, want := range map[string]string{
		"/in?validationToken=Validation%3A+Testing%20client":         "Validation: Testing client",
		"/in?a=1&validationToken=%3Cscript%3E":                       "<script>",
		"/in?validationToken=" + strings.Repeat("x", maxChallenge):   strings.Repeat("x", maxChallenge),
		"/in?validationToken=" + strings.Repeat("x", maxChallenge+1): "",
		"/in?validationToken=":                                       "",
		"/in?validationToken=a&validationToken=b":                    "",
		"/in": "",
	} {
		a := answer(&verifier.Request{Method: "POST", URI: uri})
		if want == "" && a != nil || want != "" && (a == nil || string(a.Body) != want) {
			t.Errorf("%.60s: %+v", uri, a)
		}
		if a != nil && (a.Header.Get("Content-Type") != "text/plain; charset=utf-8" || a.Header.Get("X-Content-Type-Options") != "nosniff") {
			t.Errorf("%.60s: %v", uri, a.Header)
		}
	}
}

func TestMondayChallenge(t *testing.T) {
	answer := lookup(t, "monday").Handshake.Answer
	for body, want := range map[string]string{
		`{"challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}`: `{"challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}`,
		`{"challenge":"a\"<b>"}`:       `{"challenge":"a\"\u003cb\u003e"}`,
		`{"challenge":"x","event":{}}`: "",
		`{"Challenge":"x"}`:            "",
		`{"challenge":1}`:              "",
		`{"challenge":""}`:             "",
		`["challenge"]`:                "",
		`{"challenge":"` + strings.Repeat("x", maxChallenge+1) + `"}`: "",
	} {
		a := answer(&verifier.Request{Method: "POST", Body: []byte(body)})
		if want == "" && a != nil || want != "" && (a == nil || string(a.Body) != want) {
			t.Errorf("%.60s: %+v", body, a)
		}
		if a != nil && a.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%.60s: %v", body, a.Header)
		}
	}
}

func TestDiscordPings(t *testing.T) {
	p := lookup(t, "discord")
	if p.Handshake.BeforeVerify {
		t.Error("Discord wants 401 for a ping that is signed wrongly")
	}
	for body, want := range map[string]struct {
		status int
		body   string
	}{
		`{"type":1}`:             {200, `{"type":1}`},
		`{"version":1,"type":0}`: {204, ""},
		`{"version":1,"type":1,"event":{"type":1}}`: {},
		`{"type":2,"data":{}}`:                      {},
		`{"id":"1"}`:                                {},
		`{"type":"1"}`:                              {},
		``:                                          {},
	} {
		a := p.Handshake.Answer(&verifier.Request{Method: "POST", Body: []byte(body)})
		if want.status == 0 && a != nil || want.status != 0 && (a == nil || a.Status != want.status || string(a.Body) != want.body || a.Header.Get("Content-Type") == "") {
			t.Errorf("%s: %+v", body, a)
		}
	}
}

func TestHeadIsAnswered(t *testing.T) {
	for _, name := range []string{"trello", "intercom"} {
		p := lookup(t, name)
		if a := p.Handshake.Answer(&verifier.Request{Method: "HEAD"}); a == nil || a.Status != 200 || !slices.Contains(p.Methods, "HEAD") {
			t.Errorf("%s: %+v", name, a)
		}
		if a := p.Handshake.Answer(&verifier.Request{Method: "POST"}); a != nil {
			t.Errorf("%s: an event is answered %+v", name, a)
		}
	}
}

// What a form is to the verifier it is to expressions: one that proves its request and is read as
// something else would prove nothing of what a dedupe expression sees.
func TestProvenFormsAreFormsToExpressions(t *testing.T) {
	program := must(expression.Compile("body"))
	forms := 0
	for _, before := range []string{"", " ", "\t\r\n", "\v", "\u00a0", "\ufeff", " \ufeff", "\ufeff ", "\ufeff\ufeff"} {
		for _, text := range []string{"a=1&b=2&b=3", "{=1", "[=1", `{"a":"1"}`, `["a"]`, `"a"`, "1", "null", "payload={}", "a=%zz"} {
			r := &verifier.Request{Method: "POST", Header: http.Header{"Content-Type": {formType}}, Body: []byte(before + text)}
			form, err := readProvenForm(r)
			if err != nil {
				continue
			}
			forms++
			want := map[string]any{}
			for name, values := range form {
				want[name] = values[0]
				if len(values) > 1 {
					want[name] = []any{values[0], values[1]}
				}
			}
			got, err := program.Value(expression.NewScope(&expression.Request{Header: r.Header, Body: r.Body}))
			if err != nil || !reflect.DeepEqual(got, any(want)) {
				t.Errorf("%q: expressions see %v, %v, want %v", r.Body, got, err, want)
			}
		}
	}
	if forms < 10 {
		t.Errorf("only %d are forms", forms)
	}
}
