package verifier

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Bytes of a genuine request that move between the body and a field beside it leave the signed content
// as it is. Of all the requests that have it one passes, and that is the genuine one wherever its body is
// JSON or set apart.
func TestBytesDoNotMoveBetweenBodyAndFields(t *testing.T) {
	now := time.Unix(1_790_000_000, 0).UTC()
	const (
		object = `{"id":"evt_1","url":"https://api.example.com/v1.2/x","n":1.5,"list":[{"a":1},[2]]}`
		list   = `[{"id":"evt_1"},{"id":"evt_2"}]`
		form   = "a=1.790000000&b=2&c=10"
	)
	header := func(name, value string) func(*Request) { return func(r *Request) { r.Header.Set(name, value) } }
	tests := []struct {
		signed, unit string
		body         string
		change       func(*Request)
		refused      bool // the genuine one: nothing tells where its body begins or ends
	}{
		{signed: "{url}{body}", body: object},
		{signed: "{url}{body}", body: list},
		{signed: "{url}{body}", body: ""},
		{signed: "{url}{body}", body: form, refused: true},
		{signed: "{url}{body}", body: form, change: func(r *Request) { r.PublicURL, r.URI = "https://hooks.example.com/in/", "/other" }},
		{signed: "{method}{uri}{body}{timestamp}", unit: UnixMilli, body: object},
		{signed: "{path}{body}", body: object, change: func(r *Request) { r.URI = "/in" }},
		{signed: "{path}.{body}", body: object, change: func(r *Request) { r.URI = "/in.php" }},
		{signed: "{path}.{body}", body: form, change: func(r *Request) { r.URI = "/in.php" }, refused: true},
		{signed: "{path}\n{body}", body: form, change: func(r *Request) { r.URI = "/in.php" }},
		{signed: "{query.v}{body}", body: object},
		{signed: "{body}{url}", body: object},
		{signed: "{body}{url}", body: object + "\n"},
		{signed: "{body}{url}", body: form, refused: true},
		{signed: "{header.X-A}{header.X-B}{body}", body: object, change: header("X-A", "a.b")},
		{signed: "{header.X-A}.{body}", body: object, change: header("X-A", "2026-01-01T00:00:00.123Z")},
		{signed: "{header.X-A}.{body}", body: form, change: header("X-A", "1790000000")},
		{signed: "{header.X-A}.{body}", body: form, change: header("X-A", "1.5"), refused: true},
		{signed: "{header.X-A}.{body}", body: object, change: header("X-A", `{"kind":"a"}`)},
		{signed: "{header.X-A}--{body}", body: "-form=1", change: header("X-A", "a")},
		{signed: "{header.X-A}.{timestamp}.{body}", body: form + "&d=.1790000000.x", change: header("X-A", "a")},
		{signed: "{body}.{header.X-A}", body: object, change: header("X-A", "a.b")},
		{signed: "{body}.{header.X-A}", body: form, change: header("X-A", "a")},
		{signed: "{body}{header.X-A}", body: object, change: header("X-A", "a")},
		{signed: "{body}{id}", body: object},
		{signed: "{body}{id}", body: form, refused: true},
		{signed: "{id}{body}", body: object},
		{signed: "{id}{timestamp}{body}", body: object},
		{signed: "{id}|{timestamp}|{body}", body: form + "|{"},
		{signed: "{id}{timestamp}{body}", unit: RFC3339, body: object},
		{signed: "{id}{timestamp}{body}", unit: RFC3339, body: form},
		{signed: "{timestamp}{body}", body: form},
		{signed: "{timestamp}{body}", unit: UnixAny, body: object},
		{signed: "{body}{timestamp}", body: form},
		{signed: "{body}{timestamp}", unit: UnixMilli, body: form},
		{signed: "{body}{timestamp}", unit: HTTPDate, body: form},
		{signed: "{body}{timestamp}{secret}", body: form},
	}
	for _, tt := range tests {
		name := tt.signed + " " + tt.body
		p, _ := Lookup("hmac")
		s := Settings{Secrets: []string{"a secret"}, Signature: &Signature{Header: []string{"X-Sig"}, Signed: tt.signed}}
		if strings.Contains(tt.signed, "{timestamp}") {
			s.TimestampHeader, s.TimestampUnit = "X-Time", tt.unit
		}
		if strings.Contains(tt.signed, "{id}") {
			s.IDHeader = "X-Id"
		}
		v, err := p.New(s)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		r := &Request{Method: "POST", Scheme: "https", Host: "hooks.example.com", URI: "/in?v=1", Header: http.Header{}, Body: []byte(tt.body)}
		if tt.change != nil {
			tt.change(r)
		}
		if err := v.Sign(r, "evt.0", now); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := v.Verify(r, now); (err != nil) != tt.refused {
			t.Errorf("%s: the genuine one: %v, refused should be %v", name, err, tt.refused)
		}
		passes := map[bool]int{true: 1, false: 0}[tt.refused]
		template, _ := parseTemplate(tt.signed)
		content := string(template.content(messageOf(v, r)))
		for _, moved := range rearranged(r) {
			if string(template.content(messageOf(v, moved))) != content {
				continue
			}
			if _, err := v.Verify(moved, now); err != nil {
				continue
			}
			if passes--; passes < 0 {
				t.Errorf("%s: passes as %s %q %q", name, moved.URI, moved.Header, moved.Body)
				break
			}
		}
	}
}

