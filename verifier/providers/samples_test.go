package providers

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/url"
	"path"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/verifier"
)

// eachSample runs the check over every sample of the catalogue.
func eachSample(t *testing.T, check func(t *testing.T, p *verifier.Provider, s verifier.Sample)) {
	t.Helper()
	for _, name := range verifier.Names() {
		p := lookup(t, name)
		for _, s := range p.Samples {
			t.Run(name+" "+s.Type, func(t *testing.T) { check(t, p, s) })
		}
	}
}

var unfilled = regexp.MustCompile(`\{(id|type|uuid|hex[0-9]*|number|time|date|clock|unix(_ms)?)\}`)

func TestSamplesHaveTheirForm(t *testing.T) {
	const most = 2 << 10 // small enough to be read
	eachSample(t, func(t *testing.T, p *verifier.Provider, s verifier.Sample) {
		e, other := p.Sample(s.Type, id, now), p.Sample(s.Type, id+"2", now)
		text := headerText(e) + string(e.Body)
		if e.Type != s.Type || unfilled.MatchString(text) || len(e.Body) > most {
			t.Errorf("type %q, %d bytes, or not filled in:\n%s", e.Type, len(e.Body), text)
		}
		if !isOfItsType(e) {
			t.Errorf("no %s:\n%s", e.Header.Get("Content-Type"), e.Body)
		}
		if reflect.DeepEqual(e, other) && len(p.Scheme.IDHeader) == 0 {
			t.Errorf("another ID makes no other event:\n%s", text)
		}
		if type2 := p.Sample(`new."type"`, id, now); type2.Type != `new."type"` || !isOfItsType(type2) {
			t.Errorf("a type without a sample:\n%s", type2.Body)
		}
	})
}

// isOfItsType reports whether the body is what its Content-Type says.
func isOfItsType(e verifier.SampleEvent) bool {
	media, _, _ := strings.Cut(e.Header.Get("Content-Type"), ";")
	switch {
	case strings.HasSuffix(media, "json"):
		return json.Valid(e.Body)
	case media == formType:
		form, err := url.ParseQuery(string(e.Body))
		payload := form.Get("payload")
		return err == nil && len(form) > 0 && (payload == "" || json.Valid([]byte(payload)))
	case strings.HasSuffix(media, "xml"):
		for d := xml.NewDecoder(strings.NewReader(string(e.Body))); ; {
			if _, err := d.Token(); err != nil {
				return errors.Is(err, io.EOF)
			}
		}
	default:
		return media != "" && len(e.Body) > 0
	}
}

var (
	mailAddress = regexp.MustCompile(`[\w.+-]+@([\w-]+\.)+[a-z]{2,}`)
	ipAddress   = regexp.MustCompile(`\b[0-9]{1,3}(\.[0-9]{1,3}){3}\b`)
	documented  = []string{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"} // RFC 5737
)

// Samples are sent to servers and kept there: they must not be about anybody.
func TestSamplesAreOfNobody(t *testing.T) {
	eachSample(t, func(t *testing.T, _ *verifier.Provider, s verifier.Sample) {
		text, err := url.QueryUnescape(s.Body)
		if err != nil {
			text = s.Body
		}
		for _, address := range mailAddress.FindAllString(text, -1) {
			if !strings.HasSuffix(address, "example.com") {
				t.Errorf("mail address %s", address)
			}
		}
		for _, address := range ipAddress.FindAllString(text, -1) {
			isFree := false
			for _, block := range documented {
				_, network, _ := net.ParseCIDR(block)
				isFree = isFree || network.Contains(net.ParseIP(address))
			}
			if !isFree {
				t.Errorf("IP address %s", address)
			}
		}
	})
}

// withoutKey are samples of what carries nothing by which it could be told apart but its body.
var withoutKey = map[string][]string{
	"slack":      {"block_actions", "view_submission", "/deploy", "url_verification"},
	"docextract": {"credits.low_balance", "credits.depleted", "webhook.test"},
}

func TestSamplesSignAndVerify(t *testing.T) {
	eachSample(t, func(t *testing.T, p *verifier.Provider, s verifier.Sample) {
		v := newVerifier(t, p.Name, settings(p.Name))
		e := p.Sample(s.Type, id, now)
		r := &verifier.Request{Method: p.Methods[0], Scheme: "https", Host: "hooks.example.com", URI: "/in", Header: e.Header, Body: e.Body}
		if err := v.Sign(r, id, now); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Verify(r, now); err != nil {
			t.Error(err)
		}
	})
}

func TestReadSamples(t *testing.T) {
	got, err := readSamples("A: 1\r\n\r\n### a/b\r\nB: {id}\r\n\r\n{\"x\":\r\n\t[1,\r\n\t2]}\r\n\r\n### c d\n\nq=1\n  &r=2\n")
	want := []verifier.Sample{
		{Type: "a/b", Header: map[string]string{"A": "1", "B": "{id}"}, Body: `{"x":[1,2]}`},
		{Type: "c d", Header: map[string]string{"A": "1"}, Body: "q=1&r=2"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	for name, text := range map[string]string{
		"no sample":     "A: 1\n",
		"no type":       "### \n\n{}",
		"no empty line": "### a\n{}",
		"no header":     "### a\nB\n\n{}",
	} {
		if _, err := readSamples(text); err == nil {
			t.Errorf("%s: read", name)
		}
	}
}

// A file that no provider reads would be forgotten.
func TestSampleFilesAreUsed(t *testing.T) {
	files, err := fs.Glob(sampleFiles, "samples/*")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".http")
		list := samples(name)
		if got := lookup(t, name).Samples; len(got) != len(list) || got[0].Type != list[0].Type {
			t.Errorf("%s: the provider has other samples", file)
		}
	}
}

func headerText(e verifier.SampleEvent) string {
	var b strings.Builder
	_ = e.Header.Write(&b)
	return b.String()
}
