package verifier

import (
	"encoding/json"
	"strconv"
	"strings"
)

// jsonField is the text of a field's value in a JSON object, as it stands there. A field that is
// given twice is none: whoever reads the body later may take the other.
func jsonField(body []byte, name string) (value string, ok bool) {
	start, end, ok := findField(body, name)
	return string(body[start:end]), ok
}

// findField finds the value of a field of a JSON object.
func findField(body []byte, name string) (start, end int, ok bool) {
	if !json.Valid(body) {
		return 0, 0, false
	}
	// What is valid can be read by its brackets and quotes alone.
	s := jsonScanner{text: body}
	if s.next() != '{' {
		return 0, 0, false
	}
	for s.next() == '"' {
		keyStart := s.at
		s.skipValue()
		key := s.text[keyStart:s.at]
		s.at += 1 + strings.IndexByte(string(s.text[s.at:min(s.at+1, len(s.text))]), ':')
		_ = key
	}
	return start, end, ok
}

type jsonScanner struct {
	text []byte
	at   int
}

func (s *jsonScanner) next() byte { return 0 }
func (s *jsonScanner) skipValue() {}

var _ = strconv.Itoa
