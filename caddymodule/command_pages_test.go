package caddymodule

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/verifier"
)

const pagesFolder = "../docs/providers"

// The pages of the providers tell what the catalogue knows. With -update they are written anew.
func TestProviderPages(t *testing.T) {
	pages := map[string]string{"README.md": indexPage()}
	for _, name := range verifier.Names() {
		p, _ := verifier.Lookup(name)
		pages[name+".md"] = providerPage(describe(p))
	}
	if *update {
		if err := os.MkdirAll(pagesFolder, 0o750); err != nil {
			t.Fatal(err)
		}
	}
	present, err := filepath.Glob(filepath.Join(pagesFolder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range present {
		if _, known := pages[filepath.Base(file)]; known {
			continue
		}
		if !*update {
			t.Errorf("%s is of no provider", file)
		} else if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range pages {
		file := filepath.Join(pagesFolder, name)
		if *update {
			if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
				t.Fatal(err)
			}
		} else if got, err := os.ReadFile(file); err != nil || string(got) != want {
			t.Errorf("%s is not what the catalogue knows (%v): run `go test ./caddymodule -run TestProviderPages -update`", file, err)
		}
	}
}

// providerPage is what `providers <name>` prints, as Markdown.
func providerPage(p *providerInfo) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("<!-- Made from verifier/providers by TestProviderPages in caddymodule: edit it there. -->\n")
	line("# %s\n", markdown(p.Title))
	line("```caddyfile\n%s```\n", p.Caddyfile)
	for i, step := range p.Setup {
		line("%d. %s", i+1, markdown(step))
	}
	line("\n## What is known\n")
	fields := func(fields []infoField) {
		for _, f := range fields {
			value := markdown(f.value)
			if expression := []string{"Event ID", "Type", "Dedupe", "Split"}; slices.Contains(expression, f.name) && f.value != "none" && f.value != placeInRequest {
				value = "`" + f.value + "`"
			}
			line("- **%s**: %s", f.name, value)
		}
	}
	fields(p.fields())
	if p.Batch != nil {
		line("\n## Batches\n\n%s\n", markdown(batchHelp))
		fields(p.Batch.fields())
	}
	if options := p.options(); len(options) > 0 {
		line("\n## Options\n")
		for _, o := range options {
			line("- `%s`: %s", o.name, markdown(o.value))
		}
	}
	if len(p.Notes) > 0 {
		line("\n## Good to know\n")
		for _, n := range p.Notes {
			line("- %s", markdown(n))
		}
	}
	if len(p.Facts) > 0 {
		line("\n## Where this is from\n")
		for _, f := range p.Facts {
			line("- **%s**: %s — *%s*", markdown(f.About), markdown(f.Text), markdown(f.ground()))
		}
	}
	if p.LogFilter != "" {
		line("\n## Access log\n\nThis option of the site keeps the secret out of its access log.\n")
		line("```caddyfile\n%s```", p.LogFilter)
	}
	return b.String()
}

// indexPage lists the pages.
func indexPage() string {
	generic := []string{"hmac", "token", "basic", "none"}
	var known, own strings.Builder
	n := 0
	for _, name := range verifier.Names() {
		p, _ := verifier.Lookup(name)
		info := describe(p)
		to, handshake, timestamp := &known, "", ""
		if slices.Contains(generic, name) {
			to = &own
		} else {
			n++
		}
		if info.Handshake != "" {
			handshake = "answered"
		}
		if info.SignedTimestamp {
			timestamp = "signed"
		}
		fmt.Fprintf(to, "| [%s](%s.md) | `%s` | %s | %s | %s | %s |\n", markdown(info.Title), name, name, info.Scheme, strings.Join(info.Configure, ", "), timestamp, handshake)
	}
	const head = "| sender | provider | scheme | configure | timestamp | handshake |\n| --- | --- | --- | --- | --- | --- |\n"
	return "<!-- Made from verifier/providers by TestProviderPages in caddymodule. -->\n\n# Providers\n\n" +
		fmt.Sprintf("The %d senders that Gatepost knows. `gatepost webhooks providers <name>` prints the same pages.\n\n", n) +
		head + known.String() + "\n## Any other sender\n\n" + head + own.String()
}

// wordBegin is an underscore that would begin emphasis; others do not.
var wordBegin = regexp.MustCompile(`(^|[^0-9A-Za-z])_`)

// markdown is text in which nothing is markup.
func markdown(text string) string {
	text = strings.NewReplacer(`\`, `\\`, "<", `\<`, "*", `\*`, "[", `\[`, "|", `\|`, "`", "\\`").Replace(text)
	return wordBegin.ReplaceAllString(text, `$1\_`)
}
