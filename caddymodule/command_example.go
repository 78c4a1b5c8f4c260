package caddymodule

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gatepost/gatepost/verifier"
)

// exampleSettings are the provider's own, with a secret from the environment.
func exampleSettings(p *verifier.Provider) verifier.Settings {
	s := p.Example
	if needsSecret(p, s) {
		name := "_SECRET"
		if secretKind(p) == publicKey {
			name = "_PUBLIC_KEY"
		}
		s.Secrets = []string{"{env." + strings.ToUpper(p.Name) + name + "}"}
	}
	return s
}

// exampleCaddyfile is a source with the settings.
func exampleCaddyfile(p *verifier.Provider, s verifier.Settings) string {
	var b strings.Builder
	line := func(depth int, words ...string) {
		b.WriteString(strings.Repeat("\t", depth) + strings.Join(words, " ") + "\n")
	}
	line(0, "webhooks", "/"+p.Name, p.Name, "{")
	for _, secret := range s.Secrets {
		if p.Scheme.Kind == verifier.Basic {
			secret += " # user:password"
		}
		line(1, "secret", secret)
	}
	lines := settingLines(s)
	inBlock := func(l settingLine) bool { return strings.HasPrefix(l.name, signatureBlock) }
	if slices.ContainsFunc(lines, inBlock) {
		line(1, "# look at a request to see what belongs here")
		line(1, "signature {")
		for _, l := range lines {
			if inBlock(l) {
				line(2, l.String())
			}
		}
		line(1, "}")
	}
	for _, l := range lines {
		if !inBlock(l) {
			line(1, l.String()+alternatives(p, l.name))
		}
	}
	line(1, "route app http://localhost:3000/hooks")
	line(0, "}")
	return b.String()
}

// alternatives is a comment on what could stand instead of a token's place.
func alternatives(p *verifier.Provider, option string) string {
	places := []string{"header", "bearer", "query", "field"}
	if p.Scheme.Kind != verifier.Token || !slices.Contains(places, option) {
		return ""
	}
	var others []string
	for _, name := range places {
		if name != option && slices.Contains(p.Open, name) {
			others = append(others, strings.TrimSpace(name+" "+optionHelp[helpOf(name)].words))
		}
	}
	if len(others) == 0 {
		return ""
	}
	return " # or: " + strings.Join(others, ", or: ")
}

// logFilter is the Caddyfile's option of a site whose access log would print the secret itself.
func logFilter(p *verifier.Provider, s verifier.Settings) string {
	var fields strings.Builder
	for _, name := range p.SecretHeaders(s) {
		fmt.Fprintf(&fields, "\t\trequest>headers>%s delete\n", http.CanonicalHeaderKey(name))
	}
	for _, name := range p.SecretQuery(s) {
		fmt.Fprintf(&fields, "\t\trequest>uri query {\n\t\t\tdelete %s\n\t\t}\n", name)
	}
	if fields.Len() == 0 {
		return ""
	}
	return "log {\n\tformat filter {\n" + fields.String() + "\t}\n}\n"
}
