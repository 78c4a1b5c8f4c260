package gatepost_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	module = "github.com/gatepost/gatepost"
	caddy  = "github.com/caddyserver/caddy/v2"
	badger = "github.com/dgraph-io/badger/v4"

	// anything stands for every package there is, except the engines.
	anything = "*"
)

// imports is the import table: what each folder may use besides the standard library. An entry
// without a dot is a folder of ours, any other a module. A folder that is not listed here, or a
// listed one that is gone, fails the test: the table is meant to be edited together with the tree.
//
// The order is the way of a request. Nothing imports what stands below it, except that store is the
// contract between those who keep events and those who need them kept.
var imports = map[string][]string{
	"event":              {"github.com/oklog/ulid/v2"},
	"verifier":           {},
	"verifier/providers": {"verifier", "github.com/go-jose/go-jose/v4", "github.com/dunglas/httpsfv"},
	"expression":         {"github.com/expr-lang/expr"},
	"dedupe":             {"event", "expression"},
	"router":             {"event", "expression"},
	"store":              {"event"},
	"store/storetest":    {"event", "store"},
	"store/badger":       {"event", "store", badger},
	"ingest":             {"event", "verifier", "expression", "dedupe", "router", "store"},
	"delivery":           {"event", "store"},
	"replay":             {"event", "verifier", "expression", "router", "store", "delivery"},
	"caddymodule":        {anything},
	".":                  {"caddymodule"},
	"cmd/gatepost":       {".", caddy},
	"bench":              {},
	"bench/server":       {".", caddy},
	"e2e":                {anything},
}

var (
	mayUseCaddy  = []string{"caddymodule", "cmd/gatepost", ".", "bench/server", "e2e"}
	mayUseBadger = []string{"store/badger"}
)

// pkg is what `go list -json` says of a package.
type pkg struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Deps         []string
}

// folder is the package's place in the tree: "store/badger", "." for the root.
func (p pkg) folder() string { return folderOf(p.ImportPath) }

func TestImports(t *testing.T) {
	t.Parallel()
	pkgs := listPackages(t)

	for _, p := range pkgs {
		allowed, listed := imports[row(p.folder())]
		if !listed {
			t.Errorf("%s is in no row of the import table: say what it may import", p.folder())
			continue
		}
		for _, path := range p.Imports {
			if !permits(allowed, p.folder(), path) {
				t.Errorf("%s imports %s; it may import %s", p.folder(), short(path), either(allowed))
			}
		}
		tested := slices.Concat(p.Imports, p.TestImports, p.XTestImports)
		if i := slices.IndexFunc(tested, within(caddy)); i >= 0 && !isOneOf(p.folder(), mayUseCaddy) {
			t.Errorf("%s imports %s; only %s may use Caddy, in tests too", p.folder(), tested[i], either(mayUseCaddy))
		}
		if i := slices.IndexFunc(tested, within(badger)); i >= 0 && !isOneOf(p.folder(), mayUseBadger) {
			t.Errorf("%s imports %s; only %s may use Badger, in tests too", p.folder(), tested[i], either(mayUseBadger))
		}
	}

	for folder := range imports {
		if !slices.ContainsFunc(pkgs, func(p pkg) bool { return row(p.folder()) == folder }) {
			t.Errorf("the import table has a row for %s, where there is no package", folder)
		}
	}
}

// TestReach holds what a package pulls in by way of others: a library for verifying must not bring a
// web server along, nor the HTTP side the files of an engine.
func TestReach(t *testing.T) {
	t.Parallel()
	for _, p := range listPackages(t) {
		if i := slices.IndexFunc(p.Deps, within(caddy)); i >= 0 && !isOneOf(p.folder(), mayUseCaddy) {
			t.Errorf("%s reaches %s through what it imports", p.folder(), p.Deps[i])
		}
		reachesBadger := slices.Concat(mayUseBadger, mayUseCaddy)
		if i := slices.IndexFunc(p.Deps, within(badger)); i >= 0 && !isOneOf(p.folder(), reachesBadger) {
			t.Errorf("%s reaches %s through what it imports", p.folder(), p.Deps[i])
		}
		if p.folder() == "verifier" {
			for _, dep := range p.Deps {
				if !isStandard(dep) {
					t.Errorf("verifier reaches %s; it stands on the standard library alone", dep)
				}
			}
		}
	}
}

