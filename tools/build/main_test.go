package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/xcaddy"
)

func TestLoad(t *testing.T) {
	tests := []struct {
		name, config string
		wantErr      string // "" for a config that is fine
	}{
		{"minimal", `{"caddy_version":"v2.11.9","plugins":[{"module_path":"example.com/p"}]}`, ""},
		{"pinned", `{"caddy_version":"v2.11.9","plugins":[{"module_path":"example.com/p","version":"v1.0.0"}]}`, ""},
		{"misspelt key", `{"caddy_version":"v2.11.9","plugin":[{"module_path":"example.com/p"}]}`, `unknown field "plugin"`},
		{"misspelt nested key", `{"caddy_version":"v2.11.9","plugins":[{"module":"example.com/p"}]}`, `unknown field "module"`},
		{"no Caddy version", `{"plugins":[{"module_path":"example.com/p"}]}`, "must both be set"},
		{"no plugins", `{"caddy_version":"v2.11.9"}`, "must both be set"},
		{"a second object", `{"caddy_version":"v2.11.9","plugins":[{}]} {}`, "something follows"},
		{"not JSON", `caddy_version: v2.11.9`, "invalid character"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "xcaddy.json")
			if err := os.WriteFile(path, []byte(tt.config), 0o600); err != nil {
				t.Fatal(err)
			}
			builder, err := load(path)
			if tt.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wantErr) {
					t.Fatalf("error %v, want one with %q", err, tt.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if builder.CaddyVersion != "v2.11.9" || builder.Plugins[0].PackagePath != "example.com/p" {
				t.Errorf("loaded %+v", builder)
			}
		})
	}
}

func TestLoadOurs(t *testing.T) {
	if _, err := load(filepath.Join("..", "..", "xcaddy.json")); err != nil {
		t.Error(err)
	}
}

func TestUseCheckout(t *testing.T) {
	t.Setenv("GOPROXY", "https://proxy.example.com,direct")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/p\n\ngo 1.26\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var builder xcaddy.Builder
	if err := useCheckout(t.Context(), &builder, dir); err != nil {
		t.Fatal(err)
	}
	if want := xcaddy.NewReplace("example.com/p", dir); len(builder.Replacements) != 1 || builder.Replacements[0] != want {
		t.Errorf("replacements %v, want %v", builder.Replacements, want)
	}
	if got, want := os.Getenv("GOPROXY"), "https://proxy.example.com|off"; got != want {
		t.Errorf("GOPROXY=%s, want %s", got, want)
	}
}

func TestOrOff(t *testing.T) {
	for proxies, want := range map[string]string{
		"https://a.example":                   "https://a.example|off",
		"https://a.example,direct":            "https://a.example|off",
		"https://a.example|https://b.example": "https://a.example|off",
		"off":                                 "off|off",
	} {
		if got := orOff(proxies); got != want {
			t.Errorf("orOff(%q) = %q, want %q", proxies, got, want)
		}
	}
}
