package gatepost_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every test that docs/guarantees.md names exists where it says.
func TestGuaranteesNameTheirTests(t *testing.T) {
	text, err := os.ReadFile("docs/guarantees.md")
	if err != nil {
		t.Fatal(err)
	}
	existing := make(map[string][]string) // name to folders
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err = filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		content, err := os.ReadFile(path)
		for _, m := range declared.FindAllStringSubmatch(string(content), -1) {
			existing[m[1]] = append(existing[m[1]], filepath.ToSlash(filepath.Dir(path)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`([a-z0-9/]+)`|\\b((?:Test|Fuzz)[A-Z]\\w+)")
	folder, count := "", 0
	for _, m := range named.FindAllStringSubmatch(string(text), -1) {
		if m[1] != "" {
			if info, err := os.Stat(m[1]); err == nil && info.IsDir() {
				folder = m[1]
			}
			continue
		}
		count++
		if folders := strings.Join(existing[m[2]], " "); !strings.Contains(" "+folders+" ", " "+folder+" ") && folders != "." {
			t.Errorf("%s is not in %s but in %q", m[2], folder, folders)
		}
	}
	if count < 50 {
		t.Errorf("only %d tests are named", count)
	}
}
