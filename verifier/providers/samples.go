package providers

import (
	"embed"
	"fmt"
	"strings"

	"github.com/gatepost/gatepost/verifier"
)

//go:embed samples/*.http
var sampleFiles embed.FS

// samples are those in the file of the provider, for which its Go file would be too long. They are
// written by hand, in the shapes that the provider documents: small, but with the fields by which
// events are told apart and routed.
//
// Each begins with a line "### <type>", is followed by headers and an empty line, as a request is,
// and then by the body, which may be broken into lines and indented: when it is read, it is one line.
// The headers before the first sample are those of all. Placeholders are verifier.Sample's.
func samples(provider string) []verifier.Sample {
	name := "samples/" + provider + ".http"
	text, err := sampleFiles.ReadFile(name)
	if err != nil {
		panic("providers: " + err.Error())
	}
	list, err := readSamples(string(text))
	if err != nil {
		panic("providers: " + name + ": " + err.Error())
	}
	return list
}

func readSamples(text string) (list []verifier.Sample, err error) {
	const begin = "\n### "
	text = "\n" + strings.ReplaceAll(text, "\r\n", "\n") // a checkout may have other line ends
	common, rest, _ := strings.Cut(text, begin)
	for part := range strings.SplitSeq(rest, begin) {
		head, body, ok := strings.Cut(part, "\n\n")
		eventType, own, _ := strings.Cut(head, "\n")
		if !ok || eventType == "" {
			return nil, fmt.Errorf("sample %q: write ### <type>, headers, an empty line and the body", eventType)
		}
		s := verifier.Sample{Type: eventType, Header: map[string]string{}}
		for line := range strings.Lines(common + "\n" + own) {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			field, value, ok := strings.Cut(line, ": ")
			if !ok {
				return nil, fmt.Errorf("sample %q: %q is no header", eventType, line)
			}
			s.Header[field] = value
		}
		var b strings.Builder
		for line := range strings.Lines(body) {
			b.WriteString(strings.TrimSpace(line))
		}
		s.Body = b.String()
		list = append(list, s)
	}
	return list, nil
}

// endingIn puts the text behind the bodies, where a provider's bodies end in one.
func endingIn(end string, list []verifier.Sample) []verifier.Sample {
	for i := range list {
		list[i].Body += end
	}
	return list
}
