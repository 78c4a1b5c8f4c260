package caddymodule

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/gatepost/gatepost/verifier"
)

var (
	captureLine   = regexp.MustCompile(`^([A-Z]+) (\S+)(?: HTTP/[0-9.]+)?$`)
	captureHeader = regexp.MustCompile("^([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)$")
)

// parseCapture reads a request as it is written in a file. Errors name a line and repeat none of
// it, for a header may be a secret.
func parseCapture(text []byte) (*verifier.Request, error) {
	r := &verifier.Request{Method: http.MethodPost, Scheme: "https", URI: "/", Header: http.Header{}}
	for number := 1; ; number++ {
		raw, rest, ok := bytes.Cut(text, []byte("\n"))
		if !ok {
			return nil, errors.New("no empty line ends the headers: write header lines, an empty line and the body")
		}
		text = rest
		line := strings.TrimSuffix(string(raw), "\r")
		if line == "" {
			break
		}
		if m := captureHeader.FindStringSubmatch(line); m != nil {
			r.Header.Add(m[1], strings.Trim(m[2], " \t"))
			continue
		}
		m := captureLine.FindStringSubmatch(line)
		if number > 1 || m == nil {
			return nil, fmt.Errorf("line %d is not a header: write 'Name: value', and an empty line before the body", number)
		}
		if err := setTarget(r, m[1], m[2]); err != nil {
			return nil, err
		}
	}
	if len(r.Header) == 0 {
		return nil, errors.New("it has no headers: write header lines, an empty line and the body")
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
		r.Header.Del("Host")
	}
	r.Body = text
	return r, nil
}

// setTarget takes the request line, whose target may be a whole URL.
func setTarget(r *verifier.Request, method, target string) error {
	r.Method, r.URI = method, target
	if strings.HasPrefix(target, "/") {
		return nil
	}
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return errors.New("line 1 is not a request line: write one such as 'POST /path HTTP/1.1', or none")
	}
	r.Scheme, r.Host, r.URI = u.Scheme, u.Host, u.RequestURI()
	return nil
}