func messageOf(v Verifier, r *Request) *message {
	s := v.(*signatureVerifier)
	return &message{request: r, timestamp: first(r.Header[s.timestampHeader]), id: first(r.Header[s.idHeader])}
}

// rearranged are requests with bytes of the body moved to the end or the beginning of a header or of the
// address, or the other way round.
func rearranged(r *Request) (all []*Request) {
	add := func(change func(*Request)) {
		moved := *r
		moved.Header = r.Header.Clone()
		change(&moved)
		all = append(all, &moved)
	}
	places := []func(r *Request) (get string, set func(string)){
		func(r *Request) (string, func(string)) { return r.URI, func(text string) { r.URI = text } },
	}
	if host, uri, ok := strings.Cut(r.URL(), "://"); ok { // an address that begins within the body
		all = append(all, addressFrom(r, host, uri)...)
	}
	for _, name := range []string{"X-A", "X-B", "X-Id", "X-Time"} {
		places = append(places, func(r *Request) (string, func(string)) {
			return r.Header.Get(name), func(text string) { r.Header[name] = []string{text} }
		})
	}
	for _, place := range places {
		text, _ := place(r)
		for k := 1; k <= len(r.Body); k++ {
			head, tail := r.Body[:k], r.Body[len(r.Body)-k:]
			for _, between := range []string{"", ".", "--"} {
				add(func(r *Request) {
					_, set := place(r)
					set(text + between + string(head))
					r.Body = bytes.TrimPrefix(r.Body[k:], []byte(between))
				})
				add(func(r *Request) {
					_, set := place(r)
					set(string(tail) + between + text)
					r.Body = bytes.TrimSuffix(r.Body[:len(r.Body)-k], []byte(between))
				})
			}
		}
		for k := 1; k <= len(text); k++ {
			for _, between := range []string{"", ".", "--"} {
				add(func(r *Request) {
					_, set := place(r)
					set(strings.TrimSuffix(text[:len(text)-k], between))
					r.Body = append([]byte(text[len(text)-k:]+between), r.Body...)
				})
				add(func(r *Request) {
					_, set := place(r)
					set(strings.TrimPrefix(text[k:], between))
					r.Body = append(bytes.Clone(r.Body), between+text[:k]...)
				})
			}
		}
	}
	// Between the ID and the time.
	id, stamp := r.Header.Get("X-Id"), r.Header.Get("X-Time")
	for k := 1; k < len(id); k++ {
		add(func(r *Request) { r.Header.Set("X-Id", id[:k]); r.Header.Set("X-Time", id[k:]+stamp) })
	}
	for k := 1; k < len(stamp); k++ {
		add(func(r *Request) { r.Header.Set("X-Id", id+stamp[:k]); r.Header.Set("X-Time", stamp[k:]) })
	}
	return all
}

// addressFrom are the requests whose address begins where the body has one.
func addressFrom(r *Request, scheme, rest string) (all []*Request) {
	for i := range r.Body {
		address, ok := bytes.CutPrefix(r.Body[i:], []byte(scheme+"://"))
		if !ok {
			continue
		}
		host, path, _ := strings.Cut(string(address), "/")
		moved := *r
		moved.Header = r.Header.Clone()
		moved.Host, moved.URI, moved.Body = host, "/"+path+scheme+"://"+rest, r.Body[:i]
		all = append(all, &moved)
	}
	return all
}
