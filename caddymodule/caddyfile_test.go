package caddymodule

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	_ "github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile" // the caddyfile adapter
	_ "github.com/caddyserver/caddy/v2/modules/standard"
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
