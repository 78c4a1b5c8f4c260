package verifier

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// Answer is a complete answer to a request.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Handshake is a request that needs another answer than the ack and is no event.
type Handshake struct {
	// BeforeVerify says that the provider does not sign it. All others are answered only after
	// they verified.
	BeforeVerify bool

	// Answer is the answer to the request, or nil if the request is no handshake.
	Answer func(*Request) *Answer

	// Bind makes Answer where it depends on the settings; see [Provider.HandshakeFor].
	Bind func(Settings) func(*Request) *Answer

	// Summary is one sentence for people.
	Summary string
}

// Bounds on what is echoed and on the request that asks for it, in bytes.
const (
	maxEcho          = 1 << 10
	maxEchoedRequest = 8 << 10
)

// EchoField answers a JSON object whose field has the given value with the text of another of its
// fields. It is sent as plain text that no browser takes for anything else, since the sender
// chooses it.
func EchoField(field, value, echo string) func(*Request) *Answer {
	needle := []byte(value)
	return func(r *Request) *Answer {
		// Nearly all requests are events: look for the word before anything is decoded.
		if len(r.Body) > maxEchoedRequest || !bytes.Contains(r.Body, needle) {
			return nil
		}
		var object map[string]json.RawMessage
		if json.Unmarshal(r.Body, &object) != nil {
			return nil
		}
		var got, text string
		if json.Unmarshal(object[field], &got) != nil || got != value {
			return nil
		}
		if json.Unmarshal(object[echo], &text) != nil || text == "" || len(text) > maxEcho {
			return nil
		}
		return Text(http.StatusOK, text)
	}
}

// Text answers with plain text that no browser takes for anything else, since the sender may have
// chosen it.
func Text(status int, text string) *Answer {
	return &Answer{
		Status: status,
		Header: http.Header{
			"Content-Type":           {"text/plain; charset=utf-8"},
			"X-Content-Type-Options": {"nosniff"},
		},
		Body: []byte(text),
	}
}

// JSON answers 200 with an object of one or more fields, given as name, value, name, value.
func JSON(fields ...string) *Answer {
	var b bytes.Buffer
	for i, text := range fields {
		switch {
		case i == 0:
			b.WriteByte('{')
		case i%2 == 0:
			b.WriteByte(',')
		default:
			b.WriteByte(':')
		}
		b.WriteString(`"` + inJSON(text) + `"`)
	}
	b.WriteByte('}')
	return &Answer{
		Status: http.StatusOK,
		Header: http.Header{"Content-Type": {"application/json"}, "X-Content-Type-Options": {"nosniff"}},
		Body:   b.Bytes(),
	}
}
