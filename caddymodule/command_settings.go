package caddymodule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"

	"github.com/gatepost/gatepost/verifier"
)

// optionHelp is what the options are that not every provider takes, in the order in which people
// are shown them.
var optionHelp = []struct{ name, words, text string }{
	{"signature", "{ … }", "where the signature is and what it signs"},
	{"timestamp_header", "<name> [<unit>]", "header of the signed timestamp"},
	{"timestamp_field", "<name>", "field of the JSON body with the timestamp"},
	{"timestamp_unit", "<unit>", "unix, unix_ms, unix_any, rfc3339 or http_date"},
	{"id_header", "<name>", "header of the event ID"},
	{"header", "<name>", "header of the token"},
	{"bearer", "", "the token is sent as Authorization: Bearer"},
	{"query", "<name>", "query parameter of the token"},
	{"field", "<name>", "field of the JSON body with the token"},
	{"algorithm", "<name>", "the one algorithm that is accepted"},
	{"components", "<component>...", "what a signature must cover"},
	{"verify_token", "<token>", "what a handshake must bring"},
	{"topics", "<topic>...", "topics that may be subscribed to"},
	{"topic_arn", "<arn>...", "topics whose messages are accepted"},
	{"allow_sha1", "", "accept signatures over SHA-1"},
	{"allowed_origins", "<host>...", "senders whose requests for consent are answered"},
	{"webhook_id", "<id>", "the ID that the provider gave the webhook"},
	{"key_set", "<url>", "address of the provider's public keys"},
	{"sandbox", "", "fetch keys from the provider's test environment"},
	{"enrol", "<file> <time>", "take the secret from the provider, once, until the time; keep it in the file"},
	{"insecure", "", "accept every request unverified"},
}

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
	s := &Source{Settings: settings}
	add("timestamp_header", settings.TimestampHeader)
	texts, lists, flags := s.texts(), s.lists(), s.flags()
	add("public_url", settings.PublicURL)
	for _, o := range optionHelp {
		if text := texts[o.name]; text != nil {
			add(o.name, *text)
		}
		if list := lists[o.name]; list != nil {
			add(o.name, *list...)
		}
		if flag := flags[o.name]; flag != nil && *flag {
			lines = append(lines, settingLine{name: o.name})
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
	if !inSignature && !s.isSetting(name) {
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
		if err := parseSignatureOption(d, s.Signature); err != nil {
			return usageError("%w", err)
		}
	} else {
		err = s.parseOption(httpcaddyfile.Helper{Dispenser: d})
	}
	if err != nil || d.Next() {
		return usageError("--set %s: wrong words: write %s", name, usageOf(name))
	}
	return nil
}

// isSetting reports whether the option says how requests are verified and signed.
func (s *Source) isSetting(name string) bool {
	return name == "public_url" || name != "signature" && name != "enrol" && helpOf(name) >= 0
}

func helpOf(name string) int {
	return slices.IndexFunc(optionHelp, func(o struct{ name, words, text string }) bool { return o.name == name })
}

// usageOf is how an option is given to --set.
func usageOf(name string) string {
	i := helpOf(name)
	switch {
	case i < 0:
		return fmt.Sprintf("--set '%s=<what the Caddyfile has there>'", name)
	case optionHelp[i].words == "":
		return "--set " + name
	default:
		return fmt.Sprintf("--set '%s=%s'", name, optionHelp[i].words)
	}
}
