package caddymodule

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile" // also the caddyfile adapter
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	"github.com/gatepost/gatepost/verifier"
)

var update = flag.Bool("update", false, "rewrite what tests compare with: testdata/adapt and docs/providers")

const divider = "----------\n"

// Each file in testdata/adapt is a Caddyfile, a divider, and what adapting it gives: JSON, or the
// text of the error.
func TestAdapt(t *testing.T) {
	files, err := filepath.Glob("testdata/adapt/*.caddyfiletest")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".caddyfiletest"), func(t *testing.T) {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			input, want, ok := strings.Cut(string(content), divider)
			if !ok && !*update {
				t.Fatalf("no line of ten dashes in %s", file)
			}
			got := adapt(t, input)
			if *update {
				if err := os.WriteFile(file, []byte(input+divider+got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func adapt(t *testing.T, input string) string {
	t.Helper()
	result, warnings, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(input), map[string]any{"filename": "Caddyfile"})
	if err != nil {
		return err.Error() + "\n"
	}
	for _, w := range warnings {
		t.Errorf("warning at %s:%d: %s", w.File, w.Line, w.Message)
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, result, "", "\t"); err != nil {
		t.Fatal(err)
	}
	return pretty.String() + "\n"
}

// The example in the root adapts without a warning.
func TestExampleAdapts(t *testing.T) {
	example, err := os.ReadFile("../Caddyfile.example")
	if err != nil {
		t.Fatal(err)
	}
	if got := adapt(t, string(example)); !strings.HasPrefix(got, "{") {
		t.Error(got)
	}
}

// What the guides and the pages of the providers show can be copied: each block adapts, in a site if it
// is none. The overview of a source's options is the one that shows a syntax.
func TestDocumentedCaddyfiles(t *testing.T) {
	blocks, count := regexp.MustCompile("(?s)```caddyfile\n(.*?)```"), 0
	for _, pattern := range []string{"../*.md", "../docs/*.md", "../docs/providers/*.md"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range blocks.FindAllStringSubmatch(string(content), -1) {
				block := m[1]
				if strings.HasPrefix(block, "webhooks [<matcher>]") {
					continue
				}
				count++
				if strings.HasPrefix(block, "webhooks ") || strings.HasPrefix(block, "log ") {
					block = "example.com {\n" + block + "}\n"
				}
				if _, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(block), map[string]any{"filename": "Caddyfile"}); err != nil {
					t.Errorf("%s: %v:\n%s", file, err, m[1])
				}
			}
		}
	}
	if count < 190 {
		t.Errorf("only %d blocks were found", count)
	}
}

// The guide to the configuration has each option, and shows none that does not exist.
func TestConfigurationGuideHasAllOptions(t *testing.T) {
	content, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	guide := string(content)
	_, overview, _ := strings.Cut(guide, "\nwebhooks [<matcher>] <provider> [<name>] {\n")
	overview, _, _ = strings.Cut(overview, "\n}\n")
	settings := new(verifier.Settings).Options()
	var known []string
	for _, b := range []block{
		new(Source).block(httpcaddyfile.Helper{}), new(Quarantine).block(), new(Route).block(httpcaddyfile.Helper{}),
		new(Retry).block(),
	} {
		for _, name := range b.names() {
			known = append(known, name)
			isSetting := slices.ContainsFunc(settings, func(o verifier.Option) bool { return o.Name == name })
			if !isSetting && !regexp.MustCompile(`(?m)^\t+`+name+`\b`).MatchString(overview) {
				t.Errorf("the overview of a source lacks %s", name)
			}
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^\t+(\w+)`).FindAllStringSubmatch(overview, -1) {
		if !slices.Contains(known, m[1]) {
			t.Errorf("the overview of a source has %s, which is no option", m[1])
		}
	}
	for _, b := range []block{new(App).block(), signatureOptions(new(verifier.Signature))} {
		for _, name := range b.names() {
			if !regexp.MustCompile("(?m)(^\t+|`)" + name + " ").MatchString(guide) {
				t.Errorf("the guide lacks %s of %s", name, b.name)
			}
		}
	}
	rows := ""
	for _, o := range settings {
		rows += "| `" + strings.TrimSpace(o.Name+" "+o.Words) + "` | " + o.Help + " |\n"
	}
	if _, after, _ := strings.Cut(guide, "| setting | what it is |\n| --- | --- |\n"); !strings.HasPrefix(after, rows+"\n") {
		t.Errorf("the settings of single providers in the guide should be:\n%s", rows)
	}
}
