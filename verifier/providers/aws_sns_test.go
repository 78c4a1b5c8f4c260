package providers

import (
	"crypto"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

// message is a signed message of the type.
func snsMessage(t *testing.T, messageType string, change func(object)) *verifier.Request {
	t.Helper()
	body := object{
		"Type": messageType, "MessageId": id, "TopicArn": testTopic, "Message": "Hello", "Timestamp": now.Format(time.RFC3339),
	}
	if messageType != snsNotification {
		body["Token"] = "2336412f37"
		body["SubscribeURL"] = snsConfirmURL(testTopic)
	}
	if change != nil {
		change(body)
	}
	r := &verifier.Request{Method: "POST", Header: http.Header{"Content-Type": {"text/plain; charset=UTF-8"}}}
	if err := signSNSMessage(r, body, "2", crypto.SHA256); err != nil {
		t.Fatal(err)
	}
	return r
}

func snsConfirmURL(topic string) string {
	return "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=" + url.QueryEscape(topic) + "&Token=2336412f37"
}

func TestSNSTakesItsTopicsAlone(t *testing.T) {
	s := settings("aws_sns")
	v := newVerifier(t, "aws_sns", s)
	for name, tt := range map[string]struct {
		change func(object)
		want   verifier.Code
	}{
		"plain":                 {nil, ""},
		"with subject":          {func(o object) { o["Subject"] = "A subject" }, ""},
		"subject null":          {func(o object) { o["Subject"] = nil }, ""},
		"lines in the message":  {func(o object) { o["Message"] = "a\nb\n" }, ""},
		"JSON in the message":   {func(o object) { o["Message"] = `{"a":"<b>é"}` }, ""},
		"lines in another":      {func(o object) { o["Subject"] = "a\nTimestamp" }, verifier.SignatureMalformed},
		"another topic":         {func(o object) { o["TopicArn"] = testTopic + "2" }, verifier.TokenMismatch},
		"published a while ago": {func(o object) { o["Timestamp"] = now.Add(-2 * time.Hour).Format(time.RFC3339) }, ""},
		"too old":               {func(o object) { o["Timestamp"] = now.Add(-25 * time.Hour).Format(time.RFC3339) }, verifier.TimestampTooOld},
		"without time":          {func(o object) { o["Timestamp"] = "yesterday" }, verifier.TimestampMalformed},
	} {
		r := &verifier.Request{}
		if tt.want == verifier.SignatureMalformed {
			r.Body = []byte(`{"Type":"Notification","MessageId":"1","TopicArn":"` + testTopic + `","Message":"a","Subject":"a\nTimestamp","Timestamp":"` + now.Format(time.RFC3339) + `","SignatureVersion":"2","Signature":"AAAA","SigningCertURL":"` + testSNSCert + `"}`)
		} else {
			r = snsMessage(t, snsNotification, tt.change)
		}
		if _, err := v.Verify(r, now); codeOf(err) != tt.want || err != nil && tt.want == "" {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

func TestSNSVersions(t *testing.T) {
	sha1 := settings("aws_sns")
	sha1.AllowSHA1 = true
	strict, lax := newVerifier(t, "aws_sns", settings("aws_sns")), newVerifier(t, "aws_sns", sha1)
	for _, tt := range []struct {
		version     string
		hash        crypto.Hash
		strict, lax verifier.Code
	}{
		{"1", crypto.SHA1, verifier.SignatureMalformed, ""},
		{"2", crypto.SHA256, "", ""},
		{"2", crypto.SHA1, verifier.SignatureMismatch, verifier.SignatureMismatch},
		{"1", crypto.SHA256, verifier.SignatureMalformed, verifier.SignatureMismatch},
		{"3", crypto.SHA256, verifier.SignatureMalformed, verifier.SignatureMalformed},
		{"", crypto.SHA256, verifier.SignatureMalformed, verifier.SignatureMalformed},
	} {
		r := snsMessage(t, snsNotification, nil)
		body, _ := readProven(r.Body)
		if err := signSNSMessage(r, body, tt.version, tt.hash); err != nil {
			t.Fatal(err)
		}
		_, err := strict.Verify(r, now)
		_, laxErr := lax.Verify(r, now)
		if codeOf(err) != tt.strict || codeOf(laxErr) != tt.lax {
			t.Errorf("version %q with %v: %v and %v", tt.version, tt.hash, err, laxErr)
		}
	}
}

// No flip of a byte of the body changes what is covered and passes.
func TestSNSMutations(t *testing.T) {
	v := newVerifier(t, "aws_sns", settings("aws_sns"))
	covered := func(body []byte) []byte {
		o, err := readProven(body)
		if err != nil {
			return nil
		}
		content, _ := snsContent(o)
		return content
	}
	r := snsMessage(t, snsSubscribe, func(o object) { o["UnsubscribeURL"] = "https://example.com" })
	want := covered(r.Body)
	for i := range r.Body {
		for _, bit := range []byte{1, 2, 0x20, 0x80} {
			c := clone(r)
			c.Body[i] ^= bit
			if _, err := v.Verify(c, now); err == nil && !slices.Equal(covered(c.Body), want) {
				t.Errorf("byte %d: %q passes", i, c.Body)
			}
		}
	}
}

func TestSNSFetchesFromAmazonAlone(t *testing.T) {
	theWeb.forget()
	v := newVerifier(t, "aws_sns", settings("aws_sns"))
	for _, address := range []string{
		"http://sns.eu-central-1.amazonaws.com/a.pem",
		"https://sns.eu-central-1.amazonaws.com.evil.example/a.pem",
		"https://evil.example/sns.eu-central-1.amazonaws.com/a.pem",
		"https://sns.eu-central-1.amazonaws.com:8443/a.pem",
		"https://user@sns.eu-central-1.amazonaws.com/a.pem",
		"https://evil.example#@sns.eu-central-1.amazonaws.com/a.pem",
		"https://sns.eu-central-1.amazonaws.com/../a.pem",
		"https://sns.eu-central-1.amazonaws.com/a.pem?x=1",
		"https://sns.eu-central-1.amazonaws.com/a.pem\n",
		"https://s3.eu-central-1.amazonaws.com/a.pem",
		"https://sns.s3-us-west-2.amazonaws.com/a.pem", // buckets called sns
		"https://sns.s3-accelerate.amazonaws.com/a.pem",
		"https://sns.s3.us-east-1.amazonaws.com/a.pem",
		"https://sns.execute-api.us-east-1.amazonaws.com/a.pem",
		"https://sns.eu-central-1.amazonaws.com/a.txt",
		"",
	} {
		r := snsMessage(t, snsNotification, nil)
		body, _ := readProven(r.Body)
		body["SigningCertURL"] = address
		r.Body, _ = writeJSON(body)
		if _, err := v.Verify(r, now); codeOf(err) != verifier.SignatureMalformed {
			t.Errorf("%q: %v", address, err)
		}
		if theWeb.count(address) != 0 {
			t.Errorf("%q is fetched", address)
		}
	}

	// A certificate that is not there is our own trouble, and asked for once in a while only.
	const gone = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-gone.pem"
	r := snsMessage(t, snsNotification, nil)
	body, _ := readProven(r.Body)
	body["SigningCertURL"] = gone
	r.Body, _ = writeJSON(body)
	for range 3 {
		if _, err := v.Verify(r, now); err == nil || errors.As(err, new(*verifier.Error)) {
			t.Errorf("a certificate that cannot be had: %v", err)
		}
	}
	if n := theWeb.count(gone); n != 1 {
		t.Errorf("asked for %d times", n)
	}
}

func TestSNSConfirmation(t *testing.T) {
	theWeb.forget()
	s := settings("aws_sns")
	answer := lookup(t, "aws_sns").HandshakeFor(s).Answer
	address := snsConfirmURL(testTopic)
	theWeb.serve(address, []byte("<ConfirmSubscriptionResponse/>"))
	if a := answer(snsMessage(t, snsSubscribe, nil)); a == nil || a.Status != http.StatusOK || theWeb.count(address) != 1 {
		t.Errorf("%+v, %d calls", a, theWeb.count(address))
	}
	if a := answer(snsMessage(t, snsUnsubscribe, nil)); a == nil || a.Status != http.StatusOK || theWeb.count(address) != 1 {
		t.Errorf("an UnsubscribeConfirmation: %+v, %d calls", a, theWeb.count(address))
	}
	if a := answer(snsMessage(t, snsNotification, func(o object) { o["Message"] = snsSubscribe })); a != nil {
		t.Errorf("a notification: %+v", a)
	}

	other := testTopic + "-other"
	for name, change := range map[string]func(object){
		"another topic":         func(o object) { o["TopicArn"], o["SubscribeURL"] = other, snsConfirmURL(other) },
		"the address of one":    func(o object) { o["SubscribeURL"] = snsConfirmURL(other) },
		"another host":          func(o object) { o["SubscribeURL"] = strings.Replace(address, "amazonaws", "evil", 1) },
		"not https":             func(o object) { o["SubscribeURL"] = strings.Replace(address, "https", "http", 1) },
		"another action":        func(o object) { o["SubscribeURL"] = strings.Replace(address, "Confirm", "Delete", 1) },
		"credentials":           func(o object) { o["SubscribeURL"] = strings.Replace(address, "//", "//a@", 1) },
		"without its topic":     func(o object) { o["SubscribeURL"] = strings.Replace(address, "TopicArn", "Topic", 1) },
		"a very long address":   func(o object) { o["SubscribeURL"] = address + strings.Repeat("x", 4<<10) },
		"no address":            func(o object) { o["SubscribeURL"] = "" },
		"an address and a line": func(o object) { o["SubscribeURL"] = address + "%0a" + " " },
	} {
		r := snsMessage(t, snsSubscribe, change)
		a := answer(r)
		body, _ := readProven(r.Body)
		if a == nil || a.Status != http.StatusForbidden || theWeb.count(textOf(body, "SubscribeURL")) != 0 && name != "another topic" {
			t.Errorf("%s: %+v", name, a)
		}
	}

	theWeb.documents[address] = func([]byte) (int, []byte) { return 500, nil }
	if a := answer(snsMessage(t, snsSubscribe, nil)); a == nil || a.Status != http.StatusServiceUnavailable {
		t.Errorf("SNS is down: %+v", a)
	}
}

func TestSNSSettings(t *testing.T) {
	p := lookup(t, "aws_sns")
	for name, s := range map[string]verifier.Settings{
		"no topic":  {},
		"a name":    {TopicARNs: []string{"orders"}},
		"a queue":   {TopicARNs: []string{"arn:aws:sqs:eu-central-1:123456789012:orders"}},
		"a pattern": {TopicARNs: []string{"arn:aws:sns:eu-central-1:123456789012:*"}},
		"a secret":  {TopicARNs: []string{testTopic}, Secrets: []string{"x"}},
	} {
		if _, err := p.New(s); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	for _, topic := range []string{testTopic, "arn:aws-cn:sns:cn-north-1:123456789012:a.fifo", "arn:aws-us-gov:sns:us-gov-west-1:123456789012:A_b-1"} {
		if _, err := p.New(verifier.Settings{TopicARNs: []string{topic}}); err != nil {
			t.Errorf("%s: %v", topic, err)
		}
	}
}
