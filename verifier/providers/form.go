package providers

import (
	"bytes"
	"net/url"
	"strings"

	"github.com/gatepost/gatepost/verifier"
)

const formType = "application/x-www-form-urlencoded"

var errProvenForm = verifier.Refuse(verifier.SignatureMalformed, "the body is not the form of this provider's requests, or could be read in two ways")

// isForm reports whether the request says that its body is a form.
func isForm(r *verifier.Request) bool {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(media), formType)
}

// readProvenForm decodes a form of which some fields prove the request. It refuses a field called
// payload, whose content expressions take for the whole body, so that it could hide those fields.
func readProvenForm(r *verifier.Request) (url.Values, error) {
	if len(r.Body) > maxProvenBody || !isForm(r) || !readsAsForm(r.Body) || strings.Count(string(r.Body), "&") >= maxProvenValues {
		return nil, errProvenForm
	}
	form, err := url.ParseQuery(string(r.Body))
	if err != nil || form.Has("payload") {
		return nil, errProvenForm
	}
	return form, nil
}

// readsAsForm reports whether expressions read the body as a form: they go by what it looks like, not by
// its content type. They also leave away a byte order mark, which would be a part of the first name.
func readsAsForm(body []byte) bool {
	begin := bytes.TrimLeft(body, " ")
	if len(begin) == 0 || strings.IndexByte(`{["<`, begin[0]) >= 0 || bytes.IndexByte(begin, '=') < 0 {
		return false
	}
	for _, c := range begin {
		if c < ' ' {
			return false
		}
	}
	return !bytes.HasPrefix(body, []byte("\ufeff"))
}

// opensJSON reports whether the body begins as an object or a list does.
func opensJSON(body []byte) bool {
	text := bytes.TrimLeft(body, " \t\r\n")
	return len(text) > 0 && (text[0] == '{' || text[0] == '[')
}

// onlyField is the value of a field that is given once, else "".
func onlyField(form url.Values, name string) string {
	if len(form[name]) != 1 {
		return ""
	}
	return form[name][0]
}
