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
		s.Secrets = []string{"{env." + secretVariable(p) + "}"}
	}
	return s
}

// secretVariable is the variable of the environment that the example takes the secret from.
func secretVariable(p *verifier.Provider) string {
	if secretKind(p) == publicKey {
		return strings.ToUpper(p.Name) + "_PUBLIC_KEY"
	}
	return strings.ToUpper(p.Name) + "_SECRET"
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

// setupSteps are what the user does with the example.
func setupSteps(p *verifier.Provider, s verifier.Settings) []string {
	steps := []string{}
	if len(s.Secrets) > 0 {
		what := "the secret that you share with the sender"
		switch kind := secretKind(p); {
		case kind == publicKey:
			what = "the sender's public key"
		case kind == credentials:
			what = "the credentials of the sender's API"
		case p.Scheme.Kind == verifier.Token:
			what = "the token that the sender sends"
		case p.Scheme.Kind == verifier.Basic:
			what = "user:password, as the sender sends them,"
		}
		steps = append(steps, "Put "+what+" into the environment as "+secretVariable(p)+", or write where it is: {file./run/secrets/"+p.Name+"}.")
	}
	if p.Gap != "" {
		steps = append(steps, "Replace what the example only supposes: "+p.Gap+".")
	}
	if p.Handshake != nil {
		steps = append(steps, "Start Gatepost with this before you give the sender the address. "+p.Handshake.Summary)
	}
	address := "Give the sender the address, such as https://hooks.example.com/" + p.Name + "."
	if p.Covers(s).Address() {
		address += " The proof covers it: if requests reach Gatepost under another, set public_url to the one that you gave."
	}
	steps = append(steps, address)
	for _, f := range p.Facts {
		if f.About == "setup" {
			steps = append(steps, "At "+p.Title+": "+f.Text+".")
		}
	}
	return steps
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
			o, _ := optionOf(name)
			others = append(others, strings.TrimSpace(name+" "+o.Words))
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
