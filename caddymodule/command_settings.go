package caddymodule

import (
	"fmt"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"

	"github.com/gatepost/gatepost/verifier"
)

// settingLine is a setting as the Caddyfile has it. Those in the block of a signature are named
// signature.<part>.
type settingLine struct {
	name  string
	words []string
}

// signatureBlock begins the names of the lines in it.
const signatureBlock = "signature."

// settingLines are the lines that give the settings, secrets excepted.
func settingLines(settings verifier.Settings) []settingLine {
	var lines []settingLine
	add := func(name string, words ...string) {
		for len(words) > 0 && words[len(words)-1] == "" {
			words = words[:len(words)-1]
		}
		if len(words) > 0 {
			lines = append(lines, settingLine{name, words})
		}
	}
	if g := settings.Signature; g != nil {
		add(signatureBlock+"header", g.Header...)
		add(signatureBlock+"format", g.Format, g.Separator, g.SignatureKey, g.TimestampKey)
		add(signatureBlock+"prefix", g.Prefix)
		add(signatureBlock+"algorithm", g.Algorithm)
		add(signatureBlock+"encoding", g.Encoding)
		add(signatureBlock+"signed", g.Signed)
		add(signatureBlock+"secret_encoding", g.SecretEncoding)
		add(signatureBlock+"key_header", g.KeyHeader)
	}
	add("public_url", settings.PublicURL)
	for _, o := range settings.Options() {
		switch v := o.Value.(type) {
		case *string:
			add(o.Name, *v)
		case *[]string:
			add(o.Name, *v...)
		case *bool:
			if *v {
				lines = append(lines, settingLine{name: o.Name})
			}
		}
	}
	return lines
}

// String is the line as it is written.
func (l settingLine) String() string {
	name := strings.TrimPrefix(l.name, signatureBlock)
	return strings.Join(append([]string{name}, l.quoted()...), " ")
}

func (l settingLine) quoted() []string {
	var words []string
	for _, w := range l.words {
		if strings.ContainsAny(w, " \t\n\"`#") || w == "{" || w == "}" {
			w = `"` + strings.ReplaceAll(w, `"`, `\"`) + `"`
		}
		words = append(words, w)
	}
	return words
}

// flag is the line as an argument of `send`, before a shell's quotes.
func (l settingLine) flag() string {
	if len(l.words) == 0 {
		return l.name
	}
	return l.name + "=" + strings.Join(l.quoted(), " ")
}

// setOption takes an option of the Caddyfile as `--set` has it: <name>, or <name>=<words>. Errors
// do not repeat what is behind the name.
func (s *Source) setOption(text string) error {
	name, words, _ := strings.Cut(text, "=")
	option, inSignature := strings.CutPrefix(name, signatureBlock)
	if !inSignature && !isSetting(name) {
		return usageError("--set: unknown option %q: write name=value, with the name as in the Caddyfile; signature.encoding is encoding in its block signature", name)
	}
	tokens, err := caddyfile.Tokenize([]byte(option+" "+words), "--set")
	if err != nil {
		return usageError("--set %s: the words cannot be read: write %s", name, usageOf(name))
	}
	d := caddyfile.NewDispenser(tokens)
	d.Next()
	if inSignature {
		if s.Signature == nil {
			s.Signature = new(verifier.Signature)
		}
		if err := signatureOptions(s.Signature).parseOption(d); err != nil {
			return usageError("%w", err)
		}
	} else {
		err = s.block(httpcaddyfile.Helper{Dispenser: d}).parseOption(d)
	}
	if err != nil || d.Next() {
		return usageError("--set %s: wrong words: write %s", name, usageOf(name))
	}
	return nil
}

// isSetting reports whether the option says how requests are verified and signed.
func isSetting(name string) bool {
	_, known := optionOf(name)
	return name == "public_url" || name != "signature" && name != "enrol" && known
}

// optionOf is what is known of an option that not every provider takes.
func optionOf(name string) (o verifier.Option, known bool) {
	for _, o := range new(verifier.Settings).Options() {
		if o.Name == name {
			return o, true
		}
	}
	return o, false
}

// usageOf is how an option is given to --set.
func usageOf(name string) string {
	o, known := optionOf(name)
	switch {
	case !known:
		return fmt.Sprintf("--set '%s=<what the Caddyfile has there>'", name)
	case o.Words == "":
		return "--set " + name
	default:
		return fmt.Sprintf("--set '%s=%s'", name, o.Words)
	}
}