// TestPackageComments holds every package to exactly one package comment, so that there is one place
// to read what a package is for and none that contradicts it.
func TestPackageComments(t *testing.T) {
	t.Parallel()
	files := map[string][]string{} // by folder
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata"):
			return filepath.SkipDir
		case !entry.IsDir() && filepath.Ext(path) == ".go":
			files[filepath.Dir(path)] = append(files[filepath.Dir(path)], path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < len(imports) {
		t.Fatalf("found %d packages, the import table has %d", len(files), len(imports))
	}

	isTest := func(path string) bool { return strings.HasSuffix(path, "_test.go") }
	for folder, paths := range files {
		// Tests speak for a package only where it holds nothing else.
		if sources := slices.DeleteFunc(slices.Clone(paths), isTest); len(sources) > 0 {
			paths = sources
		}
		var commented []string
		for _, path := range paths {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Errorf("parse %s: %v", path, err)
				continue
			}
			if file.Doc != nil {
				commented = append(commented, path)
			}
		}
		switch len(commented) {
		case 0:
			t.Errorf("%s has no package comment; write one above the package clause of its main file", folder)
		case 1:
		default:
			t.Errorf("%s has %d package comments, in %s; keep one", folder, len(commented), strings.Join(commented, " and "))
		}
	}
}

// TestTableWorks makes sure that the checks above can fail.
func TestTableWorks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		folder, path string
		want         bool
	}{
		{"verifier", "crypto/hmac", true},
		{"verifier", module + "/event", false},
		{"verifier", "golang.org/x/crypto/ed25519", false},
		{"router", module + "/expression", true},
		{"router", module + "/expression/internal/limits", false},
		{"expression", module + "/expression/internal/limits", true},
		{"router", module + "/store/badger", false},
		{"ingest", module + "/store/badger", false},
		{"store/badger", badger + "/options", true},
		{"store", badger, false},
		{"caddymodule", caddy + "/modules/caddyhttp", true},
		{"caddymodule", module + "/store/badger", true},
		{"caddymodule", badger, false},
		{".", module + "/caddymodule", true},
		{".", module + "/event", false},
		{"bench", module + "/verifier", false},
		{"delivery", caddy, false},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s imports %s", tt.folder, short(tt.path)), func(t *testing.T) {
			if got := permits(imports[row(tt.folder)], tt.folder, tt.path); got != tt.want {
				t.Errorf("permitted: %v, want %v", got, tt.want)
			}
		})
	}
}

// listPackages asks the go command for the packages of this module.
func listPackages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports,Deps", "./...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	var pkgs []pkg
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		pkgs = append(pkgs, p)
	}
}

// row is the row of the table that speaks for a folder: its own, or that of the closest folder above.
func row(folder string) string {
	for at := folder; at != "." && at != "/"; at = filepath.ToSlash(filepath.Dir(at)) {
		if _, ok := imports[at]; ok {
			return at
		}
	}
	return folder
}

// permits says whether a folder with these entries may import path. A folder may always import what
// lies inside it.
func permits(allowed []string, folder, path string) bool {
	if isStandard(path) {
		return true
	}
	if within(badger)(path) {
		return slices.Contains(allowed, badger)
	}
	if within(module)(path) && row(folderOf(path)) == row(folder) {
		return true
	}
	return slices.ContainsFunc(allowed, func(entry string) bool {
		switch {
		case entry == anything:
			return true
		case within(module)(path):
			return folderOf(path) == entry
		default:
			return within(entry)(path)
		}
	})
}

// within says whether a package belongs to the module or folder root.
func within(root string) func(path string) bool {
	return func(path string) bool { return path == root || strings.HasPrefix(path, root+"/") }
}

// isStandard relies on the rule that only the standard library has no dot in the first element of its paths.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// isOneOf says whether folder is one of these, or lies in one. The root is itself only.
func isOneOf(folder string, folders []string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return folder == f || strings.HasPrefix(folder, f+"/") })
}

func folderOf(path string) string {
	if path == module {
		return "."
	}
	return strings.TrimPrefix(path, module+"/")
}

// short leaves the module's own path out of a message.
func short(path string) string {
	if within(module)(path) {
		return folderOf(path)
	}
	return path
}

func either(entries []string) string {
	if len(entries) == 0 {
		return "the standard library only"
	}
	return strings.Join(entries, ", ")
}
