package caddymodule

import (
	"bytes"
	"strings"
	"testing"
)

// Whatever a file holds, it is refused without a word of it, or read as a request whose body is the
// file's end, byte for byte, and whose head has no line breaks.
func FuzzParseCapture(f *testing.F) {
	f.Add([]byte("POST /in?x=1 HTTP/1.1\nHost: a.example\nX-A: 1\n\n{}"))
	f.Add([]byte("X-A: 1\r\n\r\n\r\n"))
	f.Add([]byte("GET http://b.example/in\nX-A:\n\n"))
	f.Add([]byte("X-A: 1\n more\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := parseCapture(text)
		if err != nil {
			for line := range strings.Lines(string(text)) {
				if line = strings.TrimSpace(line); len(line) > 60 && strings.Contains(err.Error(), line) {
					t.Errorf("the error repeats %q", line)
				}
			}
			return
		}
		if !bytes.HasSuffix(text, r.Body) {
			t.Errorf("the body %q is not the end of %q", r.Body, text)
		}
		if r.Method == "" || r.URI == "" || r.Scheme != "http" && r.Scheme != "https" || len(r.Header["Host"]) != 0 {
			t.Errorf("read as %+v", r)
		}
		head := r.Method + r.URI + r.Host
		for name, values := range r.Header {
			head += name + strings.Join(values, "")
		}
		if strings.Contains(head, "\n") {
			t.Errorf("a line break in %q", head)
		}
	})
}
