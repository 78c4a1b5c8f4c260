// Package e2e tests the built binary from outside: it starts processes, sends them signed requests,
// plays the application they deliver to, kills them, fills their disks, and looks at what is left.
//
// Each test has a process and directories of its own and talks to loopback addresses only. What a
// test of one package shows as well is not repeated here.
package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	_ "github.com/gatepost/gatepost" // go test caches results by what is imported, and must not reuse those of another binary
)

// binary is the command under test: one that is built for the run, or another that the environment
// variable GATEPOST_E2E_BINARY names.
var binary string

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	if binary = os.Getenv("GATEPOST_E2E_BINARY"); binary != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "gatepost-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "gatepost.exe")
	if err := build(binary); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// build makes the binary. GATEPOST_E2E_RACE=1 adds the race detector, whose reports then end the
// process and fail the test.
func build(to string) error {
	args := []string{"build", "-o", to}
	if os.Getenv("GATEPOST_E2E_RACE") == "1" {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, "github.com/gatepost/gatepost/cmd/gatepost")...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building the binary: %w\n%s", err, out)
	}
	return nil
}
