package gatepost_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// TestXcaddy holds the build that strangers make with xcaddy.json against the one that is tested here.
func TestXcaddy(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("xcaddy.json")
	if err != nil {
		t.Fatal(err)
	}
	var build struct {
		CaddyVersion string `json:"caddy_version"`
		Plugins      []struct {
			ModulePath string `json:"module_path"`
			Version    string `json:"version"`
		} `json:"plugins"`
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&build); err != nil {
		t.Fatalf("xcaddy.json: %v", err)
	}

	if want := goList(t, "-m", "-f", "{{.Version}}", caddy); build.CaddyVersion != want {
		t.Errorf("xcaddy.json builds Caddy %s, go.mod requires %s", build.CaddyVersion, want)
	}
	if want := goList(t, "-m"); len(build.Plugins) != 1 || build.Plugins[0].ModulePath != want {
		t.Errorf("xcaddy.json builds in %+v, want %s alone", build.Plugins, want)
	}
}

// TestServiceUnit holds the unit file to what the store relies on: a process that dies without a word
// is started again, and one that runs for months has file descriptors to spare.
func TestServiceUnit(t *testing.T) {
	t.Parallel()
	unit := readUnit(t, "docs/gatepost.service")

	for key, want := range map[string]string{"Restart": "always", "StateDirectoryMode": "0700"} {
		if got := unit["Service."+key]; got != want {
			t.Errorf("%s=%s, want %s", key, got, want)
		}
	}
	if files, err := strconv.Atoi(unit["Service.LimitNOFILE"]); err != nil || files < 8192 {
		t.Errorf("LimitNOFILE=%s, want at least 8192", unit["Service.LimitNOFILE"])
	}
	for _, key := range []string{"Service.ExecStart", "Service.ExecReload", "Service.TimeoutStopSec", "Service.StateDirectory", "Install.WantedBy"} {
		if unit[key] == "" {
			t.Errorf("%s is not set", key)
		}
	}
	// Left at systemd's default, five crashes within ten seconds would end the restarts for good.
	if unit["Unit.StartLimitIntervalSec"] != "0" {
		t.Errorf("StartLimitIntervalSec=%s, want 0", unit["Unit.StartLimitIntervalSec"])
	}
}

// readUnit reads a systemd unit into "Section.Key" and the last value given to it.
func readUnit(t *testing.T, path string) map[string]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()

	unit, section := map[string]string{}, ""
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		if line[0] == '[' {
			section = strings.Trim(line, "[]")
			continue
		}
		key, value, found := strings.Cut(line, "=")
		if !found {
			t.Fatalf("%s: %q is neither a section nor a setting", path, line)
		}
		unit[section+"."+key] = value
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return unit
}

// goList runs `go list` and returns the line it prints.
func goList(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"list"}, args...)...).Output()
	if err != nil {
		t.Fatalf("go list %s: %v", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out))
}
